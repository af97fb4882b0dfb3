// A block of which only the first bytes exist, without masked instructions and without touching
// what is beside them.
#pragma once

#include "ucx_crypto/aead/vaes/ghash.h"

namespace ucx_crypto::aead::vaes {

template <class Word>
UCX_CRYPTO_VAES_INLINE uint64_t load_word(const uint8_t* from) {
    Word word = 0;
    __builtin_memcpy(&word, from, sizeof(word));
    return word;
}

template <class Word>
UCX_CRYPTO_VAES_INLINE void store_word(uint8_t* to, uint64_t value) {
    const Word word = static_cast<Word>(value);
    __builtin_memcpy(to, &word, sizeof(word));
}

/// `size` is 1 to 8: two words that overlap.
UCX_CRYPTO_VAES_INLINE uint64_t load_partial_word(const uint8_t* from, size_t size) {
    if (size >= 4) {
        return load_word<uint32_t>(from) | load_word<uint32_t>(from + size - 4) << (8 * (size - 4));
    }
    return load_word<uint8_t>(from) | load_word<uint8_t>(from + size / 2) << (8 * (size / 2)) |
           load_word<uint8_t>(from + size - 1) << (8 * (size - 1));
}

UCX_CRYPTO_VAES_INLINE void store_partial_word(uint8_t* to, uint64_t word, size_t size) {
    if (size >= 4) {
        store_word<uint32_t>(to, word);
        store_word<uint32_t>(to + size - 4, word >> (8 * (size - 4)));
        return;
    }
    store_word<uint8_t>(to, word);
    store_word<uint8_t>(to + size / 2, word >> (8 * (size / 2)));
    store_word<uint8_t>(to + size - 1, word >> (8 * (size - 1)));
}

/// `size` is 1 to 16; what follows is zero.
UCX_CRYPTO_VAES_INLINE __m128i load_partial_block(const uint8_t* from, size_t size) {
    if (size == 16) {
        return load_block(from);
    }
    if (size <= 8) {
        return _mm_cvtsi64_si128(static_cast<long long>(load_partial_word(from, size)));
    }
    const uint64_t end = load_word<uint64_t>(from + size - 8) >> (8 * (16 - size));
    return _mm_set_epi64x(static_cast<long long>(end),
                          static_cast<long long>(load_word<uint64_t>(from)));
}

UCX_CRYPTO_VAES_INLINE void store_partial_block(uint8_t* to, __m128i block, size_t size) {
    const auto low = static_cast<uint64_t>(_mm_cvtsi128_si64(block));
    if (size == 16) {
        store_block(to, block);
    } else if (size <= 8) {
        store_partial_word(to, low, size);
    } else {
        const auto high = static_cast<uint64_t>(_mm_extract_epi64(block, 1));
        store_word<uint64_t>(to, low);
        store_partial_word(to + 8, high, size - 8);
    }
}

}  // namespace ucx_crypto::aead::vaes
