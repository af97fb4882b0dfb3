// MPI_Comm_spawn: the program starts itself twice more and talks to its children.
#include <climits>
#include <cstdlib>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

constexpr int kChildren = 2;

/// Every rank of one side exchanges messages with every rank of the other.
void exchange(Program& program, MPI_Comm inter, bool is_child) {
    int me = 0;
    int remote = 0;
    MPI_Comm_rank(inter, &me);
    MPI_Comm_remote_size(inter, &remote);
    const std::uint64_t mine = is_child ? 1 : 0;
    for (const std::size_t size : {0, 1, 100, 8000, 66000, 1000000}) {
        const std::uint64_t serial = program.next_serial();
        for (int peer = 0; peer < remote; ++peer) {
            const auto sent = pattern({serial << 1 | mine, stream(me, peer)}, size);
            std::vector<std::byte> received(size);
            MPI_Request request;
            MPI_Irecv(received.data(), as_int(size), MPI_BYTE, peer, 1, inter, &request);
            MPI_Send(sent.data(), as_int(size), MPI_BYTE, peer, 1, inter);
            MPI_Wait(&request, MPI_STATUS_IGNORE);
            program.expect_pattern({serial << 1 | (1 - mine), stream(peer, me)}, received,
                                   is_child ? "message from a parent" : "message from a child");
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "spawn", .purpose = "MPI_Comm_spawn and talk with the children."});
    MPI_Comm inter = MPI_COMM_NULL;
    MPI_Comm_get_parent(&inter);
    const bool is_child = inter != MPI_COMM_NULL;
    if (!is_child) {
        char self[PATH_MAX];
        if (realpath("/proc/self/exe", self) == nullptr) {
            self[0] = '\0';
        }
        std::vector<int> errors(kChildren, MPI_SUCCESS);
        MPI_Comm_spawn(self, MPI_ARGV_NULL, kChildren, MPI_INFO_NULL, 0, MPI_COMM_WORLD, &inter,
                       errors.data());
        for (const int error : errors) {
            program.expect(error == MPI_SUCCESS, "a child has started");
        }
    }
    exchange(program, inter, is_child);

    MPI_Comm merged = MPI_COMM_NULL;
    MPI_Intercomm_merge(inter, is_child ? 1 : 0, &merged);
    int sum = 1;
    int ranks = 0;
    MPI_Comm_size(merged, &ranks);
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT, MPI_SUM, merged);
    program.expect_numbers<int>(std::vector{sum}, std::vector{ranks}, "parents and children");
    program.report(merged);
    // Apart again, so that parents and children end each on their own.
    MPI_Comm_free(&merged);
    MPI_Comm_disconnect(&inter);
    return program.finish();
}
