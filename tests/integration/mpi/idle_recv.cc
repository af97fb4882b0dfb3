// Ranks that wait in MPI_Recv for what never comes, for tests that kill a peer or cut its
// connections: prints "PID <rank> <pid>" for each rank and "READY", and waits until its --timeout.
#include <unistd.h>

#include <cstdio>

#include "tests/integration/mpi/common/program.h"

int main(int argc, char** argv) {
    using namespace ucx_crypto::mpi_test;
    Program program(argc, argv,
                    {.name = "idle_recv",
                     .purpose = "Prints PID lines and READY, then waits in MPI_Recv for ever.",
                     .min_ranks = 2,
                     .timeout_seconds = 600});
    // Every pair of ranks talks once, so that all connections exist before READY.
    const int me = program.rank();
    for (int peer = 0; peer < program.ranks(); ++peer) {
        int found = -1;
        MPI_Sendrecv(&me, 1, MPI_INT, peer, 1, &found, 1, MPI_INT, peer, 1, MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE);
        program.expect(found == peer, "a greeting of rank " + std::to_string(peer));
    }
    const int pid = getpid();
    std::vector<int> pids(as_size(program.ranks()));
    MPI_Gather(&pid, 1, MPI_INT, pids.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD);
    if (me == 0) {
        for (int rank = 0; rank < program.ranks(); ++rank) {
            std::printf("PID %d %d\n", rank, pids[as_size(rank)]);
        }
        std::printf("READY\n");
        std::fflush(stdout);
    }
    int never = 0;
    MPI_Recv(&never, 1, MPI_INT, me == 0 ? 1 : 0, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    program.expect(false, "nothing was ever sent, but something was received");
    return program.finish();
}
