// Every common collective over several sizes, with results that are computed beside it.
#include "tests/integration/mpi/common/program.h"

namespace {

using namespace ucx_crypto::mpi_test;
using Number = std::uint64_t;

constexpr std::size_t kLargestQuick = 1025;
const MPI_Datatype kNumber = MPI_UINT64_T;

/// Element `index` of what `from` has for `to` in round `serial`.
Number element(std::uint64_t serial, int from, int to, std::size_t index) {
    return ucx_crypto::osu::pattern_number({serial, stream(from, to)}, index);
}

/// One round of all collectives with `count` elements per rank or block.
class Round {
  public:
    Round(Program& program, std::size_t count)
        : program_(program), count_(count), ranks_(as_size(program.ranks())) {}

    void run() {
        for (int root = 0; root < program_.ranks(); ++root) {
            bcast(root);
            reduce(root);
            gather(root);
            scatter(root);
        }
        allreduce();
        allgather();
        alltoall();
        alltoallv();
        reduce_scatter();
        scan();
        nonblocking();
        MPI_Barrier(MPI_COMM_WORLD);
    }

  private:
    [[nodiscard]] int me() const { return program_.rank(); }

    std::vector<Number> mine(int to, std::size_t count) const {
        std::vector<Number> numbers(count);
        for (std::size_t i = 0; i < count; ++i) {
            numbers[i] = element(serial_, me(), to, i);
        }
        return numbers;
    }
    std::vector<Number> of(int from, int to) const {
        std::vector<Number> numbers(count_);
        for (std::size_t i = 0; i < count_; ++i) {
            numbers[i] = element(serial_, from, to, i);
        }
        return numbers;
    }
    /// The sum over ranks [0, last].
    std::vector<Number> sum(int last, std::size_t count, std::size_t first = 0) const {
        std::vector<Number> numbers(count);
        for (std::size_t i = 0; i < count; ++i) {
            for (int from = 0; from <= last; ++from) {
                numbers[i] += element(serial_, from, 0, first + i);
            }
        }
        return numbers;
    }
    /// Blocks of all ranks one after the other, for `to`.
    std::vector<Number> of_all(int to) const {
        std::vector<Number> numbers;
        for (int from = 0; from < program_.ranks(); ++from) {
            const auto block = of(from, to);
            numbers.insert(numbers.end(), block.begin(), block.end());
        }
        return numbers;
    }
    /// Blocks of this rank for all, one after the other.
    std::vector<Number> for_all() const {
        std::vector<Number> numbers;
        for (int to = 0; to < program_.ranks(); ++to) {
            const auto block = of(me(), to);
            numbers.insert(numbers.end(), block.begin(), block.end());
        }
        return numbers;
    }
    void expect(const std::vector<Number>& found, const std::vector<Number>& expected,
                const char* what) {
        program_.expect_numbers<Number>(found, expected,
                                        std::string(what) + " of " + std::to_string(count_));
    }
    void begin() { serial_ = program_.next_serial(); }
    [[nodiscard]] int count() const { return as_int(count_); }

    void bcast(int root) {
        begin();
        auto data = me() == root ? of(root, 0) : std::vector<Number>(count_, ~Number{0});
        MPI_Bcast(data.data(), count(), kNumber, root, MPI_COMM_WORLD);
        expect(data, of(root, 0), "bcast");
    }
    void reduce(int root) {
        begin();
        const auto input = mine(0, count_);
        std::vector<Number> result(count_, ~Number{0});
        MPI_Reduce(input.data(), result.data(), count(), kNumber, MPI_SUM, root, MPI_COMM_WORLD);
        if (me() == root) {
            expect(result, sum(program_.ranks() - 1, count_), "reduce");
        }
    }
    void gather(int root) {
        begin();
        const auto input = mine(root, count_);
        std::vector<Number> result(count_ * ranks_, ~Number{0});
        MPI_Gather(input.data(), count(), kNumber, result.data(), count(), kNumber, root,
                   MPI_COMM_WORLD);
        if (me() == root) {
            expect(result, of_all(root), "gather");
        }
    }
    void scatter(int root) {
        begin();
        const auto input = for_all();
        std::vector<Number> result(count_, ~Number{0});
        MPI_Scatter(input.data(), count(), kNumber, result.data(), count(), kNumber, root,
                    MPI_COMM_WORLD);
        expect(result, of(root, me()), "scatter");
    }
    void allreduce() {
        begin();
        auto data = mine(0, count_);
        MPI_Allreduce(MPI_IN_PLACE, data.data(), count(), kNumber, MPI_SUM, MPI_COMM_WORLD);
        expect(data, sum(program_.ranks() - 1, count_), "allreduce");

        begin();
        std::vector<double> halves(count_);
        std::vector<double> expected(count_);
        for (std::size_t i = 0; i < count_; ++i) {
            halves[i] = static_cast<double>(element(serial_, me(), 0, i)) / 2;
            for (int from = 0; from < program_.ranks(); ++from) {
                const double value = static_cast<double>(element(serial_, from, 0, i)) / 2;
                expected[i] = value > expected[i] ? value : expected[i];
            }
        }
        MPI_Allreduce(MPI_IN_PLACE, halves.data(), count(), MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
        program_.expect_numbers<double>(halves, expected, "allreduce of doubles");
    }
    void allgather() {
        begin();
        const auto input = mine(0, count_);
        std::vector<Number> result(count_ * ranks_, ~Number{0});
        MPI_Allgather(input.data(), count(), kNumber, result.data(), count(), kNumber,
                      MPI_COMM_WORLD);
        expect(result, of_all(0), "allgather");
    }
    void alltoall() {
        begin();
        const auto input = for_all();
        std::vector<Number> result(count_ * ranks_, ~Number{0});
        MPI_Alltoall(input.data(), count(), kNumber, result.data(), count(), kNumber,
                     MPI_COMM_WORLD);
        expect(result, of_all(me()), "alltoall");
    }
    /// Blocks of different lengths, some of them empty.
    void alltoallv() {
        begin();
        const auto length = [this](int from, int to) {
            return (from + 2 * to) % 3 == 0 ? std::size_t{0} : count_ * as_size(from + to + 1) / 2;
        };
        std::vector<int> send_counts, send_at, receive_counts, receive_at;
        std::vector<Number> input, expected;
        for (int peer = 0; peer < program_.ranks(); ++peer) {
            send_at.push_back(as_int(input.size()));
            send_counts.push_back(as_int(length(me(), peer)));
            for (std::size_t i = 0; i < length(me(), peer); ++i) {
                input.push_back(element(serial_, me(), peer, i));
            }
            receive_at.push_back(as_int(expected.size()));
            receive_counts.push_back(as_int(length(peer, me())));
            for (std::size_t i = 0; i < length(peer, me()); ++i) {
                expected.push_back(element(serial_, peer, me(), i));
            }
        }
        std::vector<Number> result(expected.size(), ~Number{0});
        MPI_Alltoallv(input.data(), send_counts.data(), send_at.data(), kNumber, result.data(),
                      receive_counts.data(), receive_at.data(), kNumber, MPI_COMM_WORLD);
        expect(result, expected, "alltoallv");
    }
    void reduce_scatter() {
        begin();
        const auto input = mine(0, count_ * ranks_);
        std::vector<Number> result(count_, ~Number{0});
        const std::vector<int> counts(ranks_, count());
        MPI_Reduce_scatter(input.data(), result.data(), counts.data(), kNumber, MPI_SUM,
                           MPI_COMM_WORLD);
        const auto expected = sum(program_.ranks() - 1, count_, as_size(me()) * count_);
        expect(result, expected, "reduce_scatter");
        std::vector<Number> again(count_, ~Number{0});
        MPI_Reduce_scatter_block(input.data(), again.data(), count(), kNumber, MPI_SUM,
                                 MPI_COMM_WORLD);
        expect(again, expected, "reduce_scatter_block");
    }
    void scan() {
        begin();
        const auto input = mine(0, count_);
        std::vector<Number> result(count_, ~Number{0});
        MPI_Scan(input.data(), result.data(), count(), kNumber, MPI_SUM, MPI_COMM_WORLD);
        expect(result, sum(me(), count_), "scan");
        std::vector<Number> before(count_, ~Number{0});
        MPI_Exscan(input.data(), before.data(), count(), kNumber, MPI_SUM, MPI_COMM_WORLD);
        if (me() > 0) {
            expect(before, sum(me() - 1, count_), "exscan");
        }
    }
    /// Three collectives in flight at once.
    void nonblocking() {
        begin();
        const auto input = mine(0, count_);
        const auto blocks = for_all();
        std::vector<Number> gathered(count_ * ranks_, ~Number{0});
        std::vector<Number> reduced(count_, ~Number{0});
        std::vector<Number> exchanged(count_ * ranks_, ~Number{0});
        MPI_Request requests[3];
        MPI_Iallgather(input.data(), count(), kNumber, gathered.data(), count(), kNumber,
                       MPI_COMM_WORLD, &requests[0]);
        MPI_Iallreduce(input.data(), reduced.data(), count(), kNumber, MPI_SUM, MPI_COMM_WORLD,
                       &requests[1]);
        MPI_Ialltoall(blocks.data(), count(), kNumber, exchanged.data(), count(), kNumber,
                      MPI_COMM_WORLD, &requests[2]);
        MPI_Waitall(3, requests, MPI_STATUSES_IGNORE);
        expect(gathered, of_all(0), "iallgather");
        expect(reduced, sum(program_.ranks() - 1, count_), "iallreduce");
        expect(exchanged, of_all(me()), "ialltoall");
    }

    Program& program_;
    std::size_t count_;
    std::size_t ranks_;
    std::uint64_t serial_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    Program program(argc, argv,
                    {.name = "collectives",
                     .purpose = "Collectives over several sizes.",
                     .quick_meaning = "up to 1025 numbers"});
    for (const std::size_t count : {0, 1, 3, 8, 64, 255, 1023, 1024, 1025, 8191, 8192, 65536}) {
        if (program.quick() && count > kLargestQuick) {
            break;
        }
        Round(program, count).run();
    }
    return program.finish();
}
