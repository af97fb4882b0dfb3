#include "bench/npb/cg/matrix.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "bench/npb/common/random.h"

namespace ucx_crypto::npb {
namespace {

constexpr std::uint64_t kSeed = 314159265;
constexpr double kConditionReciprocal = 0.1;
constexpr double kDiagonal = 0.5;  ///< the i-th element of v(i)

struct Element {
    int index;
    double value;
};

/// The vectors v(i), one behind the other.
class RandomVectors {
  public:
    RandomVectors(int n, int nonzeros) : ends_{0} {
        Random random(kSeed);
        random.next();  // the specification's sequence gives its first number to nobody
        const double range = std::bit_ceil(static_cast<unsigned>(n));
        std::vector<int> last_user(static_cast<std::size_t>(n), -1);  // vector that has the index
        elements_.reserve(static_cast<std::size_t>(n) * static_cast<std::size_t>(nonzeros + 1));
        for (int i = 0; i < n; ++i) {
            for (int count = 0; count < nonzeros;) {
                double value = random.next();
                const int index = static_cast<int>(range * random.next());
                if (index >= n || last_user[static_cast<std::size_t>(index)] == i) {
                    continue;
                }
                last_user[static_cast<std::size_t>(index)] = i;
                elements_.push_back({index, index == i ? kDiagonal : value});
                ++count;
            }
            if (last_user[static_cast<std::size_t>(i)] != i) {
                elements_.push_back({i, kDiagonal});
            }
            ends_.push_back(elements_.size());
        }
    }

    /// Calls use(row, column, value) for every product of two elements in the block.
    template <typename Use>
    void for_each_product(Range rows, Range columns, double shift, Use use) const {
        const auto n = ends_.size() - 1;
        const double ratio = std::pow(kConditionReciprocal, 1.0 / static_cast<double>(n));
        double weight = 1;
        for (std::size_t i = 0; i < n; ++i) {
            const auto first = elements_.begin() + static_cast<std::ptrdiff_t>(ends_[i]);
            const auto end = elements_.begin() + static_cast<std::ptrdiff_t>(ends_[i + 1]);
            for (auto row = first; row != end; ++row) {
                if (!rows.contains(row->index)) {
                    continue;
                }
                const double scaled = weight * row->value;
                for (auto column = first; column != end; ++column) {
                    if (columns.contains(column->index)) {
                        const bool diagonal =
                            row->index == column->index && row->index == static_cast<int>(i);
                        use(row->index - rows.first, column->index - columns.first,
                            column->value * scaled +
                                (diagonal ? kConditionReciprocal - shift : 0.0));
                    }
                }
            }
            weight *= ratio;
        }
    }

  private:
    std::vector<Element> elements_;
    std::vector<std::size_t> ends_;
};

}  // namespace

void SparseBlock::multiply(const std::vector<double>& vector, std::vector<double>& result) const {
    const double* const from = vector.data();
    const int* const column = columns.data();
    const double* const value = values.data();
    for (std::size_t row = 0; row + 1 < row_start.size(); ++row) {
        double sum = 0;
        for (int i = row_start[row]; i < row_start[row + 1]; ++i) {
            sum += value[i] * from[column[i]];
        }
        result[row] = sum;
    }
}

SparseBlock make_block(int n, int nonzeros, double shift, Range rows, Range columns) {
    const RandomVectors vectors(n, nonzeros);
    std::vector<std::size_t> next(static_cast<std::size_t>(rows.size()) + 1, 0);
    vectors.for_each_product(rows, columns, shift, [&next](int row, int, double) {
        ++next[static_cast<std::size_t>(row) + 1];
    });
    for (std::size_t row = 1; row < next.size(); ++row) {
        next[row] += next[row - 1];
    }
    std::vector<Element> products(next.back());
    vectors.for_each_product(rows, columns, shift, [&](int row, int column, double value) {
        products[next[static_cast<std::size_t>(row)]++] = {column, value};
    });  // next[row] is now where the row ends

    SparseBlock block;
    block.row_start.push_back(0);
    for (std::size_t row = 0; row + 1 < next.size(); ++row) {
        const auto first =
            products.begin() + static_cast<std::ptrdiff_t>(row == 0 ? 0 : next[row - 1]);
        const auto end = products.begin() + static_cast<std::ptrdiff_t>(next[row]);
        std::sort(first, end, [](const Element& a, const Element& b) { return a.index < b.index; });
        for (auto product = first; product != end; ++product) {
            const bool same = product != first && product->index == block.columns.back();
            if (same) {
                block.values.back() += product->value;
            } else {
                block.columns.push_back(product->index);
                block.values.push_back(product->value);
            }
        }
        block.row_start.push_back(static_cast<int>(block.values.size()));
    }
    return block;
}

}  // namespace ucx_crypto::npb
