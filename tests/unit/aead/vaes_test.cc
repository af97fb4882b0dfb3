// The kernel's two bodies against OpenSSL.
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <random>

#include "tests/support/sanitized.h"
#include "ucx_crypto/aead/vaes/cpu_support.h"
#include "ucx_crypto/aead/vaes/key_state.h"
#include "ucx_crypto/aead/vaes/vaes_provider.h"

namespace ucx_crypto::aead {
namespace {

constexpr std::array kAlgorithms{Algorithm::kAes128Gcm, Algorithm::kAes256Gcm};

std::vector<const Provider*> bodies() {
    std::vector<const Provider*> found;
    for (const Provider* provider : {vaes_avx2_provider(), vaes_avx512_provider()}) {
        if (provider != nullptr) {
            found.push_back(provider);
        }
    }
    if (found.empty()) {
        std::cout << "SKIP: this processor has no VAES\n";
        std::exit(0);
    }
    return found;
}

std::unique_ptr<Cipher> cipher(const Provider& provider, Algorithm algorithm,
                               const SecretBytes& key) {
    return provider.make_sealing_cipher(algorithm, key).value();
}

/// Numbers that a failing run repeats.
class Random {
  public:
    explicit Random(uint64_t seed) : engine_(seed) {}
    size_t below(size_t bound) { return engine_() % bound; }
    Bytes bytes(size_t size) {
        Bytes bytes(size);
        for (uint8_t& byte : bytes) {
            byte = static_cast<uint8_t>(engine_() >> 32);
        }
        return bytes;
    }
    NonceBytes nonce() {
        NonceBytes nonce;
        std::ranges::copy(bytes(nonce.size()), nonce.begin());
        return nonce;
    }
    SecretBytes key(Algorithm algorithm) {
        return SecretBytes::copy_of(bytes(key_size(algorithm)));
    }

  private:
    std::mt19937_64 engine_;
};

Bytes seal(Cipher& cipher, const NonceBytes& nonce, ByteView associated_data, ByteView plaintext) {
    Bytes sealed(plaintext.size() + kTagSize);
    REQUIRE(cipher.seal(nonce, associated_data, {&plaintext, 1}, sealed.data()));
    return sealed;
}

/// One body and key, and OpenSSL with the same key.
struct Pair {
    Pair(const Provider& provider, Algorithm algorithm, Random& random)
        : name(std::string(to_string(algorithm)) + " " + provider.description()) {
        const SecretBytes key = random.key(algorithm);
        ours = cipher(provider, algorithm, key);
        reference = cipher(openssl_provider(), algorithm, key);
    }
    std::string name;
    std::unique_ptr<Cipher> ours;
    std::unique_ptr<Cipher> reference;
};

std::vector<Pair> pairs(Random& random) {
    std::vector<Pair> all;
    for (const Provider* provider : bodies()) {
        for (const Algorithm algorithm : kAlgorithms) {
            all.emplace_back(*provider, algorithm, random);
        }
    }
    return all;
}

/// Seals and opens `plaintext` away from and at its place, `offset` bytes after an aligned address.
void compare(Pair& pair, const NonceBytes& nonce, ByteView associated_data, ByteView plaintext,
             size_t offset) {
    const Bytes expected = seal(*pair.reference, nonce, associated_data, plaintext);
    Bytes buffer(offset + expected.size());
    uint8_t* place = buffer.data() + offset;

    REQUIRE(pair.ours->seal(nonce, associated_data, {&plaintext, 1}, place));
    REQUIRE(equal({place, expected.size()}, expected));
    Bytes opened(plaintext.size(), 0xee);
    REQUIRE(pair.ours->open(nonce, associated_data, {place, expected.size()}, opened.data()));
    REQUIRE(equal(opened, plaintext));

    REQUIRE(pair.ours->open(nonce, associated_data, {place, expected.size()}, place));
    const ByteView at_its_place(place, plaintext.size());
    REQUIRE(equal(at_its_place, plaintext));
    REQUIRE(pair.ours->seal(nonce, associated_data, {&at_its_place, 1}, place));
    REQUIRE(equal({place, expected.size()}, expected));
}

}  // namespace

TEST_CASE("The kernel passes the known answers in each width") {
    for (const Provider* provider : bodies()) {
        CHECK(self_test(*provider).ok());
    }
    CHECK(vaes_provider() == bodies().back());
}

TEST_CASE("The kernel seals and opens every length to 1100 bytes as OpenSSL does, in place too") {
    Random random(1);
    for (Pair& pair : pairs(random)) {
        INFO(pair.name);
        const Bytes text = random.bytes(1100);
        const Bytes header = random.bytes(8);
        for (size_t size = 0; size <= text.size(); ++size) {
            CAPTURE(size);
            compare(pair, random.nonce(), header, ByteView(text).first(size), size % 64);
        }
    }
}

TEST_CASE("The kernel agrees with OpenSSL for random lengths to 64 KiB at any alignment") {
    Random random(2);
    for (Pair& pair : pairs(random)) {
        INFO(pair.name);
        const Bytes text = random.bytes(64 * 1024 + 64);
        const Bytes associated_data = random.bytes(300);
        for (int i = 0; i < 60; ++i) {
            const size_t size = i == 0 ? 64 * 1024 : random.below(64 * 1024);
            const size_t from = random.below(64);
            CAPTURE(size, from);
            compare(pair, random.nonce(), ByteView(associated_data).first(random.below(301)),
                    ByteView(text).subspan(from, size), random.below(64));
        }
    }
}

TEST_CASE("The kernel agrees with OpenSSL for additional data of every length to 64 bytes") {
    Random random(3);
    for (Pair& pair : pairs(random)) {
        INFO(pair.name);
        const Bytes text = random.bytes(1500);
        const Bytes associated_data = random.bytes(64);
        for (size_t size = 0; size <= associated_data.size(); ++size) {
            for (const size_t text_size : {size_t{0}, size_t{8}, size_t{600}, size_t{1500}}) {
                CAPTURE(size, text_size);
                compare(pair, random.nonce(), ByteView(associated_data).first(size),
                        ByteView(text).first(text_size), size);
            }
        }
    }
}

TEST_CASE("The kernel agrees with OpenSSL over more than 65536 blocks") {
    Random random(4);
    for (Pair& pair : pairs(random)) {
        INFO(pair.name);
        const Bytes text = random.bytes((size_t{1} << 20) + 77);
        compare(pair, random.nonce(), {}, text, 5);
    }
}

TEST_CASE("The kernel seals scattered parts to the same bytes as the whole") {
    Random random(5);
    for (Pair& pair : pairs(random)) {
        INFO(pair.name);
        const Bytes text = random.bytes(5000);
        for (int i = 0; i < 400; ++i) {
            const ByteView whole = ByteView(text).first(random.below(i < 200 ? 600 : text.size()));
            std::vector<ByteView> parts;
            for (size_t at = 0; at < whole.size();) {
                const size_t longest = random.below(3) == 0 ? 2000 : 40;
                const size_t size = std::min(random.below(longest), whole.size() - at);
                parts.push_back(whole.subspan(at, size));
                at += size;
            }
            CAPTURE(i, whole.size(), parts.size());
            const NonceBytes nonce = random.nonce();
            Bytes sealed(whole.size() + kTagSize);
            REQUIRE(pair.ours->seal(nonce, as_bytes("12345678"), parts, sealed.data()));
            REQUIRE(sealed == seal(*pair.reference, nonce, as_bytes("12345678"), whole));
        }
    }
}

TEST_CASE("The kernel refuses an altered ciphertext, tag, nonce or additional data, and zeroes") {
    Random random(6);
    for (Pair& pair : pairs(random)) {
        INFO(pair.name);
        for (const size_t size : {0, 1, 15, 16, 17, 33, 64, 65, 255, 512, 513, 1100, 3000}) {
            CAPTURE(size);
            const Bytes associated_data = random.bytes(20);
            const NonceBytes nonce = random.nonce();
            const Bytes sealed = seal(*pair.ours, nonce, associated_data, random.bytes(size));
            const auto refused = [&](const NonceBytes& with_nonce, ByteView with_data,
                                     ByteView altered) {
                Bytes opened(altered.size() - kTagSize, 0xee);
                const bool genuine = pair.ours->open(with_nonce, with_data, altered, opened.data());
                return !genuine && opened == Bytes(opened.size());
            };
            const size_t step = size < 100 ? 1 : 53;
            for (size_t bit = 0; bit < sealed.size() * 8; bit += step) {
                Bytes altered = sealed;
                altered[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
                REQUIRE(refused(nonce, associated_data, altered));
            }
            for (size_t bit = 0; bit < kTagSize * 8; ++bit) {
                Bytes altered = sealed;
                altered[size + bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
                REQUIRE(refused(nonce, associated_data, altered));
            }
            for (size_t bit = 0; bit < associated_data.size() * 8; ++bit) {
                Bytes altered = associated_data;
                altered[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
                REQUIRE(refused(nonce, altered, sealed));
            }
            for (size_t bit = 0; bit < kNonceSize * 8; ++bit) {
                NonceBytes altered = nonce;
                altered[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
                REQUIRE(refused(altered, associated_data, sealed));
            }
            REQUIRE(refused(nonce, ByteView(associated_data).first(19), sealed));
            if (size > 0) {
                REQUIRE(refused(nonce, associated_data, ByteView(sealed).first(sealed.size() - 1)));
            }
            Bytes opened(size);
            REQUIRE(pair.ours->open(nonce, associated_data, sealed, opened.data()));
        }
        CHECK(!pair.ours->open({}, {}, Bytes(kTagSize - 1), nullptr));
    }
}

TEST_CASE("The kernel touches nothing before or after its operands") {
    // Operands end, and then begin, at a page that must not be touched.
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const auto map = [&](size_t pages) {
        void* memory =
            mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(memory != MAP_FAILED);
        return static_cast<uint8_t*>(memory);
    };
    uint8_t* in = map(3);
    uint8_t* out = map(3);
    for (uint8_t* pages : {in, out}) {
        REQUIRE(mprotect(pages, page, PROT_NONE) == 0);
        REQUIRE(mprotect(pages + 2 * page, page, PROT_NONE) == 0);
    }
    Random random(7);
    for (Pair& pair : pairs(random)) {
        INFO(pair.name);
        for (size_t size = 0; size < 700; ++size) {
            CAPTURE(size);
            const Bytes text = random.bytes(size);
            for (const bool at_end : {false, true}) {
                uint8_t* from = in + page + (at_end ? page - size - kTagSize : 0);
                uint8_t* to = out + page + (at_end ? page - size - kTagSize : 0);
                uint8_t* tail = at_end ? in + 2 * page - size : from;
                std::ranges::copy(text, tail);
                const ByteView plaintext(tail, size);
                const ByteView associated_data = plaintext.first(std::min<size_t>(size, 21));
                REQUIRE(pair.ours->seal({}, associated_data, {&plaintext, 1}, to));
                const Bytes expected = seal(*pair.reference, {}, associated_data, text);
                REQUIRE(equal({to, size + kTagSize}, expected));
                std::ranges::copy(expected, from);
                uint8_t* opened = at_end ? out + 2 * page - size : to;
                const Bytes copy = to_bytes(ByteView(text).first(associated_data.size()));
                REQUIRE(pair.ours->open({}, copy, {from, size + kTagSize}, opened));
                REQUIRE(equal({opened, size}, text));
            }
        }
    }
    munmap(in, 3 * page);
    munmap(out, 3 * page);
}

TEST_CASE("The kernel writes the ciphertext, its tag and nothing else") {
    Random random(8);
    for (Pair& pair : pairs(random)) {
        for (size_t size = 0; size < 600; ++size) {
            CAPTURE(pair.name, size);
            const Bytes text = random.bytes(size);
            const ByteView part(text);
            Bytes out(size + kTagSize + 128, 0xa5);
            REQUIRE(pair.ours->seal({}, {}, {&part, 1}, out.data() + 64));
            const Bytes sealed = to_bytes(ByteView(out).subspan(64, size + kTagSize));
            REQUIRE(std::count(out.begin(), out.begin() + 64, 0xa5) == 64);
            REQUIRE(std::count(out.end() - 64, out.end(), 0xa5) == 64);
            out.assign(size + 128, 0xa5);
            REQUIRE(pair.ours->open({}, {}, sealed, out.data() + 64));
            REQUIRE(std::count(out.begin(), out.begin() + 64, 0xa5) == 64);
            REQUIRE(std::count(out.end() - 64, out.end(), 0xa5) == 64);
        }
    }
}

TEST_CASE("The kernel's keys leave the arena with their ciphers") {
    Random random(9);
    const size_t before = SecretArena::instance().bytes_in_use();
    for (const Provider* provider : bodies()) {
        const auto one = cipher(*provider, Algorithm::kAes256Gcm, random.key(kAlgorithms[1]));
        CHECK(SecretArena::instance().bytes_in_use() > before);
        CHECK(!provider->make_sealing_cipher(Algorithm::kAes256Gcm, SecretBytes(16)).ok());
        CHECK(!provider->make_opening_cipher(Algorithm::kAes128Gcm, SecretBytes(32)).ok());
    }
    CHECK(SecretArena::instance().bytes_in_use() == before);
}

#if defined(__x86_64__) && defined(__OPTIMIZE__) && !UCX_CRYPTO_SANITIZED
TEST_CASE("Neither round keys nor powers of H stay on the stack") {
    // Blocks of the key's state, as KeyState has them, in what a thread leaves of its stack.
    // Without optimisation there is nothing to keep: every variable has a place there.
    constexpr size_t kStackSize = 256 * 1024;
    Random random(10);
    for (const Provider* provider : bodies()) {
        for (const Algorithm algorithm : kAlgorithms) {
            const SecretBytes key = random.key(algorithm);
            struct Thread {
                const Provider& provider;
                Algorithm algorithm;
                const SecretBytes& key;
                Bytes text;
            } thread{*provider, algorithm, key, random.bytes(5000)};
            void* stack = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            REQUIRE(stack != MAP_FAILED);
            pthread_attr_t attributes;
            REQUIRE(pthread_attr_init(&attributes) == 0);
            REQUIRE(pthread_attr_setstack(&attributes, stack, kStackSize) == 0);
            pthread_t id{};
            REQUIRE(
                pthread_create(
                    &id, &attributes,
                    [](void* argument) -> void* {
                        Thread& work = *static_cast<Thread*>(argument);
                        const auto made = cipher(work.provider, work.algorithm, work.key);
                        Bytes out(work.text.size() + kTagSize);
                        for (const size_t size : {0, 8, 100, 400, 700, 5000}) {
                            const ByteView whole = ByteView(work.text).first(size);
                            const std::array parts{whole.first(size / 3), whole.subspan(size / 3)};
                            made->seal({}, {}, parts, out.data());
                            made->seal({}, {}, {&whole, 1}, out.data());
                            made->open({}, {}, ByteView(out).first(size + kTagSize), out.data());
                        }
                        return nullptr;
                    },
                    &thread) == 0);
            REQUIRE(pthread_join(id, nullptr) == 0);

            vaes::KeyState state;
            vaes::expand_key(key.expose().data(), key.size(), state);
            const size_t rounds = algorithm == Algorithm::kAes128Gcm ? 10 : 14;
            std::vector<ByteView> blocks;
            for (size_t i = 0; i < vaes::kHighestPower; ++i) {
                blocks.emplace_back(state.powers + 16 * i, 16);
            }
            for (size_t i = 0; i <= rounds; ++i) {
                blocks.emplace_back(state.round_keys + 16 * i, 16);
            }
            const ByteView left(static_cast<uint8_t*>(stack), kStackSize);
            size_t found = 0;
            for (size_t at = 0; at + 16 <= left.size(); at += 8) {
                found += static_cast<size_t>(std::ranges::count_if(
                    blocks, [&](ByteView block) { return equal(block, left.subspan(at, 16)); }));
            }
            CAPTURE(provider->description());
            CHECK(found == 0);
            pthread_attr_destroy(&attributes);
            munmap(stack, kStackSize);
        }
    }
}
#endif

TEST_CASE("A body is left out unless processor and operating system have all that it needs") {
    vaes::CpuState full;
    full.leaf1_ecx = 1U << 1 | 1U << 9 | 1U << 19 | 1U << 25 | 1U << 27 | 1U << 28;
    full.leaf7_ebx = 1U << 5 | 1U << 16 | 1U << 17 | 1U << 30 | 1U << 31;
    full.leaf7_ecx = 1U << 9 | 1U << 10;
    full.xcr0 = 0xe7;
    CHECK(vaes::can_run_avx2(full));
    CHECK(vaes::can_run_avx512(full));
    CHECK(!vaes::can_run_avx2({}));

    const auto without = [&](uint32_t vaes::CpuState::*word, uint32_t bit) {
        vaes::CpuState state = full;
        state.*word &= ~(1U << bit);
        return state;
    };
    for (const uint32_t bit : {1, 9, 19, 25, 27, 28}) {
        CHECK(!vaes::can_run_avx2(without(&vaes::CpuState::leaf1_ecx, bit)));
    }
    for (const uint32_t bit : {9, 10}) {
        CHECK(!vaes::can_run_avx2(without(&vaes::CpuState::leaf7_ecx, bit)));
    }
    for (const uint32_t bit : {16, 17, 30, 31}) {
        CHECK(vaes::can_run_avx2(without(&vaes::CpuState::leaf7_ebx, bit)));
        CHECK(!vaes::can_run_avx512(without(&vaes::CpuState::leaf7_ebx, bit)));
    }
    CHECK(!vaes::can_run_avx2(without(&vaes::CpuState::leaf7_ebx, 5)));
    for (const uint64_t saved : {0xe5U, 0xe3U}) {
        vaes::CpuState state = full;
        state.xcr0 = saved;
        CHECK(!vaes::can_run_avx2(state));
    }
    for (const uint64_t saved : {0xc7U, 0xa7U, 0x67U, 0x07U}) {
        vaes::CpuState state = full;
        state.xcr0 = saved;
        CHECK(vaes::can_run_avx2(state));
        CHECK(!vaes::can_run_avx512(state));
    }
}

}  // namespace ucx_crypto::aead
