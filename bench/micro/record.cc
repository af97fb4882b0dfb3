// The record path: header, nonce, AEAD by the selected provider.
#include <algorithm>
#include <array>

#include "bench/micro/micro.h"
#include "ucx_crypto/record/record.h"

namespace ucx_crypto::micro {
namespace {

constexpr size_t kMaxPlaintext = 66 * 1024;

record::TrafficSecret secret() {
    return {aead::Algorithm::kAes256Gcm, SecretBytes(48)};
}

/// Records sealed and opened per iteration: the time of one is too short to be taken by itself.
size_t batch_of(size_t size) {
    return std::clamp<size_t>((size_t{1} << 18) / size, 1, 256);
}

struct Path {
    record::Sealer sealer;
    record::Opener opener;
    Bytes wire;
};

Result<Path> make_path(size_t size) {
    auto sealer = UCX_CRYPTO_TRY(record::Sealer::create(secret(), kMaxPlaintext, {}));
    auto opener = UCX_CRYPTO_TRY(record::Opener::create(secret(), kMaxPlaintext, {}));
    return Path{std::move(sealer), std::move(opener),
                Bytes(batch_of(size) * record::Sealer::sealed_bound(size))};
}

/// The bytes of a batch.
Result<size_t> seal_batch(Path& path, ByteView plaintext) {
    size_t used = 0;
    for (size_t i = batch_of(plaintext.size()); i > 0; --i) {
        used += UCX_CRYPTO_TRY(path.sealer.seal(record::RecordType::kData, {&plaintext, 1},
                                                MutableByteView(path.wire).subspan(used)));
    }
    return used;
}

Status open_batch(Path& path, size_t used) {
    for (size_t at = 0; at < used;) {
        const auto opened =
            UCX_CRYPTO_TRY(path.opener.open(MutableByteView(path.wire).subspan(at, used - at)));
        if (!opened) {
            return Error(ErrorCode::kInternal, "expected a record, found a part of one");
        }
        at += opened->consumed;
    }
    return success();
}

Status run(benchmark::State& state, bool times_opening) {
    const auto size = static_cast<size_t>(state.range(0));
    auto path = UCX_CRYPTO_TRY(make_path(size));
    const Bytes plaintext(size, 3);
    while (state.KeepRunning()) {
        Result<size_t> used = 0;
        const double sealing = seconds_of([&] { used = seal_batch(path, plaintext); });
        const size_t bytes = UCX_CRYPTO_TRY(std::move(used));
        Status opened = success();
        const double opening = seconds_of([&] { opened = open_batch(path, bytes); });
        UCX_CRYPTO_TRY(std::move(opened));
        state.SetIterationTime(times_opening ? opening : sealing);
    }
    const auto records =
        static_cast<double>(state.iterations()) * static_cast<double>(batch_of(size));
    state.SetBytesProcessed(static_cast<int64_t>(records * static_cast<double>(size)));
    state.counters["one_record"] =
        benchmark::Counter(records, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    return success();
}

}  // namespace

void register_record() {
    for (const bool opening : {false, true}) {
        auto& benchmark = add(opening ? "record/open" : "record/seal",
                              [=](benchmark::State& state) { return run(state, opening); });
        for (const int64_t size : {8, 64, 1024, 8192, 65536}) {
            benchmark.Arg(size);
        }
        benchmark.UseManualTime();
    }
}

}  // namespace ucx_crypto::micro
