#include "ucx_crypto/helpers/plan.h"

#include <catch2/catch.hpp>

#include "ucx_crypto/helpers/pool.h"

namespace ucx_crypto::helpers {
namespace {

ProcessorSet range(unsigned first, unsigned last) {
    ProcessorSet set;
    for (unsigned i = first; i <= last; ++i) {
        set.insert(i);
    }
    return set;
}

/// `count` cores of one processor each, this process bound to none of them.
Situation machine(unsigned count) {
    Situation situation;
    for (unsigned i = 0; i < count; ++i) {
        situation.cores.push_back({i});
    }
    situation.binding = range(0, count - 1);
    return situation;
}

/// Ranks bound to one core each, this one to the first.
Situation bound_ranks(unsigned cores, unsigned ranks) {
    Situation situation = machine(cores);
    situation.binding = {0};
    situation.local_ranks = ranks;
    for (unsigned i = 1; i < ranks; ++i) {
        situation.siblings.push_back({i});
    }
    return situation;
}

const Setting kAutomatic{};

}  // namespace

TEST_CASE("The setting is auto or a number of helpers") {
    CHECK(parse_setting("auto").value() == Setting{});
    CHECK(parse_setting("0").value() == Setting{false, 0});
    CHECK(parse_setting("2").value() == Setting{false, 2});
    for (const char* wrong : {"", "-1", "two", "2x", " 2", "17", "99999999999999999999", "AUTO"}) {
        const auto parsed = parse_setting(wrong);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error().message().find("UCX_CRYPTO_NUM_HELPERS") != std::string::npos);
    }
}

TEST_CASE("Lists of processors are read as they are written, and nothing else is") {
    for (const char* text : {"0", "0-3", "0,2", "0-3,8,10-11"}) {
        CHECK(to_string(parse_processors(text).value()) == text);
    }
    CHECK(parse_processors("").value().empty());
    CHECK(to_string(parse_processors("2,1,0").value()) == "0-2");
    for (const char* wrong : {"a", "1-", "-1", "3-1", "0,", ",", "0 1", "0-4000000000", "0--1",
                              "99999999999999999999"}) {
        CHECK_FALSE(parse_processors(wrong).ok());
    }
}

TEST_CASE("One helper where every rank can have a core beside its own, outside all bindings") {
    for (const unsigned ranks : {1U, 2U}) {
        const Plan plan = make_plan(kAutomatic, bound_ranks(4, ranks));
        CHECK(plan.helpers == 1);
        CHECK(plan.processors == range(ranks, 3));
    }
}

TEST_CASE("No helper where ranks fill the node, or leave less than a core for each") {
    CHECK(make_plan(kAutomatic, bound_ranks(4, 4)).helpers == 0);
    CHECK(make_plan(kAutomatic, bound_ranks(4, 3)).helpers == 0);
    CHECK(make_plan(kAutomatic, bound_ranks(1, 1)).helpers == 0);
}

TEST_CASE("Ranks that are not bound need a core each all the same") {
    for (const unsigned ranks : {1U, 2U, 3U, 4U, 5U}) {
        Situation situation = machine(4);
        situation.local_ranks = ranks;
        for (unsigned i = 1; i < ranks; ++i) {
            situation.siblings.push_back(situation.binding);
        }
        const Plan plan = make_plan(kAutomatic, situation);
        CHECK(plan.helpers == (ranks <= 2 ? 1U : 0U));
        CHECK(plan.processors == range(0, 3));
        situation.siblings.clear();  // as where they cannot be seen
        CHECK(make_plan(kAutomatic, situation).helpers == (ranks <= 2 ? 1U : 0U));
    }
}

TEST_CASE("Ranks that cannot be seen are taken to be bound as this one is") {
    Situation situation = machine(8);
    situation.binding = {0, 1};
    situation.local_ranks = 2;
    CHECK(make_plan(kAutomatic, situation).helpers == 1);  // 4 cores are left for 2
    situation.local_ranks = 3;
    CHECK(make_plan(kAutomatic, situation).helpers == 0);
}

TEST_CASE("A core with a thread in a rank's binding is not idle") {
    Situation situation;
    situation.cores = {{0, 4}, {1, 5}, {2, 6}, {3, 7}};
    situation.binding = {0};
    const Plan plan = make_plan(kAutomatic, situation);
    CHECK(plan.helpers == 1);
    CHECK(plan.processors == ProcessorSet{1, 2, 3, 5, 6, 7});
}

TEST_CASE("Ranks of other NUMA nodes do not count") {
    Situation situation = bound_ranks(4, 4);  // the ranks beside us are elsewhere
    situation.siblings = {{8}, {9}, {10}};
    CHECK(make_plan(kAutomatic, situation).helpers == 1);
}

TEST_CASE("No helper where something else has work for the processors") {
    Situation situation = bound_ranks(4, 2);
    situation.idle = 0.4;
    const Plan none = make_plan(kAutomatic, situation);
    CHECK(none.helpers == 0);
    CHECK(none.reason.find("something else") != std::string::npos);
    situation.idle = 1.9;
    CHECK(make_plan(kAutomatic, situation).helpers == 1);
}

TEST_CASE("A number that is asked for is obeyed, on idle cores where there are any") {
    const Plan two = make_plan({false, 2}, bound_ranks(4, 2));
    CHECK(two.helpers == 2);
    CHECK(two.processors == ProcessorSet{2, 3});
    const Plan crowded = make_plan({false, 2}, bound_ranks(4, 4));
    CHECK(crowded.helpers == 2);
    CHECK(crowded.processors.empty());
    CHECK(make_plan({false, 0}, bound_ranks(4, 1)).helpers == 0);
}

}  // namespace ucx_crypto::helpers
