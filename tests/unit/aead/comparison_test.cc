// Every provider against OpenSSL, which the published vectors hold (tests/vectors/aead).
#include <algorithm>
#include <random>

#include "support.h"

namespace ucx_crypto::aead {
namespace {

/// The providers with each algorithm that they have.
struct Subject {
    const Provider* provider;
    Algorithm algorithm;
};

std::vector<Subject> subjects() {
    std::vector<Subject> all;
    for (const Provider* provider : available_providers()) {
        for (const Algorithm algorithm : {Algorithm::kAes128Gcm, Algorithm::kAes256Gcm}) {
            if (provider->supports(algorithm)) {
                all.push_back({provider, algorithm});
            }
        }
    }
    return all;
}

/// A subject's ciphers and OpenSSL's, of one key.
struct Ciphers {
    std::unique_ptr<Cipher> sealing;
    std::unique_ptr<Cipher> opening;
    std::unique_ptr<Cipher> reference;

    explicit Ciphers(const Subject& subject) {
        const auto key = SecretBytes::random(key_size(subject.algorithm));
        sealing = subject.provider->make_sealing_cipher(subject.algorithm, key).value();
        opening = subject.provider->make_opening_cipher(subject.algorithm, key).value();
        reference = openssl_provider().make_sealing_cipher(subject.algorithm, key).value();
    }
};

/// A fixed seed, so that a failure comes again; the keys differ from run to run.
class Generator {
  public:
    size_t up_to(size_t most) { return std::uniform_int_distribution<size_t>(0, most)(engine_); }

    Bytes bytes(size_t size) {
        Bytes drawn(size);
        std::generate(drawn.begin(), drawn.end(),
                      [this] { return static_cast<uint8_t>(engine_()); });
        return drawn;
    }

    NonceBytes nonce() {
        NonceBytes drawn;
        std::generate(drawn.begin(), drawn.end(),
                      [this] { return static_cast<uint8_t>(engine_()); });
        return drawn;
    }

  private:
    std::mt19937_64 engine_{20231};
};

constexpr size_t kLargest = 64 * 1024;
constexpr size_t kAlignments = 64;
constexpr uint8_t kGuard = 0xa5;

/// A place for one record at an alignment, in memory of exactly that size: AddressSanitizer sees
/// what is written or read beside it, and the guards do without it.
class Place {
  public:
    Place(size_t alignment, size_t size)
        : memory_(alignment + size + kAlignments, kGuard), begin_(alignment), size_(size) {}

    uint8_t* data() { return memory_.data() + begin_; }
    MutableByteView view() { return {data(), size_}; }
    bool intact() const {
        const auto is_guard = [](uint8_t byte) { return byte == kGuard; };
        return std::all_of(memory_.begin(), memory_.begin() + static_cast<ptrdiff_t>(begin_),
                           is_guard) &&
               std::all_of(memory_.begin() + static_cast<ptrdiff_t>(begin_ + size_), memory_.end(),
                           is_guard);
    }

  private:
    Bytes memory_;
    size_t begin_;
    size_t size_;
};

/// Cuts at random, also into empty parts.
std::vector<ByteView> cut(ByteView whole, Generator& random) {
    std::vector<ByteView> parts;
    for (size_t cuts = random.up_to(3); cuts > 0; --cuts) {
        const size_t size = random.up_to(random.up_to(whole.size()));
        parts.push_back(whole.first(size));
        whole = whole.subspan(size);
    }
    parts.push_back(whole);
    return parts;
}

/// Seals a record of `size` bytes in place and scattered, and opens it in place and elsewhere.
void check_one(Ciphers& ciphers, size_t size, Generator& random) {
    const NonceBytes nonce = random.nonce();
    const Bytes associated_data = random.bytes(random.up_to(64));
    const Bytes plaintext = random.bytes(size);
    const ByteView whole(plaintext);
    Bytes expected(size + kTagSize);
    REQUIRE(ciphers.reference->seal(nonce, associated_data, {&whole, 1}, expected.data()));

    Place place(random.up_to(kAlignments - 1), size + kTagSize);
    std::copy(plaintext.begin(), plaintext.end(), place.data());
    const ByteView part = place.view().first(size);
    REQUIRE(ciphers.sealing->seal(nonce, associated_data, {&part, 1}, place.data()));
    REQUIRE(equal(place.view(), expected));
    REQUIRE(place.intact());

    Place scattered(random.up_to(kAlignments - 1), size + kTagSize);
    REQUIRE(ciphers.sealing->seal(nonce, associated_data, cut(whole, random), scattered.data()));
    REQUIRE(equal(scattered.view(), expected));
    REQUIRE(scattered.intact());

    REQUIRE(ciphers.opening->open(nonce, associated_data, place.view(), place.data()));
    REQUIRE(equal(place.view().first(size), plaintext));
    REQUIRE(equal(place.view().last(kTagSize), ByteView(expected).last(kTagSize)));
    REQUIRE(place.intact());

    Place opened(random.up_to(kAlignments - 1), size);
    REQUIRE(ciphers.opening->open(nonce, associated_data, expected, opened.data()));
    REQUIRE(equal(opened.view(), plaintext));
    REQUIRE(opened.intact());
}

/// Alters one bit of the record, of what is authenticated with it, or of the nonce.
void check_altered(Ciphers& ciphers, size_t size, Generator& random) {
    NonceBytes nonce = random.nonce();
    Bytes associated_data = random.bytes(1 + random.up_to(63));
    const Bytes plaintext = random.bytes(size);
    const ByteView whole(plaintext);
    Bytes sealed(size + kTagSize);
    REQUIRE(ciphers.sealing->seal(nonce, associated_data, {&whole, 1}, sealed.data()));
    const std::array<MutableByteView, 4> targets{
        MutableByteView(sealed).first(size), MutableByteView(sealed).last(kTagSize),
        MutableByteView(associated_data), MutableByteView(nonce)};
    for (const MutableByteView target : targets) {
        if (target.empty()) {
            continue;
        }
        uint8_t& victim = target[random.up_to(target.size() - 1)];
        const auto bit = static_cast<uint8_t>(1U << random.up_to(7));
        victim ^= bit;
        Bytes altered = sealed;
        REQUIRE(!ciphers.opening->open(nonce, associated_data, altered, altered.data()));
        REQUIRE(std::all_of(altered.begin(), altered.end() - kTagSize,
                            [](uint8_t byte) { return byte == 0; }));
        victim ^= bit;
    }
    // A failure leaves nothing behind that the next record would suffer from.
    REQUIRE(ciphers.opening->open(nonce, associated_data, sealed, sealed.data()));
    REQUIRE(equal(ByteView(sealed).first(size), plaintext));
}

}  // namespace

TEST_CASE("Every provider seals and opens as OpenSSL does, whatever sizes, places and parts") {
    for (const Subject& subject : subjects()) {
        INFO(subject.provider->name() << " " << to_string(subject.algorithm));
        Ciphers ciphers(subject);
        Generator random;
        for (size_t size = 0; size <= 1100; ++size) {  // beyond what any of them gathers
            INFO(size << " bytes");
            check_one(ciphers, size, random);
        }
        for (int i = 0; i < 40; ++i) {
            const size_t size = random.up_to(kLargest);
            INFO(size << " bytes");
            check_one(ciphers, size, random);
        }
        for (const size_t size : {kLargest - 1, kLargest, size_t{66 * 1024}}) {
            check_one(ciphers, size, random);
        }
    }
}

TEST_CASE("With every provider what was altered does not open, and leaves zeros") {
    for (const Subject& subject : subjects()) {
        INFO(subject.provider->name() << " " << to_string(subject.algorithm));
        Ciphers ciphers(subject);
        Generator random;
        for (size_t size = 0; size <= 300; ++size) {
            INFO(size << " bytes");
            check_altered(ciphers, size, random);
        }
        for (const size_t size : {size_t{1023}, size_t{4096}, kLargest}) {
            check_altered(ciphers, size, random);
        }
    }
}

TEST_CASE("With every provider no bit of a record can be altered, and none can be cut off") {
    for (const Subject& subject : subjects()) {
        INFO(subject.provider->name() << " " << to_string(subject.algorithm));
        Ciphers ciphers(subject);
        const NonceBytes nonce{};
        const Bytes plaintext(33, 0x5a);
        const ByteView whole(plaintext);
        Bytes sealed(plaintext.size() + kTagSize);
        REQUIRE(ciphers.sealing->seal(nonce, as_bytes("header"), {&whole, 1}, sealed.data()));
        for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
            Bytes altered = sealed;
            altered[bit / 8] ^= static_cast<uint8_t>(1U << (bit % 8));
            REQUIRE(!ciphers.opening->open(nonce, as_bytes("header"), altered, altered.data()));
        }
        for (size_t size = 0; size < sealed.size(); ++size) {
            Bytes shorter(sealed.begin(), sealed.begin() + static_cast<ptrdiff_t>(size));
            REQUIRE(!ciphers.opening->open(nonce, as_bytes("header"), shorter, shorter.data()));
        }
        CHECK(ciphers.opening->open(nonce, as_bytes("header"), sealed, sealed.data()));
    }
}

}  // namespace ucx_crypto::aead
