// Messages of 1 to 64 MiB: the rendezvous protocols in both directions, alone and at once.
#include <algorithm>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

enum class Manner { kSend, kSynchronousSend, kNonblocking, kUnexpected };

void exchange(Program& program, std::size_t size, Manner manner, std::vector<std::byte>& sent,
              std::vector<std::byte>& received) {
    const int peer = program.partner();
    const std::uint64_t serial = program.next_serial();
    if (peer != MPI_PROC_NULL) {
        const auto outgoing = std::span(sent).first(size);
        ucx_crypto::osu::fill_pattern({serial, stream(program.rank(), peer)}, outgoing);
    }
    // Stale bytes of the exchange before are other bytes, and so found: nothing to clear.
    const int length = as_int(size);
    MPI_Status status;
    MPI_Request request = MPI_REQUEST_NULL;
    const auto receive = [&] {
        MPI_Recv(received.data(), length, MPI_BYTE, peer, 1, MPI_COMM_WORLD, &status);
    };
    const auto one_after_the_other = [&](auto send) {
        if (program.rank() < peer) {
            send(sent.data(), length, MPI_BYTE, peer, 1, MPI_COMM_WORLD);
            receive();
        } else {
            receive();
            send(sent.data(), length, MPI_BYTE, peer, 1, MPI_COMM_WORLD);
        }
    };
    switch (manner) {
        case Manner::kSend:
            if (peer != MPI_PROC_NULL) {
                one_after_the_other(MPI_Send);
            }
            break;
        case Manner::kSynchronousSend:
            if (peer != MPI_PROC_NULL) {
                one_after_the_other(MPI_Ssend);
            }
            break;
        case Manner::kNonblocking:
            MPI_Irecv(received.data(), length, MPI_BYTE, peer, 1, MPI_COMM_WORLD, &request);
            MPI_Send(sent.data(), length, MPI_BYTE, peer, 1, MPI_COMM_WORLD);
            MPI_Wait(&request, &status);
            break;
        case Manner::kUnexpected:
            MPI_Isend(sent.data(), length, MPI_BYTE, peer, 1, MPI_COMM_WORLD, &request);
            MPI_Barrier(MPI_COMM_WORLD);
            receive();
            MPI_Wait(&request, MPI_STATUS_IGNORE);
            break;
    }
    if (peer != MPI_PROC_NULL) {
        program.expect_status(status, peer, 1, size, "large receive");
        program.expect_pattern({serial, stream(peer, program.rank())},
                               std::span(received).first(size), "large receive");
    }
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "large",
                     .purpose = "Messages of 1 to 64 MiB in both directions.",
                     .min_ranks = 2,
                     .has_full = true,
                     .full_meaning = "every manner of sending at every size, and odd sizes"});
    std::vector<std::byte> sent(64 * kMebibyte + 1);
    std::vector<std::byte> received(64 * kMebibyte + 1);
    for (std::size_t size = kMebibyte; size <= 64 * kMebibyte; size *= 2) {
        const bool thorough = program.full() || size <= 4 * kMebibyte;
        for (const Manner manner :
             {Manner::kSend, Manner::kSynchronousSend, Manner::kNonblocking, Manner::kUnexpected}) {
            if (thorough || manner == Manner::kSend || manner == Manner::kNonblocking) {
                exchange(program, size, manner, sent, received);
            }
            if (thorough) {
                exchange(program, size - 1, manner, sent, received);
                exchange(program, size + 1, manner, sent, received);
            }
        }
    }
    return program.finish();
}
