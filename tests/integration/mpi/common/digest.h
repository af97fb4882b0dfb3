#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace ucx_crypto::mpi_test {

/// A hash over everything a program received, in the order of the program's text and never of
/// arrival, so that two runs with the same contents print the same line. It finds accidents, not
/// forgeries: the contents themselves are checked against their patterns.
class Digest {
  public:
    void add(std::uint64_t word) {
        state_ = (state_ ^ word) * 0x9FB21C651E98DF25;
        state_ ^= state_ >> 32;
    }
    void add(std::span<const std::byte> bytes) {
        add(bytes.size());
        while (!bytes.empty()) {
            std::uint64_t word = 0;
            const std::size_t length = bytes.size() < sizeof word ? bytes.size() : sizeof word;
            std::memcpy(&word, bytes.data(), length);
            add(word);
            bytes = bytes.subspan(length);
        }
    }
    [[nodiscard]] std::uint64_t value() const { return state_; }

  private:
    std::uint64_t state_ = 0xCBF29CE484222325;
};

}  // namespace ucx_crypto::mpi_test
