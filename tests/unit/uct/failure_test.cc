#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/unit/uct/interface.h"
#include "ucx_crypto/base/log.h"
#include "ucx_crypto/uct/ucx.h"

namespace ucx_crypto::uct {
namespace {

std::set<int> descriptors() {
    std::set<int> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        all.insert(std::stoi(entry.path().filename()));
    }
    return all;
}

/// Several endpoints of `a` on one connection, which the test can cut.
struct Scene {
    static constexpr size_t kEndpoints = 4;

    Scene() : before(descriptors()) {
        for (size_t i = 0; i < kEndpoints; ++i) {
            endpoints.push_back(a.connect(b));
        }
        REQUIRE(progress_until([&] { return send(endpoints[0], 0) == UCS_OK; }, a, b));
        REQUIRE(progress_until([&] { return !b.received.empty(); }, a, b));
    }
    ~Scene() {
        for (uct_ep_h ep : endpoints) {
            uct_ep_destroy(ep);
        }
    }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    void cut() const {
        for (const int fd : descriptors()) {
            if (before.count(fd) == 0) {
                shutdown(fd, SHUT_RDWR);  // no socket: no matter
            }
        }
    }
    void destroy(uct_ep_h ep) {
        std::erase(endpoints, ep);
        uct_ep_destroy(ep);
    }
    bool until_failed() {
        return progress_until([&] { return !a.failed.empty(); }, a);
    }

    Interface a;
    Interface b;
    std::set<int> before;
    std::vector<uct_ep_h> endpoints;
};

}  // namespace

TEST_CASE("The error handler runs once for each live endpoint, and operations fail afterwards") {
    Scene scene;
    const auto all = scene.endpoints;
    scene.destroy(all[1]);
    scene.cut();
    REQUIRE(scene.until_failed());
    progress_until([turns = 0]() mutable { return ++turns == 50; }, scene.a);
    CHECK(scene.a.failed == std::vector<uct_ep_h>{all[0], all[2], all[3]});
    Request request([] { return UCS_OK; });
    for (uct_ep_h ep : scene.endpoints) {
        CHECK(send(ep, 1) == UCS_ERR_CONNECTION_RESET);
        CHECK(uct_ep_check(ep, 0, nullptr) == UCS_ERR_CONNECTION_RESET);
        CHECK(uct_ep_pending_add(ep, &request.uct, 0) == UCS_ERR_BUSY);
        CHECK(uct_ep_flush(ep, UCT_FLUSH_FLAG_CANCEL, nullptr) == UCS_OK);
    }
}

TEST_CASE("The error handler may destroy endpoints, and runs for none that it has destroyed") {
    Scene scene;
    const auto all = scene.endpoints;
    scene.a.error_handler = [&](uct_ep_h ep, ucs_status_t status) {
        CHECK(status != UCS_OK);
        if (ep == all[0]) {
            scene.destroy(all[2]);  // not told yet
            scene.destroy(all[0]);  // being told
        } else if (ep == all[1]) {
            scene.destroy(all[1]);
        }
        return UCS_OK;
    };
    scene.cut();
    REQUIRE(scene.until_failed());
    progress_until([turns = 0]() mutable { return ++turns == 50; }, scene.a);
    CHECK(scene.a.failed == std::vector<uct_ep_h>{all[0], all[1], all[3]});
    CHECK(scene.endpoints == std::vector<uct_ep_h>{all[3]});
}

TEST_CASE("The error handler may purge and cancel, as UCP does") {
    Scene scene;
    const Bytes payload(60000);
    const uct_ep_h ep = scene.endpoints[0];
    while (send(ep, 1, payload) == UCS_OK) {
    }
    Completion flush;
    REQUIRE(uct_ep_flush(ep, 0, &flush.uct) == UCS_INPROGRESS);
    Request request([] { return UCS_OK; });
    REQUIRE(uct_ep_pending_add(ep, &request.uct, 0) == UCS_OK);
    int purged = 0;
    scene.a.error_handler = [&](uct_ep_h failed, ucs_status_t) {
        uct_ep_pending_purge(
            failed, [](uct_pending_req_t*, void* argument) { ++*static_cast<int*>(argument); },
            &purged);
        CHECK(uct_ep_flush(failed, UCT_FLUSH_FLAG_CANCEL, nullptr) == UCS_OK);
        scene.destroy(failed);
        return UCS_OK;
    };
    scene.cut();
    REQUIRE(progress_until([&] { return scene.endpoints.empty(); }, scene.a));
    CHECK(scene.a.failed.size() == Scene::kEndpoints);
    CHECK(purged == 1);
    CHECK(request.calls == 0);
    CHECK(flush.calls == 1);
    CHECK(flush.uct.status != UCS_OK);
}

TEST_CASE("That a connection failed is logged once, with the peer's address and what was found") {
    static std::vector<std::string> lines;
    lines.clear();
    Scene scene;
    set_log_sink(
        [](LogLevel, const char*, unsigned, const char* message) { lines.emplace_back(message); },
        LogLevel::kWarn);
    scene.cut();
    REQUIRE(scene.until_failed());
    progress_until([turns = 0]() mutable { return ++turns == 50; }, scene.a);
    use_ucx_log();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("connection to peer 127.0.0.1:"));
    CHECK(lines[0].find(" failed: ") != std::string::npos);
}

TEST_CASE("The progress of a forked child takes nothing of what is its parent's") {
    const Pair pair;
    REQUIRE(send(pair.ep, 1) == UCS_OK);  // on its way
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        unsigned count = 0;
        for (int i = 0; i < 100; ++i) {
            count += pair.a.progress() + pair.b.progress();
        }
        _exit(count == 0 && pair.b.received.empty() ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    REQUIRE(pair.until([&] { return send(pair.ep, 2) == UCS_OK; }));
    REQUIRE(pair.until([&] { return pair.b.received.size() == 2; }));
    CHECK(values(pair.b) == std::vector<uint64_t>{1, 2});
    CHECK(pair.a.failed.empty());
}

}  // namespace ucx_crypto::uct
