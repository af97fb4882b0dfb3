// A known number of messages, and then a job to look at: two ranks exchange 1000 messages of 8
// bytes each way, print "READY" and wait until a line comes, or ends, on standard input.
#include <cstdio>

#include "tests/integration/mpi/common/program.h"

int main(int argc, char** argv) {
    using namespace ucx_crypto::mpi_test;
    constexpr int kMessages = 1000;
    Program program(argc, argv,
                    {.name = "counted",
                     .purpose = "1000 messages each way, READY, then waits for standard input.",
                     .min_ranks = 2});
    const int peer = program.partner();
    for (int i = 0; i < kMessages && peer != MPI_PROC_NULL; ++i) {
        const std::int64_t sent = i + program.rank();
        std::int64_t found = -1;
        MPI_Sendrecv(&sent, 1, MPI_INT64_T, peer, 1, &found, 1, MPI_INT64_T, peer, 1,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        program.expect(found == i + peer, "message " + std::to_string(i));
    }
    int last = 0;
    if (program.rank() == 0) {
        std::printf("READY\n");
        std::fflush(stdout);
        last = std::getchar();
    }
    MPI_Bcast(&last, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return program.finish();
}
