// Communicators: split, duplicated, nested, created from groups, and between groups.
#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

struct Place {
    int rank = 0;
    int size = 0;
};

Place place_in(MPI_Comm communicator) {
    Place place;
    MPI_Comm_rank(communicator, &place.rank);
    MPI_Comm_size(communicator, &place.size);
    return place;
}

/// Exchanges around the communicator's ring and sums over it. Streams use ranks of the world, so
/// that a message that strays from another communicator is found.
void use(Program& program, MPI_Comm communicator, const char* what) {
    const Place place = place_in(communicator);
    std::vector<int> world(as_size(place.size));
    const int me = program.rank();
    MPI_Allgather(&me, 1, MPI_INT, world.data(), 1, MPI_INT, communicator);
    const int next = (place.rank + 1) % place.size;
    const int previous = (place.rank + place.size - 1) % place.size;
    const std::uint64_t serial = program.next_serial();
    for (const std::size_t size : {0, 5, 1000, 9000, 70000}) {
        const MessageId id{serial << 20 | size, stream(me, world[as_size(next)])};
        const auto sent = pattern(id, size);
        std::vector<std::byte> received(size);
        MPI_Sendrecv(sent.data(), as_int(size), MPI_BYTE, next, 1, received.data(), as_int(size),
                     MPI_BYTE, previous, 1, communicator, MPI_STATUS_IGNORE);
        program.expect_pattern({id.iteration, stream(world[as_size(previous)], me)}, received,
                               what);
    }
    int sum = me;
    int expected = 0;
    for (const int rank : world) {
        expected += rank;
    }
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT, MPI_SUM, communicator);
    program.expect_numbers<int>(std::vector{sum}, std::vector{expected}, what);
}

/// The same tag in flight on two communicators at once must not be confused.
void same_tags(Program& program, MPI_Comm one, MPI_Comm other) {
    const int next = program.neighbour(1);
    const int previous = program.neighbour(-1);
    const std::uint64_t serial = program.next_serial();
    const auto id = [&](std::uint64_t which, int from, int to) {
        return MessageId{serial << 8 | which, stream(from, to)};
    };
    const std::size_t size = 3000;
    const auto first = pattern(id(1, program.rank(), next), size);
    const auto second = pattern(id(2, program.rank(), next), size);
    std::vector<std::byte> from_one(size), from_other(size);
    MPI_Request requests[4];
    MPI_Isend(first.data(), as_int(size), MPI_BYTE, next, 1, one, &requests[0]);
    MPI_Isend(second.data(), as_int(size), MPI_BYTE, next, 1, other, &requests[1]);
    MPI_Irecv(from_other.data(), as_int(size), MPI_BYTE, previous, 1, other, &requests[2]);
    MPI_Irecv(from_one.data(), as_int(size), MPI_BYTE, previous, 1, one, &requests[3]);
    MPI_Waitall(4, requests, MPI_STATUSES_IGNORE);
    program.expect_pattern(id(1, previous, program.rank()), from_one, "first communicator");
    program.expect_pattern(id(2, previous, program.rank()), from_other, "second communicator");
}

/// Even and odd ranks talk through an intercommunicator.
void between(Program& program, MPI_Comm half) {
    const bool even = program.rank() % 2 == 0;
    MPI_Comm inter = MPI_COMM_NULL;
    MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, even ? 1 : 0, 9, &inter);
    int remote = 0;
    MPI_Comm_remote_size(inter, &remote);
    const Place place = place_in(inter);
    const std::uint64_t serial = program.next_serial();
    const int peer = place.rank < remote ? place.rank : MPI_PROC_NULL;
    const int peer_in_world = 2 * place.rank + (even ? 1 : 0);
    for (const std::size_t size : {1, 2000, 100000}) {
        const auto sent =
            pattern({serial << 20 | size, stream(program.rank(), peer_in_world)}, size);
        std::vector<std::byte> received(size);
        MPI_Sendrecv(sent.data(), as_int(size), MPI_BYTE, peer, 2, received.data(), as_int(size),
                     MPI_BYTE, peer, 2, inter, MPI_STATUS_IGNORE);
        if (peer != MPI_PROC_NULL) {
            program.expect_pattern({serial << 20 | size, stream(peer_in_world, program.rank())},
                                   received, "through the intercommunicator");
        }
    }
    // An allreduce between groups gives each the sum of the other.
    int sum = program.rank();
    int result = -1;
    MPI_Allreduce(&sum, &result, 1, MPI_INT, MPI_SUM, inter);
    int expected = 0;
    for (int rank = even ? 1 : 0; rank < program.ranks(); rank += 2) {
        expected += rank;
    }
    program.expect_numbers<int>(std::vector{result}, std::vector{expected}, "allreduce between");

    MPI_Comm merged = MPI_COMM_NULL;
    MPI_Intercomm_merge(inter, even ? 0 : 1, &merged);
    use(program, merged, "merged");
    MPI_Comm_free(&merged);
    MPI_Comm_free(&inter);
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv, {.name = "comm_split", .purpose = "Communicators of all kinds."});
    const int parity = program.rank() % 2;
    for (int round = 0; round < 10; ++round) {
        MPI_Comm copy = MPI_COMM_NULL;
        MPI_Comm half = MPI_COMM_NULL;
        MPI_Comm nested = MPI_COMM_NULL;
        MPI_Comm_dup(MPI_COMM_WORLD, &copy);
        use(program, copy, "duplicate");
        same_tags(program, MPI_COMM_WORLD, copy);

        // In reverse order, so that ranks differ from those in the world.
        MPI_Comm_split(copy, parity, -program.rank(), &half);
        use(program, half, "half, in reverse");
        MPI_Comm_free(&half);
        MPI_Comm_split(copy, parity, program.rank(), &half);
        MPI_Comm_split(half, place_in(half).rank, 0, &nested);
        use(program, nested, "one rank alone");
        if (program.ranks() > 1) {
            between(program, half);
        }

        MPI_Group world, all_but_last;
        const int last = program.ranks() - 1;
        MPI_Comm_group(MPI_COMM_WORLD, &world);
        MPI_Group_excl(world, 1, &last, &all_but_last);
        MPI_Comm rest = MPI_COMM_NULL;
        MPI_Comm_create(MPI_COMM_WORLD, all_but_last, &rest);
        if (rest != MPI_COMM_NULL) {
            use(program, rest, "all but the last");
            MPI_Comm_free(&rest);
        } else {
            static_cast<void>(program.next_serial());  // as use() does on the others
        }
        MPI_Group_free(&all_but_last);
        MPI_Group_free(&world);
        MPI_Comm_free(&nested);
        MPI_Comm_free(&half);
        MPI_Comm_free(&copy);
    }
    return program.finish();
}
