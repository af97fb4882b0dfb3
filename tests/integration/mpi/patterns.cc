// Sends readable markers in messages of 1 B to 8 MiB in every manner, so that a capture of the link
// can be searched for "UCXCRYPTO-PATTERN-": a run in clear shows them, an encrypted one must not.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

constexpr std::size_t kLargest = std::size_t{8} << 20;
constexpr std::size_t kLargestQuick = std::size_t{256} << 10;

/// `size` bytes of the marker of message `number`, again and again.
std::vector<std::byte> marked(std::uint64_t number, std::size_t size) {
    char marker[64];
    const int length = std::snprintf(marker, sizeof marker, "UCXCRYPTO-PATTERN-%05llu ",
                                     static_cast<unsigned long long>(number));
    std::vector<std::byte> text(size);
    for (std::size_t at = 0; at < size; at += as_size(length)) {
        std::memcpy(&text[at], marker, std::min(as_size(length), size - at));
    }
    return text;
}

void expect(Program& program, const std::vector<std::byte>& found, std::uint64_t number,
            const char* what) {
    program.expect(found == marked(number, found.size()),
                   std::string(what) + " of " + std::to_string(found.size()) + " bytes");
    program.digest().add(found);
}

void send(Program& program, std::size_t size) {
    const std::uint64_t number = program.next_serial();
    const auto sent = marked(number, size);
    std::vector<std::byte> received(size);
    MPI_Sendrecv(sent.data(), as_int(size), MPI_BYTE, program.neighbour(1), 1, received.data(),
                 as_int(size), MPI_BYTE, program.neighbour(-1), 1, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    expect(program, received, number, "send and receive");
}

void bcast(Program& program, std::size_t size) {
    const std::uint64_t number = program.next_serial();
    auto data = program.rank() == 0 ? marked(number, size) : std::vector<std::byte>(size);
    MPI_Bcast(data.data(), as_int(size), MPI_BYTE, 0, MPI_COMM_WORLD);
    expect(program, data, number, "bcast");
}

/// A bitwise or of equal texts is the text: it crosses the link as it is.
void allreduce(Program& program, std::size_t size) {
    const std::uint64_t number = program.next_serial();
    auto data = marked(number, size);
    MPI_Allreduce(MPI_IN_PLACE, data.data(), as_int(size), MPI_BYTE, MPI_BOR, MPI_COMM_WORLD);
    expect(program, data, number, "allreduce");
}

void put_and_get(Program& program, std::size_t size, MPI_Win window, std::byte* memory) {
    const int length = as_int(size);
    std::uint64_t number = program.next_serial();
    const auto sent = marked(number, size);
    std::memset(memory, 0, size);
    MPI_Win_fence(0, window);
    MPI_Put(sent.data(), length, MPI_BYTE, program.neighbour(1), 0, length, MPI_BYTE, window);
    MPI_Win_fence(0, window);
    expect(program, {memory, memory + size}, number, "put");

    number = program.next_serial();
    const auto offered = marked(number, size);
    std::vector<std::byte> got(size);
    std::memcpy(memory, offered.data(), size);
    MPI_Win_fence(0, window);
    MPI_Get(got.data(), length, MPI_BYTE, program.neighbour(1), 0, length, MPI_BYTE, window);
    MPI_Win_fence(0, window);
    expect(program, got, number, "get");
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "patterns",
                     .purpose = "Readable markers in messages of 1 B to 8 MiB of every kind.",
                     .min_ranks = 2,
                     .quick_meaning = "up to 256 KiB"});
    const std::size_t largest = program.quick() ? kLargestQuick : kLargest;
    std::byte* memory = nullptr;
    MPI_Win window = MPI_WIN_NULL;
    MPI_Win_allocate(static_cast<MPI_Aint>(largest), 1, MPI_INFO_NULL, MPI_COMM_WORLD, &memory,
                     &window);
    for (std::size_t size = 1; size <= largest; size *= 2) {
        send(program, size);
        bcast(program, size);
        allreduce(program, size);
        put_and_get(program, size, window, memory);
    }
    MPI_Win_free(&window);
    return program.finish();
}
