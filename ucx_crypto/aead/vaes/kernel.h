// AES-GCM (NIST SP 800-38D) on vectors of several blocks, for any width.
//
// `V` names the vector and its operations (avx2_body.cc, avx512_body.cc). Every branch depends on
// sizes alone and every address on sizes and pointers; AES and the products are instructions whose
// time does not depend on their operands.
//
// A message is worked off in chunks of eight vectors. While a chunk is encrypted, the one before is
// hashed, so that both kinds of instruction have work in every round; opening hashes the same
// chunk. What is left at the end, 0 to 8 vectors, goes with the block of lengths and the additional
// data into one sum of products, which is reduced once: a short message is nothing else.
#pragma once

#include "ucx_crypto/aead/vaes/body.h"
#include "ucx_crypto/aead/vaes/ghash.h"

namespace ucx_crypto::aead::vaes {

/// `V` is a type without linkage, so that nothing made from this template has external linkage.
template <class V, int kRounds>
struct Kernel {
    using Vector = typename V::Vector;

    static constexpr int kVectors = 8;
    static constexpr size_t kVectorSize = V::kBlocks * 16;
    static constexpr size_t kChunkSize = kVectors * kVectorSize;

    /// A sum of products of 128 bits, in thirds of 128 bits that overlap by 64.
    struct Product {
        Vector low;
        Vector middle;
        Vector high;
    };

    /// Position in registers.
    struct Cursor {
        __m128i hash;
        __m128i counter;
        size_t pending;
    };

    UCX_CRYPTO_VAES_INLINE Vector round_key(const KeyState& key, int round) {
        return V::broadcast(key.round_keys + 16 * round);
    }

    /// The sums are settled each time: a compiler that puts off additions runs out of registers,
    /// and a product of known ciphertext and a power of H must not be left on the stack.
    UCX_CRYPTO_VAES_INLINE void add_product(Product& sum, Vector blocks, Vector powers) {
        sum.low = V::exclusive_or(sum.low, V::template product<0x00>(blocks, powers));
        sum.high = V::exclusive_or(sum.high, V::template product<0x11>(blocks, powers));
        sum.middle = V::exclusive_or3(sum.middle, V::template product<0x01>(blocks, powers),
                                      V::template product<0x10>(blocks, powers));
        V::settle(sum.low);
        V::settle(sum.high);
        V::settle(sum.middle);
    }

    /// The same for two vectors, with fewer additions.
    UCX_CRYPTO_VAES_INLINE void add_products(Product& sum, Vector blocks0, Vector powers0,
                                             Vector blocks1, Vector powers1) {
        sum.low = V::exclusive_or3(sum.low, V::template product<0x00>(blocks0, powers0),
                                   V::template product<0x00>(blocks1, powers1));
        sum.high = V::exclusive_or3(sum.high, V::template product<0x11>(blocks0, powers0),
                                    V::template product<0x11>(blocks1, powers1));
        sum.middle = V::exclusive_or3(sum.middle, V::template product<0x01>(blocks0, powers0),
                                      V::template product<0x10>(blocks0, powers0));
        sum.middle = V::exclusive_or3(sum.middle, V::template product<0x01>(blocks1, powers1),
                                      V::template product<0x10>(blocks1, powers1));
        V::settle(sum.low);
        V::settle(sum.high);
        V::settle(sum.middle);
    }

    /// Vectors `i` and `i` + 1 of a chunk.
    template <class Previous>
    UCX_CRYPTO_VAES_INLINE void hash_pair(const KeyState& key, int i, const Previous& previous,
                                          const Cursor& cursor, Product& sum) {
        const uint8_t* powers = power_of_h(key, kChunkSize / 16) + i * kVectorSize;
        Vector first = previous.get(i);
        if (i == 0) {
            first = V::exclusive_or(first, V::widen(cursor.hash));
        }
        add_products(sum, first, V::load(powers), previous.get(i + 1),
                     V::load(powers + kVectorSize));
    }

    /// As multiply() in ghash.h, then the sum of the vector's blocks.
    UCX_CRYPTO_VAES_INLINE __m128i reduce(const Product& sum) {
        const Vector polynomial = V::polynomial();
        const Vector middle = V::exclusive_or3(sum.middle, V::swap_halves(sum.low),
                                               V::template product<0x00>(sum.low, polynomial));
        return V::sum(V::exclusive_or3(sum.high, V::swap_halves(middle),
                                       V::template product<0x00>(middle, polynomial)));
    }

    UCX_CRYPTO_VAES_INLINE uint64_t big_endian(const uint8_t* from) {
        uint32_t word = 0;
        __builtin_memcpy(&word, from, sizeof(word));
        return __builtin_bswap32(word);
    }

    /// Counter 2 is the first of the message; 1 is for the tag. Reads words of 32 bits, each of
    /// which lies within one store of whoever made the nonce.
    UCX_CRYPTO_VAES_INLINE __m128i first_counter(const uint8_t* nonce) {
        const uint64_t high = big_endian(nonce) << 32 | big_endian(nonce + 4);
        const uint64_t low = big_endian(nonce + 8) << 32 | 2;
        return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
    }

    /// Leaves the last block of additional data unmultiplied, as `pending` says.
    UCX_CRYPTO_VAES_INLINE Cursor begin(const KeyState& key, const uint8_t* nonce,
                                        const uint8_t* associated, size_t associated_size) {
        const __m128i h = load_block(power_of_h(key, 1));
        __m128i hash = _mm_setzero_si128();
        for (; associated_size > 16; associated += 16, associated_size -= 16) {
            hash = multiply(_mm_xor_si128(hash, reverse_bytes(load_block(associated))), h);
        }
        if (associated_size > 0) {
            const __m128i last = V::load_partial_block(associated, associated_size);
            hash = _mm_xor_si128(hash, reverse_bytes(last));
        }
        return {hash, first_counter(nonce), 1};
    }

    UCX_CRYPTO_VAES_INLINE void multiply_pending(const KeyState& key, Cursor& cursor) {
        if (cursor.pending != 0) {
            cursor.hash = multiply(cursor.hash, load_block(power_of_h(key, 1)));
            cursor.pending = 0;
        }
    }

    /// `kCount` vectors of counter blocks under the first round key.
    template <int kCount>
    UCX_CRYPTO_VAES_INLINE void count_blocks(const KeyState& key, Vector& counters,
                                             Vector (&blocks)[kCount]) {
        const Vector first_key = round_key(key, 0);
#pragma GCC unroll 8
        for (int i = 0; i < kCount; ++i) {
            blocks[i] = V::exclusive_or(V::reverse_bytes(counters), first_key);
            counters = V::next_counters(counters);
        }
    }

    /// One chunk's key stream, `last_keys` being the last round key xored with the input. Hashes
    /// `previous`, the byte-reversed ciphertext of the chunk before (or of this one), on the way.
    template <bool kHash, class Previous>
    UCX_CRYPTO_VAES_INLINE void encrypt_rounds(const KeyState& key, Vector (&blocks)[kVectors],
                                               const Previous& previous, Cursor& cursor) {
        Product sum = {V::zero(), V::zero(), V::zero()};
#pragma GCC unroll 16
        for (int round = 1; round < kRounds; ++round) {
            const Vector round_key_ = round_key(key, round);
#pragma GCC unroll 8
            for (int i = 0; i < kVectors; ++i) {
                blocks[i] = V::encrypt(blocks[i], round_key_);
            }
            if constexpr (kHash) {
                if (round < kVectors && round % 2 == 1) {
                    hash_pair(key, round - 1, previous, cursor, sum);
                }
                if (round == kVectors + 1) {
                    cursor.hash = reduce(sum);
                }
            }
        }
    }

    template <class Previous>
    UCX_CRYPTO_VAES_INLINE void hash_chunk(const KeyState& key, const Previous& previous,
                                           Cursor& cursor) {
        Product sum = {V::zero(), V::zero(), V::zero()};
#pragma GCC unroll 4
        for (int i = 0; i < kVectors; i += 2) {
            hash_pair(key, i, previous, cursor, sum);
        }
        cursor.hash = reduce(sum);
    }

    /// Ciphertext to be hashed: where there are registers enough it stays in them.
    struct Held {
        Vector vectors[kVectors];
        __attribute__((always_inline)) Vector get(int i) const { return vectors[i]; }
    };
    struct Reloaded {
        const uint8_t* from;
        __attribute__((always_inline)) Vector get(int i) const {
            return V::reverse_bytes(V::load(from + i * kVectorSize));
        }
    };

    template <bool kHash, class Previous>
    UCX_CRYPTO_VAES_INLINE void seal_chunk(const KeyState& key, Cursor& cursor, Vector& counters,
                                           const uint8_t* in, uint8_t* out, Previous& previous) {
        Vector blocks[kVectors];
        count_blocks(key, counters, blocks);
        encrypt_rounds<kHash>(key, blocks, previous, cursor);
        const Vector last_key = round_key(key, kRounds);
#pragma GCC unroll 8
        for (int i = 0; i < kVectors; ++i) {
            const Vector masked = V::exclusive_or(last_key, V::load(in + i * kVectorSize));
            const Vector sealed = V::encrypt_last(blocks[i], masked);
            V::store(out + i * kVectorSize, sealed);
            if constexpr (V::kHolds) {
                previous.vectors[i] = V::reverse_bytes(sealed);
            }
        }
        if constexpr (!V::kHolds) {
            previous.from = out;
            __asm__("" : "+r"(previous.from));  // or the compiler would know what it loads there
        }
    }

    /// `size` is a positive multiple of kChunkSize.
    UCX_CRYPTO_VAES_INLINE void seal_chunks(const KeyState& key, Cursor& cursor, const uint8_t* in,
                                            size_t size, uint8_t* out) {
        multiply_pending(key, cursor);
        Vector counters = V::counters(cursor.counter);
        typename V::template Choose<Held, Reloaded> previous;
        seal_chunk<false>(key, cursor, counters, in, out, previous);
        for (size_t at = kChunkSize; at < size; at += kChunkSize) {
            seal_chunk<true>(key, cursor, counters, in + at, out + at, previous);
        }
        hash_chunk(key, previous, cursor);
        cursor.counter = V::first(counters);
    }

    UCX_CRYPTO_VAES_INLINE void open_chunks(const KeyState& key, Cursor& cursor, const uint8_t* in,
                                            size_t size, uint8_t* out) {
        multiply_pending(key, cursor);
        Vector counters = V::counters(cursor.counter);
        for (size_t at = 0; at < size; at += kChunkSize) {
            Vector blocks[kVectors];
            count_blocks(key, counters, blocks);
            encrypt_rounds<true>(key, blocks, Reloaded{in + at}, cursor);
            const Vector last_key = round_key(key, kRounds);
#pragma GCC unroll 8
            for (int i = 0; i < kVectors; ++i) {
                const uint8_t* from = in + at + i * kVectorSize;
                const Vector masked = V::exclusive_or(last_key, V::load(from));
                V::store(out + at + i * kVectorSize, V::encrypt_last(blocks[i], masked));
            }
        }
        cursor.counter = V::first(counters);
    }

    /// The last `kCount` vectors of a message, the last of them perhaps in part, and its tag.
    template <bool kSeal, int kCount>
    UCX_CRYPTO_VAES_INLINE __m128i finish(const KeyState& key, const Cursor& cursor,
                                          const uint8_t* in, size_t size, uint8_t* out,
                                          size_t associated_size, size_t total) {
        constexpr int kSlots = kCount + (kCount == 0);  // an array has an element
        constexpr size_t kWhole = kCount == 0 ? 0 : (kCount - 1) * kVectorSize;
        const size_t partial = size - kWhole;  // of the last vector: 1 to kVectorSize
        const size_t block_count = (size + 15) / 16;

        // The hash until here, or the additional data that still has to be multiplied by H, and the
        // block of lengths.
        const uint64_t associated_bits = uint64_t{associated_size} * 8;
        const uint64_t bits = uint64_t{total} * 8;
        const __m128i lengths =
            _mm_set_epi64x(static_cast<long long>(associated_bits), static_cast<long long>(bits));
        const __m256i ends = _mm256_set_m128i(lengths, cursor.hash);
        const __m256i powers =
            _mm256_set_m128i(load_block(power_of_h(key, 1)),
                             load_block(power_of_h(key, block_count + 1 + cursor.pending)));
        Product sum = V::template ends_product<Product>(ends, powers);

        __m128i tag_mask = reverse_bytes(_mm_insert_epi32(cursor.counter, 1, 0));
        Vector blocks[kSlots];
        Vector counters = V::counters(cursor.counter);
        if constexpr (kCount != 0) {
            count_blocks(key, counters, blocks);
        }
        tag_mask = _mm_xor_si128(tag_mask, load_block(key.round_keys));
#pragma GCC unroll 16
        for (int round = 1; round < kRounds; ++round) {
            const Vector round_key_ = round_key(key, round);
            tag_mask = _mm_aesenc_si128(tag_mask, V::first(round_key_));
#pragma GCC unroll 8
            for (int i = 0; i < kCount; ++i) {
                blocks[i] = V::encrypt(blocks[i], round_key_);
            }
        }
        const Vector last_key = round_key(key, kRounds);
        tag_mask = _mm_aesenclast_si128(tag_mask, V::first(last_key));

        const uint8_t* h = power_of_h(key, block_count + 1);
#pragma GCC unroll 8
        for (int i = 0; i < kCount; ++i) {
            const bool is_last = i == kCount - 1;
            const uint8_t* from = in + i * kVectorSize;
            uint8_t* to = out + i * kVectorSize;
            const Vector input = is_last ? V::load_partial(from, partial) : V::load(from);
            Vector output = V::encrypt_last(blocks[i], V::exclusive_or(last_key, input));
            if (is_last) {
                output = V::keep(output, partial);
                V::store_partial(to, output, partial);
            } else {
                V::store(to, output);
            }
            add_product(sum, V::reverse_bytes(kSeal ? output : input),
                        V::load(h + i * kVectorSize));
        }
        return _mm_xor_si128(tag_mask, reverse_bytes(reduce(sum)));
    }

    /// `size` is at most kChunkSize.
    template <bool kSeal>
    UCX_CRYPTO_VAES_INLINE __m128i finish(const KeyState& key, const Cursor& cursor,
                                          const uint8_t* in, size_t size, uint8_t* out,
                                          size_t associated_size, size_t total) {
        switch ((size + kVectorSize - 1) / kVectorSize) {
            case 0:
                return finish<kSeal, 0>(key, cursor, in, size, out, associated_size, total);
            case 1:
                return finish<kSeal, 1>(key, cursor, in, size, out, associated_size, total);
            case 2:
                return finish<kSeal, 2>(key, cursor, in, size, out, associated_size, total);
            case 3:
                return finish<kSeal, 3>(key, cursor, in, size, out, associated_size, total);
            case 4:
                return finish<kSeal, 4>(key, cursor, in, size, out, associated_size, total);
            case 5:
                return finish<kSeal, 5>(key, cursor, in, size, out, associated_size, total);
            case 6:
                return finish<kSeal, 6>(key, cursor, in, size, out, associated_size, total);
            case 7:
                return finish<kSeal, 7>(key, cursor, in, size, out, associated_size, total);
            default:
                return finish<kSeal, 8>(key, cursor, in, size, out, associated_size, total);
        }
    }

    /// Bytes to be worked off in chunks: all but the last 1 to kChunkSize, or none.
    UCX_CRYPTO_VAES_INLINE size_t size_in_chunks(size_t size) {
        return size <= kChunkSize ? 0 : (size - 1) / kChunkSize * kChunkSize;
    }
};

}  // namespace ucx_crypto::aead::vaes
