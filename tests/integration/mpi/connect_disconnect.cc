// The two halves of the job connect by MPI_Comm_accept and MPI_Comm_connect, talk, and disconnect,
// again and again.
#include <algorithm>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

/// The reason why ports cannot be opened, or nothing. On the leading rank only.
std::string open_port(std::vector<char>& port) {
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    const int error = MPI_Open_port(MPI_INFO_NULL, port.data());
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_ARE_FATAL);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_ARE_FATAL);
    if (error == MPI_SUCCESS) {
        return {};
    }
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(error, text, &length);
    return {text, as_size(length)};
}

void round(Program& program, MPI_Comm half, bool accepts, std::vector<char>& port) {
    MPI_Bcast(port.data(), as_int(port.size()), MPI_CHAR, 0, MPI_COMM_WORLD);
    MPI_Comm inter = MPI_COMM_NULL;
    if (accepts) {
        MPI_Comm_accept(port.data(), MPI_INFO_NULL, 0, half, &inter);
    } else {
        MPI_Comm_connect(port.data(), MPI_INFO_NULL, 0, half, &inter);
    }
    int me = 0;
    int remote = 0;
    MPI_Comm_rank(inter, &me);
    MPI_Comm_remote_size(inter, &remote);
    const std::uint64_t mine = accepts ? 1 : 0;
    for (const std::size_t size : {1, 5000, 100000}) {
        const std::uint64_t serial = program.next_serial();
        for (int peer = 0; peer < remote; ++peer) {
            const auto sent = pattern({serial << 1 | mine, stream(me, peer)}, size);
            std::vector<std::byte> received(size);
            MPI_Sendrecv(sent.data(), as_int(size), MPI_BYTE, peer, 1, received.data(),
                         as_int(size), MPI_BYTE, peer, 1, inter, MPI_STATUS_IGNORE);
            program.expect_pattern({serial << 1 | (1 - mine), stream(peer, me)}, received,
                                   "message over a connection");
        }
    }
    MPI_Comm_disconnect(&inter);
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "connect_disconnect",
                     .purpose = "Halves of the job connect, talk and disconnect repeatedly; status "
                                "77 if MPI cannot open ports.",
                     .min_ranks = 2,
                     .has_full = true,
                     .full_meaning = "1000 times instead of 20"});
    std::vector<char> port(MPI_MAX_PORT_NAME);
    std::string reason;
    if (program.rank() == 0) {
        reason = open_port(port);
    }
    int opened = reason.empty() ? 1 : 0;
    MPI_Bcast(&opened, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (opened == 0) {
        return program.skip("MPI_Open_port: " + reason);
    }
    const bool accepts = program.rank() < program.ranks() / 2;
    MPI_Comm half = MPI_COMM_NULL;
    MPI_Comm_split(MPI_COMM_WORLD, accepts ? 0 : 1, program.rank(), &half);
    const int rounds = program.full() ? 1000 : 20;
    for (int i = 0; i < rounds; ++i) {
        round(program, half, accepts, port);
    }
    if (program.rank() == 0) {
        MPI_Close_port(port.data());
    }
    MPI_Comm_free(&half);
    return program.finish();
}
