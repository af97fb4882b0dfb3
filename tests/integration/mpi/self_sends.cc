// A rank that talks to itself: sends, probes, collectives of one, windows. Runs as a singleton too.
#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

void send_to_self(Program& program, MPI_Comm communicator, std::size_t size) {
    int me = 0;
    MPI_Comm_rank(communicator, &me);
    const auto one = [&](const char* what, auto transfer) {
        const MessageId id{program.next_serial(), stream(program.rank(), program.rank())};
        const auto sent = pattern(id, size);
        std::vector<std::byte> received(size);
        transfer(sent.data(), received.data());
        program.expect_pattern(id, received, what);
    };
    const int length = as_int(size);
    MPI_Request request;
    MPI_Status status;
    one("receive posted first", [&](const std::byte* sent, std::byte* received) {
        MPI_Irecv(received, length, MPI_BYTE, me, 1, communicator, &request);
        MPI_Send(sent, length, MPI_BYTE, me, 1, communicator);
        MPI_Wait(&request, &status);
        program.expect_status(status, me, 1, size, "receive from self");
    });
    one("synchronous send, receive later", [&](const std::byte* sent, std::byte* received) {
        MPI_Issend(sent, length, MPI_BYTE, me, 2, communicator, &request);
        MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, communicator, &status);
        program.expect_status(status, me, 2, size, "probe from self");
        MPI_Recv(received, length, MPI_BYTE, me, 2, communicator, &status);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    });
    one("sendrecv", [&](const std::byte* sent, std::byte* received) {
        MPI_Sendrecv(sent, length, MPI_BYTE, me, 3, received, length, MPI_BYTE, me, 3, communicator,
                     MPI_STATUS_IGNORE);
    });
    one("put and get", [&](const std::byte* sent, std::byte* received) {
        std::byte* memory = nullptr;
        MPI_Win window = MPI_WIN_NULL;
        MPI_Win_allocate(static_cast<MPI_Aint>(size), 1, MPI_INFO_NULL, communicator, &memory,
                         &window);
        MPI_Win_lock(MPI_LOCK_EXCLUSIVE, me, 0, window);
        MPI_Put(sent, length, MPI_BYTE, me, 0, length, MPI_BYTE, window);
        MPI_Win_flush(me, window);
        MPI_Get(received, length, MPI_BYTE, me, 0, length, MPI_BYTE, window);
        MPI_Win_unlock(me, window);
        MPI_Win_free(&window);
    });
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv, {.name = "self_sends", .purpose = "Messages of a rank to itself."});
    for (const std::size_t size :
         {0, 1, 7, 64, 1000, 4096, 8191, 8192, 8193, 65535, 65536, 65793, 1048576, 5000001}) {
        send_to_self(program, MPI_COMM_WORLD, size);
        send_to_self(program, MPI_COMM_SELF, size);
        const MessageId id{program.next_serial(), stream(program.rank(), program.rank())};
        const auto sent = pattern(id, size);
        std::vector<std::byte> received(size);
        MPI_Alltoall(sent.data(), as_int(size), MPI_BYTE, received.data(), as_int(size), MPI_BYTE,
                     MPI_COMM_SELF);
        program.expect_pattern(id, received, "alltoall of one");
    }
    return program.finish();
}
