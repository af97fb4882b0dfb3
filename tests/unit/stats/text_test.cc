#include "ucx_crypto/stats/text.h"

#include <catch2/catch.hpp>
#include <set>

namespace ucx_crypto::stats {
namespace {

Snapshot sample() {
    Snapshot snapshot;
    snapshot.pid = 12;
    snapshot.rank = 3;
    snapshot.opened = 1700000000;
    snapshot.transport = "crypto_tcp";
    snapshot.device = "eth0";
    snapshot.algorithm = "AES-256-GCM";
    snapshot.aead = "vaes";
    snapshot.values[static_cast<size_t>(Counter::kSeals)] = 1000;
    return snapshot;
}

}  // namespace

TEST_CASE("Every counter has a name of its own that JSON and people can use") {
    std::set<std::string_view> names;
    for (const Field& field : kFields) {
        CAPTURE(field.name);
        CHECK(names.insert(field.name).second);
        CHECK(field.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
              std::string_view::npos);
        CHECK(field.name.size() < 20);
        CHECK_FALSE(field.meaning.empty());
    }
}

TEST_CASE("JSON has every counter, on one line") {
    const std::string json = to_json({"node1", 4012, "a.out"}, sample());
    CHECK(json.starts_with(R"({"host": "node1", "pid": 4012, "rank": 3, "command": "a.out", )"
                           R"("transport": "crypto_tcp", "device": "eth0", )"
                           R"("algorithm": "AES-256-GCM", "aead": "vaes", "opened": 1700000000, )"
                           R"("counters": {"peers": 0, )"));
    CHECK(json.ends_with("}}"));
    CHECK(json.find('\n') == std::string::npos);
    for (const Field& field : kFields) {
        std::string member = "\"";
        member.append(field.name).append("\": ");
        member += field.counter == Counter::kSeals ? "1000" : "0";
        CHECK(json.find(member) != std::string::npos);
    }
    Snapshot no_rank = sample();
    no_rank.rank.reset();
    CHECK(to_json({"node1", 4012, ""}, no_rank).find(R"("rank": null)") != std::string::npos);
}

TEST_CASE("Lines for people name host, process and rank, and leave out zeros") {
    CHECK(to_lines({"node1", 4012, "a.out"}, sample()) ==
          "[node1:4012:3] crypto_tcp on eth0: AES-256-GCM by vaes\n"
          "[node1:4012:3]   seals               1000\n");
}

}  // namespace ucx_crypto::stats
