// Time of an MPI_Fetch_and_op, a sum of 8-byte numbers, and its flush.
#include <array>
#include <bit>
#include <cstring>

#include "bench/osu/common/one_sided.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_fop_latency",
    .title = "MPI_Fetch_and_op latency Test",
    .min_size = sizeof(std::int64_t),
    .max_size = sizeof(std::int64_t),
    .small = {10000, 100},
    .large = {1000, 10},
    .min_ranks = 2,
    .max_ranks = 2,
    .is_one_sided = true,
    .has_sizes = false,
};

/// The number whose bytes are the contents of a message.
std::int64_t number(MessageId id) {
    std::array<std::byte, sizeof(std::int64_t)> bytes{};
    fill_pattern(id, bytes);
    return std::bit_cast<std::int64_t>(bytes) >> 8;  // two of them add up without overflow
}

void measure(Session& session) {
    const RemoteMemory memory(session.options().window_kind, sizeof(std::int64_t));
    const bool origin = session.rank() == 0;
    std::int64_t added = 0;
    std::int64_t fetched = 0;
    const auto expect = [&](std::int64_t expected, std::int64_t found) {
        if (expected != found) {
            session.note_mismatch(0, static_cast<double>(expected), static_cast<double>(found));
        }
    };
    run_one_sided(session, memory, "Latency (us)",
                  {.fill =
                       [&](std::size_t, int iteration) {
                           const auto stream = static_cast<std::uint64_t>(session.rank());
                           const std::int64_t value = number(session.message(iteration, 0, stream));
                           if (origin) {
                               added = value;
                           } else {
                               std::memcpy(memory.own().data(), &value, sizeof value);
                           }
                       },
                   .operate =
                       [&](std::size_t) {
                           MPI_Fetch_and_op(&added, &fetched, MPI_INT64_T, kTarget, memory.at(0),
                                            MPI_SUM, memory.window());
                       },
                   .check =
                       [&](std::size_t, int iteration) {
                           const std::int64_t before =
                               number(session.message(iteration, 0, kTarget));
                           if (origin) {
                               expect(before, fetched);
                           } else {
                               std::int64_t sum = 0;
                               std::memcpy(&sum, memory.own().data(), sizeof sum);
                               expect(before + number(session.message(iteration, 0, 0)), sum);
                           }
                       }},
                  latency_figure);
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
