// Known answers: the AES-128 and AES-256 cases with additional data of the GCM specification
// (McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 4 and 16). Then sizes on
// both sides of where implementations change their code, against OpenSSL.
#include <algorithm>

#include "ucx_crypto/aead/provider.h"

namespace ucx_crypto::aead {
namespace {

constexpr std::array<uint8_t, 32> kKey{
    0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08,
    0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
constexpr NonceBytes kNonce{0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
constexpr std::array<uint8_t, 20> kAssociatedData{0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe,
                                                  0xef, 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad,
                                                  0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
constexpr std::array<uint8_t, 60> kPlaintext{
    0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5, 0xaf, 0xf5, 0x26,
    0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda, 0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31,
    0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95, 0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49,
    0xa6, 0xb5, 0x25, 0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
constexpr std::array<uint8_t, 16> kTag128{0x5b, 0xc9, 0x4f, 0xbc, 0x32, 0x21, 0xa5, 0xdb,
                                          0x94, 0xfa, 0xe9, 0x5a, 0xe7, 0x12, 0x1a, 0x47};
constexpr std::array<uint8_t, 16> kTag256{0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68,
                                          0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b};

Status differs(const Provider& provider, Algorithm algorithm, std::string_view what) {
    return Error(ErrorCode::kInternal, "self test of " + std::string(provider.name()) + " " +
                                           std::string(to_string(algorithm)) + ": " +
                                           std::string(what));
}

Status test(const Provider& provider, Algorithm algorithm, ByteView expected_tag) {
    const auto key = SecretBytes::copy_of(ByteView(kKey).first(key_size(algorithm)));
    const auto sealing = UCX_CRYPTO_TRY(provider.make_sealing_cipher(algorithm, key));
    const auto opening = UCX_CRYPTO_TRY(provider.make_opening_cipher(algorithm, key));

    std::array<uint8_t, kPlaintext.size() + kTagSize> sealed{};
    const ByteView whole(kPlaintext);
    const std::array<ByteView, 3> parts{whole.first(1), whole.subspan(1, 32), whole.subspan(33)};
    if (!sealing->seal(kNonce, kAssociatedData, parts, sealed.data())) {
        return differs(provider, algorithm, "sealing failed");
    }
    // The tag covers every ciphertext byte, so it alone is compared.
    if (!equal(ByteView(sealed).last(kTagSize), expected_tag)) {
        return differs(provider, algorithm, "the tag differs from the published one");
    }
    std::array<uint8_t, kPlaintext.size()> opened{};
    if (!opening->open(kNonce, kAssociatedData, sealed, opened.data()) ||
        !equal(opened, kPlaintext)) {
        return differs(provider, algorithm, "what was sealed does not open");
    }
    sealed[0] ^= 1;
    opened.fill(0xff);
    if (opening->open(kNonce, kAssociatedData, sealed, opened.data())) {
        return differs(provider, algorithm, "an altered ciphertext opens");
    }
    if (!equal(opened, std::array<uint8_t, kPlaintext.size()>{})) {
        return differs(provider, algorithm, "unverified plaintext is left behind");
    }
    return success();
}

/// Sizes of plaintexts, the last of more blocks than any implementation takes at a time.
constexpr std::array<size_t, 9> kSizes{0, 1, 16, 31, 128, 257, 783, 1024, 4099};
constexpr size_t kLargest = *std::max_element(kSizes.begin(), kSizes.end());

Status compare(const Provider& provider, Algorithm algorithm) {
    const Provider& openssl = openssl_provider();
    const auto key = SecretBytes::random(key_size(algorithm));
    const auto sealing = UCX_CRYPTO_TRY(provider.make_sealing_cipher(algorithm, key));
    const auto opening = UCX_CRYPTO_TRY(provider.make_opening_cipher(algorithm, key));
    const auto reference = UCX_CRYPTO_TRY(openssl.make_sealing_cipher(algorithm, key));
    const auto random = SecretBytes::random(kLargest);
    NonceBytes nonce;
    std::memcpy(nonce.data(), random.expose().data(), nonce.size());
    Bytes expected(kLargest + kTagSize);
    Bytes sealed(expected.size());
    for (const size_t size : kSizes) {
        ++nonce[0];
        const ByteView plaintext = random.expose().first(size);
        const std::array<ByteView, 2> parts{plaintext.first(size / 3), plaintext.subspan(size / 3)};
        const ByteView associated_data = random.expose().first(size % 21);
        const MutableByteView record(sealed.data(), size + kTagSize);
        if (!reference->seal(nonce, associated_data, {&plaintext, 1}, expected.data()) ||
            !sealing->seal(nonce, associated_data, parts, record.data()) ||
            !equal(record, ByteView(expected).first(record.size()))) {
            return differs(provider, algorithm,
                           std::to_string(size) + " bytes seal to other bytes than by OpenSSL");
        }
        if (!opening->open(nonce, associated_data, record, record.data()) ||
            !equal(record.first(size), plaintext)) {
            return differs(provider, algorithm,
                           std::to_string(size) + " bytes do not open in place");
        }
    }
    return success();
}

}  // namespace

Status self_test(const Provider& provider) {
    for (const auto& [algorithm, tag] : {std::pair(Algorithm::kAes128Gcm, ByteView(kTag128)),
                                         std::pair(Algorithm::kAes256Gcm, ByteView(kTag256))}) {
        if (provider.supports(algorithm)) {
            UCX_CRYPTO_TRY(test(provider, algorithm, tag));
            UCX_CRYPTO_TRY(compare(provider, algorithm));
        }
    }
    return success();
}

}  // namespace ucx_crypto::aead
