#include <algorithm>
#include <numeric>
#include <utility>

#include "tests/unit/uct/interface.h"

namespace ucx_crypto::uct {
namespace {

std::vector<uint64_t> numbers(uint64_t count) {
    std::vector<uint64_t> all(count);
    std::iota(all.begin(), all.end(), uint64_t{0});
    return all;
}

}  // namespace

TEST_CASE("Pending requests go out in their order, behind what was sent before them") {
    Pair pair;
    uint64_t next = pair.fill();
    std::vector<std::unique_ptr<Request>> requests;
    for (int i = 0; i < 20; ++i, ++next) {
        auto& request = requests.emplace_back(
            std::make_unique<Request>([ep = pair.ep, value = next] { return send(ep, value); }));
        REQUIRE(uct_ep_pending_add(pair.ep, &request->uct, 0) == UCS_OK);
    }
    REQUIRE(pair.until([&] { return pair.b.received.size() == next; }));
    CHECK(values(pair.b) == numbers(next));
}

TEST_CASE("A request that finds room is not queued") {
    const Pair pair;
    Request request([] { return UCS_OK; });
    CHECK(uct_ep_pending_add(pair.ep, &request.uct, 0) == UCS_ERR_BUSY);
    pair.a.progress();
    CHECK(request.calls == 0);
}

TEST_CASE("While an endpoint has pending requests its direct sends find no resource") {
    Pair pair;
    const uct_ep_h other = pair.a.connect(pair.b);
    const uint64_t count = pair.fill();
    // The other's request is tried first, with room for all; the endpoint's own may not be
    // overtaken.
    std::vector<ucs_status_t> direct;
    Request first([&] {
        direct.push_back(send(pair.ep, count + 1));
        Completion unused;
        direct.push_back(uct_ep_flush(pair.ep, 0, &unused.uct));
        return send(other, count);
    });
    Request own([&] { return send(pair.ep, count + 1); });
    REQUIRE(uct_ep_pending_add(other, &first.uct, 0) == UCS_OK);
    REQUIRE(uct_ep_pending_add(pair.ep, &own.uct, 0) == UCS_OK);
    REQUIRE(pair.until([&] { return pair.b.received.size() == count + 2; }));
    REQUIRE_FALSE(direct.empty());
    CHECK(std::all_of(direct.begin(), direct.end(),
                      [](ucs_status_t status) { return status == UCS_ERR_NO_RESOURCE; }));
    CHECK(values(pair.b) == numbers(count + 2));
    CHECK(own.calls == 1);
    uct_ep_destroy(other);
}

TEST_CASE("A request that finds no resource is tried again, and those behind it wait") {
    Pair pair;
    const uint64_t count = pair.fill();
    int refusals = 3;
    Request first([&] { return --refusals >= 0 ? UCS_ERR_NO_RESOURCE : send(pair.ep, count); });
    Request second([&] { return send(pair.ep, count + 1); });
    REQUIRE(uct_ep_pending_add(pair.ep, &first.uct, 0) == UCS_OK);
    REQUIRE(uct_ep_pending_add(pair.ep, &second.uct, 0) == UCS_OK);
    REQUIRE(pair.until([&] { return pair.b.received.size() == count + 2; }));
    CHECK(first.calls == 4);
    CHECK(second.calls == 1);
    CHECK(values(pair.b) == numbers(count + 2));
}

TEST_CASE("Requests that wait for the handshake go out after it") {
    Interface a;
    Interface b;
    const uct_ep_h ep = a.connect(b);
    Request request([&] { return send(ep, 5); });
    REQUIRE(uct_ep_pending_add(ep, &request.uct, 0) == UCS_OK);
    REQUIRE(progress_until([&] { return !b.received.empty(); }, a, b));
    CHECK(values(b) == std::vector<uint64_t>{5});
    uct_ep_destroy(ep);
}

TEST_CASE("Purge hands back every request of the endpoint in order, and none is tried later") {
    Pair pair;
    const uct_ep_h other = pair.a.connect(pair.b);
    const uint64_t count = pair.fill();
    std::vector<std::unique_ptr<Request>> requests;
    for (int i = 0; i < 5; ++i) {
        requests.push_back(std::make_unique<Request>([] { return UCS_OK; }));
        REQUIRE(uct_ep_pending_add(pair.ep, &requests.back()->uct, 0) == UCS_OK);
    }
    Request others([&] { return send(other, count); });
    REQUIRE(uct_ep_pending_add(other, &others.uct, 0) == UCS_OK);
    std::vector<uct_pending_req_t*> purged;
    uct_ep_pending_purge(
        pair.ep,
        [](uct_pending_req_t* request, void* argument) {
            static_cast<std::vector<uct_pending_req_t*>*>(argument)->push_back(request);
        },
        &purged);
    REQUIRE(purged.size() == requests.size());
    for (size_t i = 0; i < requests.size(); ++i) {
        CHECK(purged[i] == &requests[i]->uct);
    }
    REQUIRE(pair.until([&] { return pair.b.received.size() == count + 1; }));
    for (const auto& request : requests) {
        CHECK(request->calls == 0);
    }
    uct_ep_destroy(other);
}

TEST_CASE("A pending request may destroy another endpoint of its connection") {
    Pair pair;
    uct_ep_h other = pair.a.connect(pair.b);
    const uint64_t count = pair.fill();
    Request request([&] {
        if (other != nullptr) {
            uct_ep_destroy(std::exchange(other, nullptr));
        }
        return send(pair.ep, count);
    });
    REQUIRE(uct_ep_pending_add(pair.ep, &request.uct, 0) == UCS_OK);
    REQUIRE(pair.until([&] { return pair.b.received.size() == count + 1; }));
    CHECK(other == nullptr);
}

}  // namespace ucx_crypto::uct
