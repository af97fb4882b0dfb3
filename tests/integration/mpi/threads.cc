// Four threads per rank communicate at once under MPI_THREAD_MULTIPLE.
#include <thread>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

constexpr int kThreads = 4;

/// Few by default: a library with one lock around its progress makes waiting threads slow.
std::uint64_t rounds_of(const Program& program) {
    return program.full() ? 300 : 40;
}

/// What one thread found; the program's own record is for one thread at a time.
struct Outcome {
    Digest digest;
    std::string failure;  ///< the first, if any
};

std::size_t size_of_round(std::uint64_t round, int thread) {
    constexpr std::size_t kSizes[] = {0, 1, 8, 100, 1000, 4000, 8200, 20000, 65536, 66000, 300000};
    return kSizes[(round * 7 + static_cast<std::uint64_t>(thread)) % std::size(kSizes)] + round % 5;
}

void check(Outcome& outcome, MessageId id, std::span<const std::byte> received) {
    if (const auto mismatch = ucx_crypto::osu::check_pattern(id, received);
        mismatch && outcome.failure.empty()) {
        outcome.failure = "a message of " + std::to_string(received.size()) +
                          " bytes is wrong at offset " + std::to_string(mismatch->offset);
    }
    outcome.digest.add(received);
}

/// Exchanges around the ring with the same thread of the neighbours: the tag is the thread's.
void exchange(const Program& program, int thread, Outcome& outcome) {
    const int next = program.neighbour(1);
    const int previous = program.neighbour(-1);
    for (std::uint64_t round = 0; round < rounds_of(program); ++round) {
        const std::size_t size = size_of_round(round, thread);
        const auto id = [&](int from, int to) {
            return MessageId{round * kThreads + static_cast<std::uint64_t>(thread),
                             stream(from, to)};
        };
        const auto sent = pattern(id(program.rank(), next), size);
        std::vector<std::byte> received(size);
        MPI_Request requests[2];
        MPI_Irecv(received.data(), as_int(size), MPI_BYTE, previous, thread, MPI_COMM_WORLD,
                  &requests[0]);
        MPI_Isend(sent.data(), as_int(size), MPI_BYTE, next, thread, MPI_COMM_WORLD, &requests[1]);
        if (round % 2 == 0) {
            MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
        } else {
            for (int done = 0; done == 0;) {
                MPI_Testall(2, requests, &done, MPI_STATUSES_IGNORE);
                if (done == 0) {
                    std::this_thread::yield();
                }
            }
        }
        check(outcome, id(previous, program.rank()), received);
    }
}

/// Collectives on a communicator of the thread's own.
void collectives(const Program& program, int thread, MPI_Comm own, Outcome& outcome) {
    for (std::uint64_t round = 0; round < rounds_of(program) / 5; ++round) {
        const std::size_t size = size_of_round(round, thread) % 20000;
        const int root = as_int(round % as_size(program.ranks()));
        const MessageId id{1'000'000 + round * kThreads + static_cast<std::uint64_t>(thread),
                           stream(root, 0)};
        auto data = program.rank() == root ? pattern(id, size) : std::vector<std::byte>(size);
        MPI_Bcast(data.data(), as_int(size), MPI_BYTE, root, own);
        check(outcome, id, data);
        int sum = program.rank() + thread;
        MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT, MPI_SUM, own);
        const int ranks = program.ranks();
        if (sum != ranks * (ranks - 1) / 2 + ranks * thread && outcome.failure.empty()) {
            outcome.failure = "allreduce in a thread: found " + std::to_string(sum);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "threads",
                     .purpose = "Four threads per rank under MPI_THREAD_MULTIPLE; status 77 if MPI "
                                "does not provide it.",
                     .thread_level = MPI_THREAD_MULTIPLE,
                     .has_full = true,
                     .full_meaning = "300 rounds per thread instead of 40"});
    if (program.thread_level() < MPI_THREAD_MULTIPLE) {
        return program.skip("MPI does not provide MPI_THREAD_MULTIPLE");
    }
    std::vector<MPI_Comm> own(kThreads);
    for (MPI_Comm& communicator : own) {
        MPI_Comm_dup(MPI_COMM_WORLD, &communicator);
    }
    std::vector<Outcome> outcomes(kThreads);
    {
        std::vector<std::jthread> threads;
        threads.reserve(kThreads);
        for (int thread = 0; thread < kThreads; ++thread) {
            threads.emplace_back([&, thread] {
                exchange(program, thread, outcomes[as_size(thread)]);
                collectives(program, thread, own[as_size(thread)], outcomes[as_size(thread)]);
            });
        }
    }
    for (int thread = 0; thread < kThreads; ++thread) {
        const Outcome& outcome = outcomes[as_size(thread)];
        program.expect(outcome.failure.empty(),
                       "thread " + std::to_string(thread) + ": " + outcome.failure);
        program.digest().add(outcome.digest.value());
        MPI_Comm_free(&own[as_size(thread)]);
    }
    return program.finish();
}
