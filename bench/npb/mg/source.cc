#include "bench/npb/mg/source.h"

#include <mpi.h>

#include <algorithm>
#include <vector>

#include "bench/npb/common/random.h"

namespace ucx_crypto::npb {
namespace {

constexpr std::uint64_t kSeed = 314159265;
constexpr std::size_t kCharges = 10;  // of each sign

struct Candidate {
    double value = 0;
    double index = 0;  // of the point in the whole grid, x running fastest; exact below 2^53
};

/// The points of largest `sign` * value that have been offered, largest first.
class Extremes {
  public:
    explicit Extremes(double sign) : sign_(sign) {}

    void offer(double value, std::uint64_t index) {
        const double key = sign_ * value;
        if (found_.size() == kCharges && key <= sign_ * found_.back().value) {
            return;
        }
        const auto place = std::find_if(found_.begin(), found_.end(), [&](const Candidate& other) {
            return sign_ * other.value < key;
        });
        found_.insert(place, {value, static_cast<double>(index)});
        found_.resize(std::min(found_.size(), kCharges));
    }

    /// Those of all processes. Collective; every process must have been offered enough.
    [[nodiscard]] std::vector<Candidate> of_all() const {
        int processes = 1;
        MPI_Comm_size(MPI_COMM_WORLD, &processes);
        // Where a process has fewer points than that, its last one takes part several times.
        std::vector<Candidate> mine = found_;
        mine.resize(kCharges, found_.back());
        std::vector<Candidate> all(kCharges * static_cast<std::size_t>(processes));
        constexpr int kNumbers = static_cast<int>(2 * kCharges);
        MPI_Allgather(mine.data(), kNumbers, MPI_DOUBLE, all.data(), kNumbers, MPI_DOUBLE,
                      MPI_COMM_WORLD);
        std::sort(all.begin(), all.end(), [this](const Candidate& a, const Candidate& b) {
            return sign_ * a.value > sign_ * b.value;
        });
        const auto same = [](const Candidate& a, const Candidate& b) { return a.index == b.index; };
        all.erase(std::unique(all.begin(), all.end(), same), all.end());
        all.resize(std::min(all.size(), kCharges));
        return all;
    }

  private:
    double sign_;
    std::vector<Candidate> found_;
};

}  // namespace

void set_source(const Level& level, int log2, Field& v) {
    const Axis& ax = level.axes[0];
    const Axis& ay = level.axes[1];
    const Axis& az = level.axes[2];
    Extremes largest(1);
    Extremes smallest(-1);
    for (int z = 0; z < az.count; ++z) {
        for (int y = 0; y < ay.count; ++y) {
            const std::uint64_t plane = az.first + z;
            std::uint64_t index = (((plane << log2) + (ay.first + y)) << log2) + ax.first;
            Random random(kSeed);
            random.skip(index);
            for (int x = 0; x < ax.count; ++x, ++index) {
                const double value = random.next();
                largest.offer(value, index);
                smallest.offer(value, index);
            }
        }
    }

    v.clear();
    const auto place = [&](const std::vector<Candidate>& points, double charge) {
        for (const Candidate& point : points) {
            const auto index = static_cast<std::uint64_t>(point.index);
            const std::uint64_t mask = (std::uint64_t{1} << log2) - 1;
            const int x = static_cast<int>(index & mask) - ax.first;
            const int y = static_cast<int>(index >> log2 & mask) - ay.first;
            const int z = static_cast<int>(index >> (2 * log2)) - az.first;
            if (x >= 0 && x < ax.count && y >= 0 && y < ay.count && z >= 0 && z < az.count) {
                v.row(y + 1, z + 1)[x + 1] = charge;
            }
        }
    };
    place(smallest.of_all(), -1);
    place(largest.of_all(), 1);
}

}  // namespace ucx_crypto::npb
