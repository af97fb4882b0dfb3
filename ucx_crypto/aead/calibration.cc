#include "ucx_crypto/aead/calibration.h"

#include <algorithm>
#include <limits>

namespace ucx_crypto::aead {
namespace {

using Clock = std::chrono::steady_clock;

/// The shortest of so many measurements, unless the time is up before.
constexpr size_t kRounds = 7;
/// Fewer than that, the first of which fills the caches, say little.
constexpr size_t kFewestRounds = 3;
constexpr double kTolerance = 1.1;

/// Records in one measurement, so that it is long against the clock's own cost.
constexpr size_t records_of(size_t size) {
    return size < 4096 ? 4 : 1;
}

struct Ciphers {
    std::unique_ptr<Cipher> sealing;
    std::unique_ptr<Cipher> opening;
};

/// Nanoseconds per record. It seals zeros, and always the same: the key serves nothing else.
double time_of(Ciphers& ciphers, size_t size, Bytes& buffer) {
    const NonceBytes nonce{};
    const std::array<uint8_t, 8> associated_data{};  // as many as a record's header has
    const ByteView plaintext(buffer.data(), size);
    const auto start = Clock::now();
    bool genuine = true;
    for (size_t i = 0; i < records_of(size); ++i) {
        genuine = ciphers.sealing->seal(nonce, associated_data, {&plaintext, 1}, buffer.data()) &&
                  ciphers.opening->open(nonce, associated_data,
                                        ByteView(buffer.data(), size + kTagSize), buffer.data()) &&
                  genuine;
    }
    const std::chrono::duration<double, std::nano> taken = Clock::now() - start;
    return genuine ? taken.count() / static_cast<double>(records_of(size))
                   : std::numeric_limits<double>::infinity();
}

size_t choose(std::span<const Timings> timings, size_t probe) {
    double quickest = std::numeric_limits<double>::infinity();
    for (const Timings& timing : timings) {
        quickest = std::min(quickest, timing[probe]);
    }
    size_t chosen = 0;
    while (chosen + 1 < timings.size() && timings[chosen][probe] > kTolerance * quickest) {
        ++chosen;
    }
    return chosen;
}

}  // namespace

Result<std::vector<Timings>> measure(std::span<const Provider* const> providers,
                                     Algorithm algorithm, std::chrono::nanoseconds limit) {
    const auto start = Clock::now();
    const auto key = SecretBytes::random(key_size(algorithm));
    std::vector<Ciphers> ciphers;
    for (const Provider* provider : providers) {
        ciphers.push_back({
            UCX_CRYPTO_TRY(provider->make_sealing_cipher(algorithm, key))
            , UCX_CRYPTO_TRY(provider->make_opening_cipher(algorithm, key))
        });
    }
    Timings none;
    none.fill(std::numeric_limits<double>::infinity());
    std::vector<Timings> shortest(providers.size(), none);
    Bytes buffer(kProbeSizes.back() + kTagSize);
    for (size_t round = 0; round < kRounds; ++round) {
        if (Clock::now() - start > limit) {
            if (round < kFewestRounds) {
                return std::vector<Timings>();
            }
            break;
        }
        for (size_t i = 0; i < ciphers.size(); ++i) {
            for (size_t probe = 0; probe < kProbeSizes.size(); ++probe) {
                shortest[i][probe] =
                    std::min(shortest[i][probe], time_of(ciphers[i], kProbeSizes[probe], buffer));
            }
        }
    }
    return shortest;
}

Decision decide(std::span<const Timings> timings) {
    Decision decision{choose(timings, 0), choose(timings, kProbeSizes.size() - 1), 0};
    if (decision.small == decision.large) {
        return decision;
    }
    size_t probe = kProbeSizes.size() - 1;
    while (probe > 1 && timings[decision.large][probe - 1] <= timings[decision.small][probe - 1]) {
        --probe;
    }
    decision.first_large = kProbeSizes[probe];
    return decision;
}

}  // namespace ucx_crypto::aead
