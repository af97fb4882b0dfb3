#include "bench/npb/ft/fft.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ucx_crypto::npb {
namespace {

constexpr std::ptrdiff_t kBlock = 16;  // lines at a time

}  // namespace

Fft::Fft(int size)
    : size_(size),
      roots_(static_cast<std::size_t>(size / 2)),
      block_(static_cast<std::size_t>(size) * kBlock),
      scratch_(block_.size()) {
    for (int j = 0; j < size / 2; ++j) {
        const double angle = 2 * std::numbers::pi * j / size;
        roots_[j] = {std::cos(angle), std::sin(angle)};
    }
}

void Fft::transform(int sign, Complex* data, Lines lines, std::ptrdiff_t count) {
    for (std::ptrdiff_t line = 0; line < count; line += kBlock) {
        Complex* const first = data + line * lines.line_stride;
        const std::ptrdiff_t width = std::min(kBlock, count - line);
        for (std::ptrdiff_t i = 0; i < size_; ++i) {
            for (std::ptrdiff_t l = 0; l < width; ++l) {
                block_[i * kBlock + l] = first[i * lines.element_stride + l * lines.line_stride];
            }
        }
        transform_block(sign);
        for (std::ptrdiff_t i = 0; i < size_; ++i) {
            for (std::ptrdiff_t l = 0; l < width; ++l) {
                first[i * lines.element_stride + l * lines.line_stride] = block_[i * kBlock + l];
            }
        }
    }
}

void Fft::transform_block(int sign) {
    // Step by step `run` numbers of each of twice as many interleaved transforms lie together.
    const std::ptrdiff_t half = size_ / 2 * kBlock;
    for (std::ptrdiff_t run = 1; run < size_; run *= 2) {
        const std::ptrdiff_t width = run * kBlock;
        for (std::ptrdiff_t j = 0; j < size_ / (2 * run); ++j) {
            Complex root = roots_[j * run];
            root.im *= sign;
            const Complex* const a = block_.data() + j * width;
            const Complex* const b = a + half;
            Complex* const sum = scratch_.data() + 2 * j * width;
            Complex* const difference = sum + width;
            for (std::ptrdiff_t k = 0; k < width; ++k) {
                const Complex x = a[k];
                const Complex y = b[k];
                sum[k] = x + y;
                difference[k] = root * (x - y);
            }
        }
        block_.swap(scratch_);
    }
}

}  // namespace ucx_crypto::npb
