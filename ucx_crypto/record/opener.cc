#include "ucx_crypto/aead/sized_cipher.h"
#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/record/header.h"
#include "ucx_crypto/record/key_schedule.h"
#include "ucx_crypto/record/nonce_sequence.h"

namespace ucx_crypto::record {

struct OpenerState {
    KeySchedule schedule;
    aead::Selection selection;
    aead::SizedCipher cipher;
    NonceSequence nonces;
    size_t max_plaintext;
    EpochLimits limits;
    uint64_t bytes = 0;
    bool closed = false;
    bool failed = false;

    Status set_up_epoch() {
        const EpochKeys keys = UCX_CRYPTO_TRY(schedule.keys());
        cipher = UCX_CRYPTO_TRY(aead::SizedCipher::for_opening(selection, keys.key));
        nonces = NonceSequence(keys.static_iv);
        bytes = 0;
        return success();
    }

    Result<std::optional<OpenedRecord>> open(MutableByteView buffer) {
        if (closed && !buffer.empty()) {
            return Error(ErrorCode::kProtocol, "expected nothing after CLOSE, found more bytes");
        }
        if (buffer.size() < kHeaderSize) {
            return std::optional<OpenedRecord>();
        }
        const Header header = UCX_CRYPTO_TRY(decode(buffer.first(kHeaderSize), max_plaintext));
        const size_t total = kHeaderSize + header.length;
        if (buffer.size() < total) {
            return std::optional<OpenedRecord>();
        }
        const size_t size = header.length - aead::kTagSize;
        if (header.epoch != schedule.epoch()) {
            return Error(ErrorCode::kProtocol, "record: expected epoch " +
                                                   std::to_string(schedule.epoch()) + ", found " +
                                                   std::to_string(header.epoch));
        }
        if (nonces.count() >= limits.max_records || bytes + size > limits.max_bytes) {
            return Error(ErrorCode::kProtocol,
                         "expected the peer to change keys at the limit of an epoch");
        }
        const auto nonce = nonces.next();
        const MutableByteView sealed = buffer.subspan(kHeaderSize, header.length);
        if (!nonce ||
            !cipher.for_size(size).open(*nonce, buffer.first(kHeaderSize), sealed, sealed.data())) {
            return Error(ErrorCode::kAuthentication,
                         "record " + std::to_string(nonces.count() - 1) + " of epoch " +
                             std::to_string(schedule.epoch()) +
                             " is not genuine: altered, missing, repeated or out of order");
        }
        bytes += size;
        if (header.type == RecordType::kRekey) {
            UCX_CRYPTO_TRY(schedule.next_epoch());
            UCX_CRYPTO_TRY(set_up_epoch());
        }
        closed = header.type == RecordType::kClose;
        return std::optional<OpenedRecord>({header.type, sealed.first(size), total});
    }
};

Result<Opener> Opener::create(TrafficSecret secret, size_t max_plaintext, EpochLimits limits) {
    if (max_plaintext == 0 || max_plaintext > kMaxPlaintextLimit) {
        return Error(ErrorCode::kInvalidArgument, "record layer: expected records of 1 B to 1 MiB");
    }
    const aead::Selection selection =
        UCX_CRYPTO_TRY(aead::selection(secret.algorithm, secret.aead));
    auto state = std::make_unique<OpenerState>(OpenerState {
        UCX_CRYPTO_TRY(KeySchedule::create(std::move(secret)))
        , selection, {}, NonceSequence({}), max_plaintext, limits
    });
    UCX_CRYPTO_TRY(state->set_up_epoch());
    static_cast<void>(in_original_process());  // this process is the original from now on
    return Opener(std::move(state));
}

Opener::Opener(std::unique_ptr<OpenerState> state) : state_(std::move(state)) {}
Opener::Opener(Opener&&) noexcept = default;
Opener& Opener::operator=(Opener&&) noexcept = default;
Opener::~Opener() = default;

Result<std::optional<OpenedRecord>> Opener::open(MutableByteView buffer) {
    if (!in_original_process()) [[unlikely]] {
        return Error(ErrorCode::kInternal,
                     "connections do not survive fork(): this child may not read its parent's");
    }
    if (state_->failed) {
        return Error(ErrorCode::kClosed, "this direction has failed before");
    }
    auto opened = state_->open(buffer);
    state_->failed = !opened.ok();
    return opened;
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
    return state_->schedule.epoch();
}

}  // namespace ucx_crypto::record
