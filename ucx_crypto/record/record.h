// The record layer: what one direction of a secure channel sends after the handshake. WIRE.md
// describes the bytes. Sans-IO.
#pragma once

#include <memory>
#include <optional>

#include "ucx_crypto/aead/selection.h"
#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/secret.h"

namespace ucx_crypto::record {

enum class RecordType : uint8_t {
    kData = 1,       ///< application frames
    kRekey = 2,      ///< the last record of its epoch
    kClose = 3,      ///< the last record of its direction
    kKeepalive = 4,  ///< empty
};

inline constexpr uint8_t kRecordVersion = 1;
inline constexpr size_t kHeaderSize =
    8;  ///< type u8, version u8, epoch u16, length u32 (of what follows)
inline constexpr size_t kOverhead = kHeaderSize + aead::kTagSize;
/// Upper bound of any negotiated plaintext size of one record.
inline constexpr size_t kMaxPlaintextLimit = size_t{1} << 20;

/// When the sender changes keys, and what the receiver tolerates at most.
struct EpochLimits {
    uint64_t max_bytes = uint64_t{1} << 36;
    uint64_t max_records = uint64_t{1} << 32;

    friend bool operator==(const EpochLimits&, const EpochLimits&) = default;
};

/// The secret of one direction and stream, from which the epochs' keys follow by an HKDF ratchet.
struct TrafficSecret {
    aead::Algorithm algorithm;
    SecretBytes secret;                       ///< 48 bytes (SHA-384)
    aead::Choice aead = aead::Choice::kAuto;  ///< which implementation: this end's own affair
};

struct SealerState;
struct OpenerState;
class SealTask;
class OpenTask;

/// Seals records of one direction. Owns key, static IV and sequence: no caller can pass a nonce.
/// One thread at a time. Every seal refuses in a forked child (fork_sentinel.h).
class Sealer {
  public:
    static Result<Sealer> create(TrafficSecret secret, size_t max_plaintext, EpochLimits limits);
    Sealer(Sealer&&) noexcept;
    Sealer& operator=(Sealer&&) noexcept;
    ~Sealer();

    /// Room that seal() may need for `plaintext_size` bytes: the record, and a REKEY record before
    /// it.
    static constexpr size_t sealed_bound(size_t plaintext_size) {
        return 2 * kOverhead + plaintext_size;
    }

    /// Writes one record of the concatenated parts (preceded by a REKEY record when the epoch's
    /// limit is reached) and returns the bytes written. The sequence number is consumed: the caller
    /// keeps the sealed bytes and sends exactly them. Errors: kExhausted (out too small, part too
    /// long, epochs used up), kClosed after a CLOSE record, kInternal in a forked child.
    Result<size_t> seal(RecordType type, std::span<const ByteView> parts, MutableByteView out);

    /// As seal() of a DATA record, but leaves the work to `task`, which is void or confirmed: the
    /// sequence number is consumed, a REKEY record before it is sealed at once, and of the record
    /// itself the header is written. At most kMaxTaskParts parts. (tasks.h)
    Result<size_t> reserve(std::span<const ByteView> parts, MutableByteView out, SealTask& task);
    /// Accepts a done task; its bytes may be sent then, and not before. In the order of reserve().
    /// An error, and a task that is destroyed unconfirmed, end the direction: nothing is sealed any
    /// more.
    Status confirm(SealTask& task);

    uint16_t epoch() const;

  private:
    explicit Sealer(std::unique_ptr<SealerState> state);
    std::unique_ptr<SealerState> state_;
};

/// A record whose tag has been verified.
struct OpenedRecord {
    RecordType type;
    MutableByteView plaintext;  ///< where the ciphertext was, or at the start of the destination
    size_t consumed;            ///< bytes of the buffer that the record took
};

/// Opens records of one direction, in exact sequence. One thread at a time. Any error is final.
/// Refuses in a forked child, as Sealer does.
class Opener {
  public:
    static Result<Opener> create(TrafficSecret secret, size_t max_plaintext, EpochLimits limits);
    Opener(Opener&&) noexcept;
    Opener& operator=(Opener&&) noexcept;
    ~Opener();

    /// Opens the record at the start of `buffer`, or returns nothing when it is incomplete: to
    /// `destination`, which is disjoint from `buffer`, where the plaintext fits there; else in
    /// place. The length is bounded by the negotiated maximum before the tag is looked at, and no
    /// plaintext is left anywhere when that is wrong. REKEY is applied and returned with an empty
    /// plaintext; after CLOSE every further byte is an error.
    Result<std::optional<OpenedRecord>> open(MutableByteView buffer,
                                             MutableByteView destination = {});

    /// Prepares `task` to open the DATA record that fills `record`, and consumes its sequence
    /// number. False: it is of another type, and open() must do it once all tasks have been taken.
    /// Errors as open(). (tasks.h)
    Result<bool> reserve(MutableByteView record, OpenTask& task);
    /// The record of a done task, in the order of reserve(). After one that is not genuine none
    /// is given out any more, whatever became of their tags; discard() what is left.
    Result<OpenedRecord> take(OpenTask& task);

    /// Total size of the record whose header starts `buffer`, 0 when the header is incomplete;
    /// errors as open().
    Result<size_t> record_size(ByteView buffer) const;

    bool closed() const;  ///< an authenticated CLOSE has been opened
    uint16_t epoch() const;

  private:
    explicit Opener(std::unique_ptr<OpenerState> state);
    std::unique_ptr<OpenerState> state_;
};

}  // namespace ucx_crypto::record
