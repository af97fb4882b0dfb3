// Point-to-point messages of every size around the transports' thresholds, in every manner in which
// a message can meet its receive.
#include <algorithm>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

constexpr std::size_t kLargest = 131072;
constexpr std::size_t kAround = 80;
constexpr std::size_t kGroup = 16;   // messages in flight at once
constexpr std::size_t kQuick = 101;  // with --quick one of so many sizes

std::vector<std::size_t> all_sizes(bool full) {
    std::vector<std::size_t> sizes;
    if (full) {
        for (std::size_t size = 0; size <= kLargest; ++size) {
            sizes.push_back(size);
        }
        return sizes;
    }
    for (std::size_t size = 0; size <= 2048; ++size) {
        sizes.push_back(size);
    }
    for (const std::size_t centre : {4096, 8192, 16384, 32768, 65536, 65536 + 256, 131072}) {
        for (std::size_t size = centre - kAround; size <= centre + kAround; ++size) {
            sizes.push_back(size);
        }
    }
    for (std::size_t size = 2048; size <= kLargest; size += 1021) {
        sizes.push_back(size);
    }
    return sizes;
}

std::vector<std::size_t> one_of(const std::vector<std::size_t>& sizes, std::size_t step) {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < sizes.size(); i += step) {
        chosen.push_back(sizes[i]);
    }
    return chosen;
}

using Sizes = std::span<const std::size_t>;

void blocking(Program& program, Sizes sizes) {
    const int peer = program.partner();
    std::vector<std::byte> received(kLargest + kAround);
    for (const std::size_t size : sizes) {
        const std::uint64_t serial = program.next_serial();
        if (peer == MPI_PROC_NULL) {
            continue;
        }
        const auto sent = pattern({serial, stream(program.rank(), peer)}, size);
        MPI_Status status;
        if (program.rank() < peer) {
            MPI_Send(sent.data(), as_int(size), MPI_BYTE, peer, 1, MPI_COMM_WORLD);
        }
        MPI_Recv(received.data(), as_int(received.size()), MPI_BYTE, peer, 1, MPI_COMM_WORLD,
                 &status);
        if (program.rank() > peer) {
            MPI_Send(sent.data(), as_int(size), MPI_BYTE, peer, 1, MPI_COMM_WORLD);
        }
        program.expect_status(status, peer, 1, size, "blocking receive");
        program.expect_pattern({serial, stream(peer, program.rank())},
                               std::span(received).first(size), "blocking receive");
    }
}

/// How the receives of a group of messages around the ring meet the sends.
enum class Meeting {
    kExpected,    // receives posted first, in the order of the sends
    kOutOfOrder,  // receives posted first, in the reverse order of the tags
    kUnexpected,  // receives posted after all sends have been started everywhere
};

void ring(Program& program, Sizes sizes, Meeting meeting) {
    const int next = program.neighbour(1);
    const int previous = program.neighbour(-1);
    const std::uint64_t serial = program.next_serial();
    std::vector<std::vector<std::byte>> sent(sizes.size());
    std::vector<std::vector<std::byte>> received(sizes.size());
    std::vector<MPI_Request> sends(sizes.size());
    std::vector<MPI_Request> receives(sizes.size());
    std::vector<MPI_Status> statuses(sizes.size());
    const auto id = [&](std::size_t i, int from, int to) {
        return MessageId{serial << 8 | i, stream(from, to)};
    };
    const auto start_receives = [&] {
        for (std::size_t n = 0; n < sizes.size(); ++n) {
            const std::size_t i = meeting == Meeting::kOutOfOrder ? sizes.size() - 1 - n : n;
            received[i].resize(sizes[i]);
            MPI_Irecv(received[i].data(), as_int(sizes[i]), MPI_BYTE, previous, as_int(i),
                      MPI_COMM_WORLD, &receives[i]);
        }
    };
    const auto start_sends = [&] {
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            sent[i] = pattern(id(i, program.rank(), next), sizes[i]);
            MPI_Isend(sent[i].data(), as_int(sizes[i]), MPI_BYTE, next, as_int(i), MPI_COMM_WORLD,
                      &sends[i]);
        }
    };
    if (meeting == Meeting::kUnexpected) {
        start_sends();
        MPI_Barrier(MPI_COMM_WORLD);
        start_receives();
    } else {
        start_receives();
        start_sends();
    }
    MPI_Waitall(as_int(sends.size()), sends.data(), MPI_STATUSES_IGNORE);
    MPI_Waitall(as_int(receives.size()), receives.data(), statuses.data());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        program.expect_status(statuses[i], previous, as_int(i), sizes[i], "ring receive");
        program.expect_pattern(id(i, previous, program.rank()), received[i], "ring receive");
    }
}

/// Every rank sends to rank 0, which takes the messages as they come. The answer keeps a fast
/// rank's next message from taking a slow rank's place.
void any_source(Program& program, Sizes sizes) {
    for (const std::size_t size : sizes) {
        const std::uint64_t serial = program.next_serial();
        char answer = 0;
        if (program.rank() != 0) {
            const auto sent = pattern({serial, stream(program.rank(), 0)}, size);
            MPI_Send(sent.data(), as_int(size), MPI_BYTE, 0, 3, MPI_COMM_WORLD);
            MPI_Recv(&answer, 1, MPI_BYTE, 0, 4, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            continue;
        }
        std::vector<std::vector<std::byte>> by_source(as_size(program.ranks()));
        for (int n = 1; n < program.ranks(); ++n) {
            std::vector<std::byte> received(size + 1);
            MPI_Status status;
            MPI_Recv(received.data(), as_int(received.size()), MPI_BYTE, MPI_ANY_SOURCE, 3,
                     MPI_COMM_WORLD, &status);
            program.expect_status(status, -1, 3, size, "any-source receive");
            received.resize(size);
            by_source[as_size(status.MPI_SOURCE)] = std::move(received);
        }
        for (int source = 1; source < program.ranks(); ++source) {
            const auto& received = by_source[as_size(source)];
            program.expect(received.size() == size, "any-source: one message of every rank");
            program.expect_pattern({serial, stream(source, 0)}, received, "any-source receive");
            MPI_Send(&answer, 1, MPI_BYTE, source, 4, MPI_COMM_WORLD);
        }
    }
}

enum class Probing { kProbe, kIprobe, kMprobe };

void probe(Program& program, Sizes sizes, Probing probing) {
    const int next = program.neighbour(1);
    const int previous = program.neighbour(-1);
    for (const std::size_t size : sizes) {
        const std::uint64_t serial = program.next_serial();
        const auto sent = pattern({serial, stream(program.rank(), next)}, size);
        MPI_Request request;
        MPI_Isend(sent.data(), as_int(size), MPI_BYTE, next, 5, MPI_COMM_WORLD, &request);
        MPI_Status status;
        MPI_Message message = MPI_MESSAGE_NULL;
        int found = 0;
        switch (probing) {
            case Probing::kProbe:
                MPI_Probe(previous, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
                break;
            case Probing::kIprobe:
                while (found == 0) {
                    MPI_Iprobe(previous, 5, MPI_COMM_WORLD, &found, &status);
                }
                break;
            case Probing::kMprobe:
                MPI_Mprobe(previous, 5, MPI_COMM_WORLD, &message, &status);
                break;
        }
        program.expect_status(status, previous, 5, size, "probe");
        std::vector<std::byte> received(size);
        if (probing == Probing::kMprobe) {
            MPI_Mrecv(received.data(), as_int(size), MPI_BYTE, &message, &status);
        } else {
            MPI_Recv(received.data(), as_int(size), MPI_BYTE, previous, 5, MPI_COMM_WORLD, &status);
        }
        program.expect_status(status, previous, 5, size, "receive after probe");
        program.expect_pattern({serial, stream(previous, program.rank())}, received,
                               "receive after probe");
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "p2p_sizes",
                     .purpose = "Point-to-point messages of all sizes around the thresholds.",
                     .has_full = true,
                     .full_meaning = "every size from 0 to 131072 bytes",
                     .quick_meaning = "one of 101 of the sizes"});
    auto sizes = all_sizes(program.full());
    if (program.quick()) {
        sizes = one_of(sizes, kQuick);
    }
    blocking(program, sizes);
    for (std::size_t at = 0; at < sizes.size(); at += kGroup) {
        const auto group = Sizes(sizes).subspan(at, std::min(kGroup, sizes.size() - at));
        for (const Meeting meeting :
             {Meeting::kExpected, Meeting::kOutOfOrder, Meeting::kUnexpected}) {
            ring(program, group, meeting);
        }
    }
    // Probing, and who it was that sent, is about matching, not about lengths: fewer sizes do.
    const auto matched = one_of(sizes, 7);
    any_source(program, matched);
    for (const Probing probing : {Probing::kProbe, Probing::kIprobe, Probing::kMprobe}) {
        probe(program, matched, probing);
    }
    return program.finish();
}
