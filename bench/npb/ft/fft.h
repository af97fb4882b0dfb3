#pragma once

#include <cstddef>
#include <vector>

namespace ucx_crypto::npb {

struct Complex {
    double re = 0;
    double im = 0;

    friend Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
    friend Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
    friend Complex operator*(Complex a, Complex b) {
        return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    }
    friend Complex operator*(double a, Complex b) { return {a * b.re, a * b.im}; }
};

/// Where one line of numbers to transform lies, and its neighbours.
struct Lines {
    std::ptrdiff_t element_stride;  ///< from one number of a line to the next
    std::ptrdiff_t line_stride;     ///< from one line to the next
};

/// Discrete Fourier transforms of `size` numbers (a power of two), unnormalised, by Stockham's
/// method; several lines at a time, so that strided ones are read by cache lines.
class Fft {
  public:
    explicit Fft(int size);

    /// Transforms `count` lines in place, the first at `data`; `sign` is that of the exponent.
    void transform(int sign, Complex* data, Lines lines, std::ptrdiff_t count);

  private:
    void transform_block(int sign);

    int size_;
    std::vector<Complex> roots_;  ///< exp(2 pi i j / size) for j below size / 2
    std::vector<Complex> block_, scratch_;
};

}  // namespace ucx_crypto::npb
