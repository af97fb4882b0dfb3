// What a body offers, made from the kernel, and that it leaves no trace behind.
#pragma once

#include "ucx_crypto/aead/vaes/kernel.h"

namespace ucx_crypto::aead::vaes {

/// `V` and `kRounds` are the kernel's.
template <class V, int kRounds>
struct Operations {
    using K = Kernel<V, kRounds>;

    UCX_CRYPTO_VAES_INLINE typename K::Cursor restore(const Position& position) {
        return {load_block(position.hash), load_block(position.counter), position.pending};
    }

    UCX_CRYPTO_VAES_INLINE void save(const typename K::Cursor& cursor, Position& position) {
        store_block(position.hash, cursor.hash);
        store_block(position.counter, cursor.counter);
        position.pending = cursor.pending;
    }

    UCX_CRYPTO_VAES_WORK void seal_work(const KeyState& key, const uint8_t* nonce,
                                        const uint8_t* associated, size_t associated_size,
                                        const uint8_t* in, size_t size, uint8_t* out) {
        typename K::Cursor cursor = K::begin(key, nonce, associated, associated_size);
        const size_t chunked = K::size_in_chunks(size);
        if (chunked != 0) {
            K::seal_chunks(key, cursor, in, chunked, out);
        }
        store_block(out + size, K::template finish<true>(key, cursor, in + chunked, size - chunked,
                                                         out + chunked, associated_size, size));
    }

    UCX_CRYPTO_VAES_WORK bool open_work(const KeyState& key, const uint8_t* nonce,
                                        const uint8_t* associated, size_t associated_size,
                                        const uint8_t* in, size_t size, uint8_t* out) {
        const __m128i expected = load_block(in + size);
        typename K::Cursor cursor = K::begin(key, nonce, associated, associated_size);
        const size_t chunked = K::size_in_chunks(size);
        if (chunked != 0) {
            K::open_chunks(key, cursor, in, chunked, out);
        }
        const __m128i tag = K::template finish<false>(key, cursor, in + chunked, size - chunked,
                                                      out + chunked, associated_size, size);
        const __m128i difference = _mm_xor_si128(tag, expected);
        return _mm_testz_si128(difference, difference) != 0;
    }

    UCX_CRYPTO_VAES_WORK void begin_work(const uint8_t* nonce, const uint8_t* associated,
                                         size_t associated_size, const KeyState& key,
                                         Position& position) {
        save(K::begin(key, nonce, associated, associated_size), position);
        position.associated_size = associated_size;
        position.size = 0;
    }

    UCX_CRYPTO_VAES_WORK void seal_chunks_work(const KeyState& key, Position& position,
                                               const uint8_t* in, size_t size, uint8_t* out) {
        typename K::Cursor cursor = restore(position);
        K::seal_chunks(key, cursor, in, size, out);
        save(cursor, position);
        position.size += size;
    }

    UCX_CRYPTO_VAES_WORK void seal_rest_work(const KeyState& key, const Position& position,
                                             const uint8_t* in, size_t size, uint8_t* out) {
        const __m128i tag = K::template finish<true>(
            key, restore(position), in, size, out, position.associated_size, position.size + size);
        store_block(out + size, tag);
    }

    /// Where the work before had its frame: what it could not keep in registers is within the 128
    /// bytes that a function may use below its stack pointer.
    UCX_CRYPTO_VAES_WORK void clear_stack() {
        uint8_t frame[256];
#pragma GCC unroll 8
        for (size_t i = 0; i < sizeof(frame); i += K::kVectorSize) {
            V::store(frame + i, V::zero());
        }
        __asm__ volatile("" : : "r"(frame) : "memory");
    }

    /// A body's function: the work, and no trace of it in the stack and in the vector registers.
    template <auto work, class... Arguments>
    static auto without_trace(Arguments... arguments) {
        struct Clear {
            ~Clear() {
                clear_stack();
                V::clear_registers();
            }
        };
        const Clear clear;
        return work(arguments...);
    }

    static constexpr Body body(const char* name) {
        return {name,
                K::kChunkSize,
                without_trace<seal_work>,
                without_trace<open_work>,
                without_trace<begin_work>,
                without_trace<seal_chunks_work>,
                without_trace<seal_rest_work>};
    }
};

}  // namespace ucx_crypto::aead::vaes
