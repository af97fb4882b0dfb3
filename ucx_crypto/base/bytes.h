// Views of bytes: the one shape in which the layers pass data to each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ucx_crypto {

/// Non-owning views; the owner must outlive them. A view says nothing about secrecy or trust.
using ByteView = std::span<const uint8_t>;
using MutableByteView = std::span<uint8_t>;
using Bytes = std::vector<uint8_t>;

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes to_bytes(ByteView view) {
    return {view.begin(), view.end()};
}

/// Of what lies scattered, the parts of a plaintext, say.
inline size_t total_size(std::span<const ByteView> parts) {
    size_t size = 0;
    for (const ByteView part : parts) {
        size += part.size();
    }
    return size;
}

/// Empties `bytes` and gives their memory back, which neither clear() nor `= {}` does.
inline void give_back(Bytes& bytes) {
    Bytes().swap(bytes);
}

/// Not constant time: for public values only. Secrets compare with Secret::operator==.
inline bool equal(ByteView a, ByteView b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// Lower-case hexadecimal, for logs and tools. Never call it on a secret.
std::string to_hex(ByteView bytes);

}  // namespace ucx_crypto
