#include <algorithm>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/record/epochs.h"
#include "ucx_crypto/record/header.h"
#include "ucx_crypto/record/tasks.h"

namespace ucx_crypto::record {

struct SealerState {
    Epochs epochs;
    size_t max_plaintext;
    bool closed = false;
    std::shared_ptr<std::atomic<bool>> dropped{};  // a reserved record will never be sealed
    uint64_t reserved = 0;
    uint64_t confirmed = 0;

    /// What seal() and reserve() have in common: whether a record of this type and size may be
    /// sealed now, and the bytes of the REKEY record that had to go before it.
    Result<size_t> begin(RecordType type, size_t size, MutableByteView out) {
        if (!in_original_process()) [[unlikely]] {
            return Error(
                ErrorCode::kInternal,
                "connections do not survive fork(): this child may not send on its parent's");
        }
        if (closed) [[unlikely]] {
            return Error(ErrorCode::kClosed, "this direction has been closed");
        }
        if (dropped && dropped->load(std::memory_order_relaxed)) [[unlikely]] {
            return Error(ErrorCode::kInternal,
                         "a record of this direction was reserved and never sealed");
        }
        if (type == RecordType::kRekey || size > (type == RecordType::kData ? max_plaintext : 0))
            [[unlikely]] {
            return Error(ErrorCode::kExhausted,
                         "record: expected at most " + std::to_string(max_plaintext) +
                             " bytes of data and none in other types, found " +
                             std::to_string(size));
        }
        // The REKEY record that ends an epoch takes one record of the limit too.
        const bool rekey = !epochs.allows(2, size);
        if (out.size() < (rekey ? kOverhead : 0) + kOverhead + size) [[unlikely]] {
            return Error(ErrorCode::kExhausted, "record: no room for " + std::to_string(size) +
                                                    " bytes and their overhead");
        }
        size_t written = 0;
        if (rekey) [[unlikely]] {
            written = UCX_CRYPTO_TRY(seal_one(RecordType::kRekey, {}, 0, out.data()));
            UCX_CRYPTO_TRY(epochs.advance());
        }
        return written;
    }

    /// Room has been checked.
    Result<size_t> seal_one(RecordType type, std::span<const ByteView> parts, size_t size,
                            uint8_t* out) {
        const auto nonce = epochs.next_nonce(size);
        if (!nonce) {
            return Error(ErrorCode::kExhausted, "sequence numbers of the epoch are used up");
        }
        const HeaderBytes header =
            encode({type, epochs.number(), static_cast<uint32_t>(size + aead::kTagSize)});
        std::memcpy(out, header.data(), header.size());
        if (!epochs.cipher(size).seal(*nonce, header, parts, out + kHeaderSize)) {
            return Error(ErrorCode::kInternal, "the AEAD failed to seal a record");
        }
        return kOverhead + size;
    }
};

Result<Sealer> Sealer::create(TrafficSecret secret, size_t max_plaintext, EpochLimits limits) {
    constexpr uint64_t kFewestRecords = 2;
    if (max_plaintext == 0 || max_plaintext > kMaxPlaintextLimit ||
        limits.max_records < kFewestRecords || limits.max_bytes < max_plaintext) {
        return Error(ErrorCode::kInvalidArgument,
                     "record layer: expected epochs of at least two records and one full record's "
                     "bytes, and records of at most 1 MiB");
    }
    Epochs epochs =
        UCX_CRYPTO_TRY(Epochs::create(std::move(secret), limits, aead::SizedCipher::for_sealing));
    auto state = std::make_unique<SealerState>(SealerState{std::move(epochs), max_plaintext});
    static_cast<void>(in_original_process());  // this process is the original from now on
    return Sealer(std::move(state));
}

Sealer::Sealer(std::unique_ptr<SealerState> state) : state_(std::move(state)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

Result<size_t> Sealer::seal(RecordType type, std::span<const ByteView> parts, MutableByteView out) {
    SealerState& state = *state_;
    const size_t size = total_size(parts);
    size_t written = UCX_CRYPTO_TRY(state.begin(type, size, out));
    written += UCX_CRYPTO_TRY(state.seal_one(type, parts, size, out.data() + written));
    state.closed = type == RecordType::kClose;
    return written;
}

Result<size_t> Sealer::reserve(std::span<const ByteView> parts, MutableByteView out,
                               SealTask& task) {
    SealerState& state = *state_;
    if (parts.size() > kMaxTaskParts || task.phase_ != SealTask::Phase::kVoid) {
        return Error(ErrorCode::kInvalidArgument,
                     "record: expected a task that is free, and at most 16 parts");
    }
    const size_t size = total_size(parts);
    const size_t written = UCX_CRYPTO_TRY(state.begin(RecordType::kData, size, out));
    auto lanes = UCX_CRYPTO_TRY(state.epochs.lanes());
    if (!state.dropped) {
        state.dropped = std::make_shared<std::atomic<bool>>(false);
    }
    const auto nonce = state.epochs.next_nonce(size);
    if (!nonce) {
        return Error(ErrorCode::kExhausted, "sequence numbers of the epoch are used up");
    }
    task.phase_ = SealTask::Phase::kReserved;
    task.number_ = state.reserved++;
    task.lanes_ = std::move(lanes);
    task.dropped_ = state.dropped;
    task.nonce_ = *nonce;
    task.header_ = encode(
        {RecordType::kData, state.epochs.number(), static_cast<uint32_t>(size + aead::kTagSize)});
    std::copy(parts.begin(), parts.end(), task.parts_.begin());
    task.part_count_ = parts.size();
    task.size_ = size;
    std::memcpy(out.data() + written, task.header_.data(), kHeaderSize);
    task.out_ = out.data() + written + kHeaderSize;
    return written + kOverhead + size;
}

Status Sealer::confirm(SealTask& task) {
    SealerState& state = *state_;
    const bool in_order = task.done() && task.phase_ != SealTask::Phase::kVoid &&
                          task.dropped_ == state.dropped && task.number_ == state.confirmed;
    if (!in_order || task.phase_ != SealTask::Phase::kSealed) {
        state.closed = true;
        return Error(ErrorCode::kInternal,
                     in_order ? "the AEAD failed to seal a record"
                              : "records were not sealed in the order of their numbers");
    }
    ++state.confirmed;
    task.phase_ = SealTask::Phase::kVoid;
    task.lanes_.reset();
    return success();
}

uint16_t Sealer::epoch() const {
    return state_->epochs.number();
}

}  // namespace ucx_crypto::record
