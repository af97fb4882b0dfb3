// MPI_Win_allocate_shared among the ranks of a node.
#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

constexpr std::size_t kBytes = 100000;

std::span<std::byte> segment(MPI_Win window, int rank) {
    MPI_Aint bytes = 0;
    int unit = 0;
    void* base = nullptr;
    MPI_Win_shared_query(window, rank, &bytes, &unit, &base);
    return {static_cast<std::byte*>(base), static_cast<std::size_t>(bytes)};
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "win_shared", .purpose = "Shared-memory windows within each node."});
    MPI_Comm node = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, program.rank(), MPI_INFO_NULL, &node);
    int me = 0;
    int ranks = 0;
    MPI_Comm_rank(node, &me);
    MPI_Comm_size(node, &ranks);

    for (std::uint64_t round = 1; round <= 5; ++round) {
        void* base = nullptr;
        MPI_Win window = MPI_WIN_NULL;
        MPI_Win_allocate_shared(kBytes, 1, MPI_INFO_NULL, node, &base, &window);
        MPI_Win_lock_all(MPI_MODE_NOCHECK, window);

        // Own memory, read by the others with plain loads.
        ucx_crypto::osu::fill_pattern({round, stream(me, me)}, segment(window, me));
        MPI_Win_sync(window);
        MPI_Barrier(node);
        MPI_Win_sync(window);
        for (int rank = 0; rank < ranks; ++rank) {
            const auto memory = segment(window, rank);
            program.expect(memory.size() == kBytes, "size of a shared segment");
            program.expect_pattern({round, stream(rank, rank)}, memory, "shared segment");
        }
        MPI_Barrier(node);

        // The neighbour's memory, by put and by plain stores.
        const int next = (me + 1) % ranks;
        const auto sent = pattern({round, stream(me, next)}, kBytes / 2);
        MPI_Put(sent.data(), as_int(sent.size()), MPI_BYTE, next, 0, as_int(sent.size()), MPI_BYTE,
                window);
        MPI_Win_flush(next, window);
        ucx_crypto::osu::fill_pattern({round + 100, stream(me, next)},
                                      segment(window, next).subspan(kBytes / 2));
        MPI_Win_sync(window);
        MPI_Barrier(node);
        MPI_Win_sync(window);
        const int previous = (me + ranks - 1) % ranks;
        const auto memory = segment(window, me);
        program.expect_pattern({round, stream(previous, me)}, memory.first(kBytes / 2),
                               "put into shared memory");
        program.expect_pattern({round + 100, stream(previous, me)}, memory.subspan(kBytes / 2),
                               "store into shared memory");
        MPI_Barrier(node);
        MPI_Win_unlock_all(window);
        MPI_Win_free(&window);
    }
    MPI_Comm_free(&node);
    return program.finish();
}
