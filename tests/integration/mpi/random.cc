// Random sizes, peers and tags from a fixed seed, with many messages in flight.
#include <algorithm>
#include <numeric>
#include <random>

#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;

struct Message {
    int from;
    int to;
    int tag;
    std::size_t size;
};

/// The next number below `bound`; std's distributions differ between libraries, this does not.
std::size_t below(std::mt19937_64& random, std::size_t bound) {
    return random() % bound;
}

std::size_t random_size(std::mt19937_64& random) {
    const std::size_t kind = below(random, 100);
    const std::size_t bound = kind < 50   ? 256
                              : kind < 80 ? 10'000
                              : kind < 97 ? 140'000
                                          : 2'000'000;
    return below(random, bound);
}

/// The same list on every rank.
std::vector<Message> plan(std::mt19937_64& random, int ranks, std::size_t count) {
    std::vector<Message> messages(count);
    for (Message& message : messages) {
        message.from = as_int(below(random, as_size(ranks)));
        message.to = as_int(below(random, as_size(ranks)));
        message.tag = as_int(below(random, 20));
        message.size = random_size(random);
    }
    return messages;
}

void round(Program& program, std::mt19937_64& random, std::size_t count) {
    const std::uint64_t serial = program.next_serial();
    const auto messages = plan(random, program.ranks(), count);
    // Receives are posted tag by tag, the tags in a random order; within a tag and sender in the
    // order of the sends, which is the order in which MPI matches them.
    std::vector<int> tags(20);
    std::iota(tags.begin(), tags.end(), 0);
    for (std::size_t i = tags.size() - 1; i > 0; --i) {
        std::swap(tags[i], tags[below(random, i + 1)]);
    }
    const auto id = [&](std::size_t i) {
        return MessageId{serial << 20 | i, stream(messages[i].from, messages[i].to)};
    };
    std::vector<std::vector<std::byte>> sent(count), received(count);
    std::vector<MPI_Request> requests;
    std::vector<std::size_t> receives;
    const auto post_receives = [&](std::size_t first_tag, std::size_t last_tag) {
        for (std::size_t t = first_tag; t < last_tag; ++t) {
            for (std::size_t i = 0; i < count; ++i) {
                if (messages[i].to != program.rank() || messages[i].tag != tags[t]) {
                    continue;
                }
                received[i].resize(messages[i].size);
                receives.push_back(i);
                MPI_Irecv(received[i].data(), as_int(messages[i].size), MPI_BYTE, messages[i].from,
                          messages[i].tag, MPI_COMM_WORLD, &requests.emplace_back());
            }
        }
    };
    post_receives(0, 10);  // half of them before the sends, the others after
    for (std::size_t i = 0; i < count; ++i) {
        if (messages[i].from == program.rank()) {
            sent[i] = pattern(id(i), messages[i].size);
            MPI_Isend(sent[i].data(), as_int(messages[i].size), MPI_BYTE, messages[i].to,
                      messages[i].tag, MPI_COMM_WORLD, &requests.emplace_back());
        }
    }
    post_receives(10, 20);
    MPI_Waitall(as_int(requests.size()), requests.data(), MPI_STATUSES_IGNORE);
    for (const std::size_t i : receives) {
        program.expect_pattern(id(i), received[i], "random message");
    }
}

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "random",
                     .purpose = "Random sizes, peers and tags, many messages in flight.",
                     .has_full = true,
                     .full_meaning = "200 rounds instead of 10"});
    std::mt19937_64 random(20240229);
    const int rounds = program.full() ? 200 : 10;
    for (int i = 0; i < rounds; ++i) {
        round(program, random, 500);
    }
    return program.finish();
}
