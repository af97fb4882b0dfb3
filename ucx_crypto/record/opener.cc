#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/record/epochs.h"
#include "ucx_crypto/record/header.h"
#include "ucx_crypto/record/tasks.h"

namespace ucx_crypto::record {

namespace {

Status refuse_child() {
    if (!in_original_process()) [[unlikely]] {
        return Error(ErrorCode::kInternal,
                     "connections do not survive fork(): this child may not read its parent's");
    }
    return success();
}

}  // namespace

struct OpenerState {
    Epochs epochs;
    size_t max_plaintext;
    bool closed = false;
    bool failed = false;
    bool refused = false;  // by reserve(): records before it may still be taken
    uint64_t reserved = 0;
    uint64_t taken = 0;

    /// Header of the record that starts `buffer`, or nothing when the record is incomplete.
    Result<std::optional<Header>> complete(ByteView buffer) const {
        if (closed && !buffer.empty()) {
            return Error(ErrorCode::kProtocol, "expected nothing after CLOSE, found more bytes");
        }
        if (buffer.size() < kHeaderSize) {
            return std::optional<Header>();
        }
        const Header header = UCX_CRYPTO_TRY(decode(buffer.first(kHeaderSize), max_plaintext));
        if (buffer.size() < kHeaderSize + header.length) {
            return std::optional<Header>();
        }
        return std::optional(header);
    }

    /// Whether the epoch still has such a record, and its nonce, which is consumed.
    Result<aead::NonceBytes> next_nonce(const Header& header) {
        const size_t size = header.length - aead::kTagSize;
        if (header.epoch != epochs.number()) {
            return Error(ErrorCode::kProtocol, "record: expected epoch " +
                                                   std::to_string(epochs.number()) + ", found " +
                                                   std::to_string(header.epoch));
        }
        if (!epochs.allows(1, size)) {
            return Error(ErrorCode::kProtocol,
                         "expected the peer to change keys at the limit of an epoch");
        }
        const auto nonce = epochs.next_nonce(size);
        if (!nonce) {
            return Error(ErrorCode::kProtocol, "sequence numbers of the epoch are used up");
        }
        return *nonce;
    }

    Error not_genuine(uint64_t record) const {
        return {ErrorCode::kAuthentication,
                "record " + std::to_string(record) + " of epoch " +
                    std::to_string(epochs.number()) +
                    " is not genuine: altered, missing, repeated or out of order"};
    }

    Result<std::optional<OpenedRecord>> open(MutableByteView buffer, MutableByteView destination) {
        const auto found = UCX_CRYPTO_TRY(complete(buffer));
        if (!found) {
            return std::optional<OpenedRecord>();
        }
        const Header& header = *found;
        const auto nonce = UCX_CRYPTO_TRY(next_nonce(header));
        const MutableByteView sealed = buffer.subspan(kHeaderSize, header.length);
        const size_t size = header.length - aead::kTagSize;
        uint8_t* out =
            size <= destination.size() && !destination.empty() ? destination.data() : sealed.data();
        if (!epochs.cipher(size).open(nonce, buffer.first(kHeaderSize), sealed, out)) {
            return not_genuine(epochs.records() - 1);
        }
        if (header.type == RecordType::kRekey) {
            UCX_CRYPTO_TRY(epochs.advance());
        }
        closed = header.type == RecordType::kClose;
        return std::optional<OpenedRecord>({header.type, {out, size}, kHeaderSize + header.length});
    }
};

Result<Opener> Opener::create(TrafficSecret secret, size_t max_plaintext, EpochLimits limits) {
    if (max_plaintext == 0 || max_plaintext > kMaxPlaintextLimit) {
        return Error(ErrorCode::kInvalidArgument, "record layer: expected records of 1 B to 1 MiB");
    }
    Epochs epochs =
        UCX_CRYPTO_TRY(Epochs::create(std::move(secret), limits, aead::SizedCipher::for_opening));
    auto state = std::make_unique<OpenerState>(OpenerState{std::move(epochs), max_plaintext});
    static_cast<void>(in_original_process());  // this process is the original from now on
    return Opener(std::move(state));
}

Opener::Opener(std::unique_ptr<OpenerState> state) : state_(std::move(state)) {}
Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

Result<std::optional<OpenedRecord>> Opener::open(MutableByteView buffer,
                                                 MutableByteView destination) {
    UCX_CRYPTO_TRY(refuse_child());
    if (state_->failed || state_->refused) {
        return Error(ErrorCode::kClosed, "this direction has failed before");
    }
    if (state_->reserved != state_->taken) {
        state_->failed = true;
        return Error(ErrorCode::kInternal, "records are still being opened by tasks");
    }
    auto opened = state_->open(buffer, destination);
    state_->failed = !opened.ok();
    return opened;
}

Result<bool> Opener::reserve(MutableByteView record, OpenTask& task) {
    OpenerState& state = *state_;
    UCX_CRYPTO_TRY(refuse_child());
    if (state.failed || state.refused) {
        return Error(ErrorCode::kClosed, "this direction has failed before");
    }
    const auto prepare = [&]() -> Result<bool> {
        const auto header = UCX_CRYPTO_TRY(state.complete(record));
        if (!header || record.size() != kHeaderSize + header->length) {
            return Error(ErrorCode::kInvalidArgument, "record: expected exactly one");
        }
        if (header->type != RecordType::kData) {
            return false;
        }
        task.nonce_ = UCX_CRYPTO_TRY(state.next_nonce(*header));
        task.lanes_ = UCX_CRYPTO_TRY(state.epochs.lanes());
        return true;
    };
    auto prepared = prepare();
    state.refused = !prepared.ok();
    if (prepared.ok() && *prepared) {
        task.phase_ = OpenTask::Phase::kReserved;
        task.number_ = state.reserved++;
        task.record_ = record;
    }
    return prepared;
}

Result<OpenedRecord> Opener::take(OpenTask& task) {
    OpenerState& state = *state_;
    UCX_CRYPTO_TRY(refuse_child());
    if (state.failed) {
        return Error(ErrorCode::kClosed, "this direction has failed before");
    }
    if (!task.done() || task.lanes_ == nullptr || task.number_ != state.taken) {
        state.failed = true;
        return Error(ErrorCode::kInternal, "records were not taken in the order of their numbers");
    }
    if (task.phase_ != OpenTask::Phase::kGenuine) {
        state.failed = true;
        return state.not_genuine(state.epochs.records() - (state.reserved - state.taken));
    }
    ++state.taken;
    task.phase_ = OpenTask::Phase::kVoid;
    task.lanes_.reset();
    const MutableByteView plaintext =
        task.record_.subspan(kHeaderSize, task.record_.size() - kOverhead);
    return OpenedRecord{RecordType::kData, plaintext, task.record_.size()};
}

Result<size_t> Opener::record_size(ByteView buffer) const {
    if (buffer.size() < kHeaderSize) {
        return size_t{0};
    }
    const Header header = UCX_CRYPTO_TRY(decode(buffer.first(kHeaderSize), state_->max_plaintext));
    return kHeaderSize + header.length;
}

bool Opener::closed() const {
    return state_->closed;
}

uint16_t Opener::epoch() const {
    return state_->epochs.number();
}

}  // namespace ucx_crypto::record
