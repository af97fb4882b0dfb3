#pragma once

#include <string>
#include <vector>

namespace ucx_crypto::npb {

/// One number of a result beside the one that the specification gives.
struct Comparison {
    std::string what;  ///< "zeta"
    double expected = 0;
    double found = 0;
    double tolerance = 0;  ///< of the relative error; 0: they must be equal

    /// |found - expected| / |expected|, or the absolute error where 0 is expected.
    [[nodiscard]] double error() const;
    [[nodiscard]] bool holds() const;
};

/// What a benchmark found, compared with what is official.
class Verification {
  public:
    void compare(std::string what, double expected, double found, double tolerance);

    [[nodiscard]] const std::vector<Comparison>& comparisons() const { return comparisons_; }
    /// Whether something was compared and all of it holds.
    [[nodiscard]] bool holds() const;

  private:
    std::vector<Comparison> comparisons_;
};

}  // namespace ucx_crypto::npb
