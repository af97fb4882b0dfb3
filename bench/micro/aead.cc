// Sealing and opening by each provider that this machine has.
#include <string>

#include "bench/micro/micro.h"
#include "ucx_crypto/aead/selection.h"

namespace ucx_crypto::micro {
namespace {

using aead::Algorithm;
using aead::Provider;

void count(uint64_t counter, aead::NonceBytes& nonce) {
    for (size_t i = 0; i < sizeof(counter); ++i) {
        nonce[i] = static_cast<uint8_t>(counter >> (8 * i));
    }
}

Status seal(benchmark::State& state, const Provider& provider, Algorithm algorithm) {
    const auto cipher = UCX_CRYPTO_TRY(
        provider.make_sealing_cipher(algorithm, SecretBytes(aead::key_size(algorithm))));
    const auto size = static_cast<size_t>(state.range(0));
    const Bytes header(8, 1);
    const Bytes plaintext(size, 2);
    const ByteView part(plaintext);
    Bytes sealed(size + aead::kTagSize);
    aead::NonceBytes nonce{};
    uint64_t counter = 0;
    while (state.KeepRunning()) {
        count(++counter, nonce);
        if (!cipher->seal(nonce, header, {&part, 1}, sealed.data())) {
            return Error(ErrorCode::kInternal, "seal failed");
        }
    }
    state.SetBytesProcessed(static_cast<int64_t>(counter * size));
    return success();
}

Status open(benchmark::State& state, const Provider& provider, Algorithm algorithm) {
    const SecretBytes key(aead::key_size(algorithm));
    const auto sealing = UCX_CRYPTO_TRY(provider.make_sealing_cipher(algorithm, key));
    const auto opening = UCX_CRYPTO_TRY(provider.make_opening_cipher(algorithm, key));
    const auto size = static_cast<size_t>(state.range(0));
    const Bytes header(8, 1);
    const Bytes plaintext(size, 2);
    const ByteView part(plaintext);
    Bytes sealed(size + aead::kTagSize);
    Bytes opened(size);
    const aead::NonceBytes nonce{};
    bool right = sealing->seal(nonce, header, {&part, 1}, sealed.data());
    while (state.KeepRunning()) {
        right = right && opening->open(nonce, header, sealed, opened.data());
    }
    if (!right || opened != plaintext) {
        return Error(ErrorCode::kInternal, "expected the plaintext again, found another");
    }
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
    return success();
}

}  // namespace

void register_aead() {
    for (const aead::Candidate& candidate : aead::candidates()) {
        const Provider* provider = candidate.find();
        for (const Algorithm algorithm : {Algorithm::kAes256Gcm, Algorithm::kAes128Gcm}) {
            if (provider == nullptr ||
                !provider->make_sealing_cipher(algorithm, SecretBytes(key_size(algorithm)))) {
                continue;
            }
            const std::string name =
                std::string(candidate.name) + "/" + std::string(to_string(algorithm));
            for (const auto& [operation, body] :
                 {std::pair("aead/seal/", &seal), std::pair("aead/open/", &open)}) {
                auto& benchmark = add(operation + name, [=, run = body](benchmark::State& state) {
                    return run(state, *provider, algorithm);
                });
                for (const int64_t size : {8, 64, 1024, 8192, 65536}) {
                    benchmark.Arg(size);
                }
            }
        }
    }
}

}  // namespace ucx_crypto::micro
