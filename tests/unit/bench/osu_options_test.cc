#include <catch2/catch.hpp>
#include <vector>

#include "bench/osu/common/options.h"

using namespace ucx_crypto::osu;

namespace {

constexpr Benchmark kLatency = {.program = "osu_latency",
                                .title = "Latency Test",
                                .min_size = 0,
                                .max_size = 4096,
                                .small = {1000, 100},
                                .large = {50, 5},
                                .min_ranks = 2,
                                .max_ranks = 2};
constexpr Benchmark kPairs = {.program = "osu_mbw_mr",
                              .title = "Multiple",
                              .min_size = 1,
                              .max_size = 4096,
                              .even_ranks = true,
                              .has_window = true,
                              .has_pairs = true,
                              .has_buffers = true,
                              .has_rate = true};
constexpr Benchmark kPut = {
    .program = "osu_put_latency", .title = "MPI_Put", .max_size = 4096, .is_one_sided = true};
constexpr Benchmark kReduction = {.program = "osu_allreduce",
                                  .title = "Allreduce",
                                  .min_size = 4,
                                  .max_size = 4096,
                                  .unit = 4,
                                  .has_full = true};

ParseResult parse(const Benchmark& benchmark, std::vector<const char*> arguments) {
    return parse_options(benchmark, arguments);
}

}  // namespace

TEST_CASE("without options the benchmark's defaults apply, reduced above 8192 bytes") {
    const auto parsed = parse(kLatency, {});
    REQUIRE(parsed.options);
    CHECK(parsed.error.empty());
    CHECK(parsed.options->min_size == 0);
    CHECK(parsed.options->max_size == 4096);
    CHECK(parsed.options->loop(8192).iterations == 1000);
    CHECK(parsed.options->loop(8192).warmup == 100);
    CHECK(parsed.options->loop(8193).iterations == 50);
    CHECK(parsed.options->loop(8193).warmup == 5);
    CHECK_FALSE(parsed.options->validate);
}

TEST_CASE("the option -m takes MAX, MIN:MAX, MIN: and :MAX, in every spelling of an option") {
    struct Case {
        std::vector<const char*> arguments;
        std::size_t min, max;
    };
    const std::vector<Case> cases = {
        {{"-m", "64"}, 0, 64},          {{"-m8:64"}, 8, 64},
        {{"-m", "8:"}, 8, 4096},        {{"-m", ":16"}, 0, 16},
        {{"--message-size=3:3"}, 3, 3}, {{"--message-size", "0:1073741824"}, 0, 1073741824},
    };
    for (const Case& one : cases) {
        const auto parsed = parse(kLatency, one.arguments);
        INFO(one.arguments.front());
        REQUIRE(parsed.options);
        CHECK(parsed.options->min_size == one.min);
        CHECK(parsed.options->max_size == one.max);
    }
}

TEST_CASE("the options -i and -x hold for small and large messages") {
    const auto parsed = parse(kLatency, {"-i", "7", "-x0", "-c"});
    REQUIRE(parsed.options);
    CHECK(parsed.options->validate);
    for (const std::size_t size : {std::size_t{1}, std::size_t{1} << 20}) {
        CHECK(parsed.options->loop(size).iterations == 7);
        CHECK(parsed.options->loop(size).warmup == 0);
    }
}

TEST_CASE("the options -W, -p and -f are taken only by the benchmarks that have them") {
    const auto pairs = parse(kPairs, {"-W", "16", "-p", "3"});
    REQUIRE(pairs.options);
    CHECK(pairs.options->window == 16);
    CHECK(pairs.options->pairs == 3);
    const auto full = parse(kReduction, {"-cf"});
    REQUIRE(full.options);
    CHECK(full.options->full);
    CHECK(full.options->validate);

    CHECK(parse(kLatency, {"-W", "16"}).error == "unknown option '-W'");
    CHECK(parse(kLatency, {"-f"}).error == "unknown option '-f'");
    CHECK(parse(kReduction, {"--pairs=2"}).error == "unknown option '--pairs=2'");
}

TEST_CASE("one-sided benchmarks take OSU's kinds of windows and of synchronisation") {
    const auto defaults = parse(kPut, {});
    REQUIRE(defaults.options);
    CHECK(to_string(defaults.options->window_kind) == "MPI_Win_allocate");
    CHECK(to_string(defaults.options->synchronisation) == "MPI_Win_flush");
    using Pair = std::pair<const char*, const char*>;
    for (const auto& [word, functions] :
         {Pair{"create", "MPI_Win_create"}, Pair{"allocate", "MPI_Win_allocate"},
          Pair{"dynamic", "MPI_Win_create_dynamic"}}) {
        const auto parsed = parse(kPut, {"-w", word});
        REQUIRE(parsed.options);
        CHECK(to_string(parsed.options->window_kind) == functions);
    }
    for (const auto& [word, functions] :
         {Pair{"lock", "MPI_Win_lock/unlock"}, Pair{"flush", "MPI_Win_flush"},
          Pair{"flush_local", "MPI_Win_flush_local"},
          Pair{"lock_all", "MPI_Win_lock_all/unlock_all"},
          Pair{"pscw", "MPI_Win_post/start/complete/wait"}, Pair{"fence", "MPI_Win_fence"}}) {
        const auto parsed = parse(kPut, {"--sync-option", word});
        REQUIRE(parsed.options);
        CHECK(to_string(parsed.options->synchronisation) == functions);
    }
    CHECK(parse(kPut, {"-s", "unlock"}).error ==
          "option -s: expected one of lock, flush, flush_local, lock_all, pscw, fence, found "
          "'unlock'");
    CHECK(parse(kPut, {"--win-option", "create"}).options);  // OSU's help has it without an s
    CHECK_FALSE(parse(kLatency, {"-s", "lock"}).options);
}

TEST_CASE("buffers, message rate, validation's own warm-up and earlier names are understood") {
    CHECK_FALSE(parse(kPairs, {}).options->multiple_buffers);
    CHECK(parse(kPairs, {"-b", "multiple"}).options->multiple_buffers);
    CHECK_FALSE(parse(kPairs, {"-b", "two"}).options);
    CHECK(parse(kPairs, {}).options->rate);
    CHECK_FALSE(parse(kPairs, {"-R0"}).options->rate);
    CHECK(parse(kPairs, {"--pairs=3"}).options->pairs == 3);
    CHECK(parse(kPairs, {"--num-pairs=3"}).options->pairs == 3);
    CHECK(parse(kLatency, {"-x", "9", "-u", "2"}).options->loop(8).warmup == 9);
    CHECK(parse(kLatency, {"-x", "9", "-u", "2", "-c"}).options->loop(8).warmup == 2);
    CHECK(parse(kLatency, {"-x", "9", "-c"}).options->loop(8).warmup == 9);
}

TEST_CASE("a bad command line is refused with what was found") {
    const std::vector<std::pair<std::vector<const char*>, std::string>> cases = {
        {{"-m", "8:4"}, "8:4"},
        {{"-m", ":"}, "':'"},
        {{"-m", ""}, "''"},
        {{"-m", "4k"}, "4k"},
        {{"-m", "-1"}, "-1"},
        {{"-m", "1073741825"}, "1073741825"},
        {{"-m", "99999999999999999999999"}, "99999999999999999999999"},
        {{"-m", "1:2:3"}, "1:2:3"},
        {{"-i", "0"}, "-i"},
        {{"-i", "3x"}, "3x"},
        {{"-x", "-1"}, "-x"},
        {{"-i"}, "'-i' needs a value"},
        {{"--iterations"}, "needs a value"},
        {{"-q"}, "'-q'"},
        {{"--bogus"}, "'--bogus'"},
        {{"extra"}, "'extra'"},
        {{"-c", "--", "extra"}, "'extra'"},
    };
    for (const auto& [arguments, found] : cases) {
        const auto parsed = parse(kLatency, arguments);
        INFO(found << " in: " << parsed.error);
        CHECK_FALSE(parsed.options);
        CHECK(parsed.error.find(found) != std::string::npos);
    }
    CHECK_FALSE(parse(kReduction, {"-m", "2:64"}).options);
    CHECK_FALSE(parse(kReduction, {"-m", "6:64"}).options);
    CHECK_FALSE(parse(kPairs, {"-W", "0"}).options);
    CHECK_FALSE(parse(kPairs, {"-p", "0"}).options);
}

TEST_CASE("--help and --version are recognised and the help names every option that is taken") {
    CHECK(parse(kLatency, {"-h"}).options->action == Action::kHelp);
    CHECK(parse(kLatency, {"--version"}).options->action == Action::kVersion);
    const std::string pairs = help_text(kPairs);
    for (const char* option : {"--message-size", "--iterations", "--warmup", "--validation",
                               "--window-size", "--num-pairs", "--buffer-num", "--print-rate",
                               "--validation-warmup", "--help", "--version"}) {
        INFO(option);
        CHECK(pairs.find(option) != std::string::npos);
    }
    CHECK(pairs.find("--full") == std::string::npos);
    CHECK(help_text(kReduction).find("--full") != std::string::npos);
    CHECK(help_text(kLatency).find("--window-size") == std::string::npos);
}

TEST_CASE("the sizes after 0 and after n are 1 and 2n") {
    CHECK(Options::next_size(0) == 1);
    CHECK(Options::next_size(1) == 2);
    CHECK(Options::next_size(3) == 6);
}

TEST_CASE("a number of ranks that does not suit the benchmark is refused") {
    CHECK(rank_error(kLatency, 2, 0).empty());
    CHECK(rank_error(kLatency, 3, 0).find("exactly 2") != std::string::npos);
    CHECK(rank_error(kLatency, 1, 0).find("exactly 2") != std::string::npos);
    CHECK(rank_error(kPairs, 4, 0).empty());
    CHECK(rank_error(kPairs, 4, 2).empty());
    CHECK(rank_error(kPairs, 4, 3).find("at least 6") != std::string::npos);
    CHECK(rank_error(kPairs, 3, 0).find("even") != std::string::npos);
    CHECK(rank_error(kReduction, 1, 0).find("at least 2") != std::string::npos);
    CHECK(rank_error(kReduction, 5, 0).empty());
}
