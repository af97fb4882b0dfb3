// An attested, encrypted channel between two interfaces: handshake, then two directions of records.
// Sans-IO: it takes and gives bytes. One thread at a time per object.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "ucx_crypto/attest/attestation.h"
#include "ucx_crypto/record/record.h"

namespace ucx_crypto::channel {

inline constexpr size_t kInstanceIdSize = 16;
/// First 16 bytes of SHA-256(label, SPKI hash, interface counter): an address that names a key.
using InstanceId = std::array<uint8_t, kInstanceIdSize>;

struct Settings {
    attest::Settings attestation;
    aead::Algorithm algorithm = aead::Algorithm::kAes256Gcm;
    aead::Choice aead = aead::Choice::kAuto;  ///< of this end only
    std::string job_id;                       ///< UCX_CRYPTO_JOB, else SLURM_JOB_ID, else empty
    size_t max_plaintext = 66 * 1024;  ///< of one record; both sides use the smaller of theirs
    record::EpochLimits limits;
    std::optional<uint32_t> rank{};  ///< as the launcher gave it; told to peers for their logs

    friend bool operator==(const Settings&, const Settings&) = default;
};

/// What all channels of a process share: its key and certificate, its evidence, its policy.
/// Created once; used by one thread at a time.
class Identity {
  public:
    static Result<std::shared_ptr<Identity>> create(const Settings& settings);
    virtual ~Identity() = default;
    /// The id of the interface with this counter (counters start at 1 and are never reused).
    virtual InstanceId instance_id(uint32_t interface_counter) const = 0;
    virtual const Settings& settings() const = 0;
};

enum class Role : uint8_t { kClient, kServer };

/// What the peer said in its handshake: a member's word, which nothing else proves.
struct PeerStatement {
    std::optional<uint32_t> rank;
    attest::Digest policy_digest{};
    bool channel_bound = false;  ///< its evidence is of this very connection: verified
};

struct Parameters {
    Role role;
    uint32_t interface_counter;
    /// Client: the instance that the address named. Server: ignored, the HELLO tells.
    InstanceId expected_peer{};
    /// Keys of a second stream of records as well, for take_path_stream().
    bool path_stream = false;
};

/// Both directions of one stream of records.
struct Stream {
    record::Sealer sealer;
    record::Opener opener;
};

class SecureChannel {
  public:
    enum class Phase : uint8_t { kHandshake, kOpen, kFailed };

    static Result<std::unique_ptr<SecureChannel>> create(std::shared_ptr<Identity> identity,
                                                         const Parameters& parameters);
    virtual ~SecureChannel() = default;

    virtual Phase phase() const = 0;
    /// The state's name, for logs ("wait CONFIRM").
    virtual std::string_view state_name() const = 0;

    // -- handshake --
    /// Consumes received bytes and returns how many it took: never a byte beyond the peer's last
    /// handshake message, what follows are records. An error is final (phase kFailed); a generic
    /// alert may then be pending in handshake_output().
    virtual Result<size_t> receive_handshake(ByteView input) = 0;
    /// Bytes to send now; call handshake_sent() with what the socket took.
    virtual ByteView handshake_output() const = 0;
    virtual void handshake_sent(size_t size) = 0;

    /// The peer has sent a HELLO with this job's MAC. It may be a replayed one, yet says more than
    /// the silence of somebody who only holds a connection open.
    virtual bool peer_announced() const = 0;
    /// Once it has: whom that HELLO names as its sender.
    virtual const InstanceId& announced_peer() const = 0;

    /// The peer's certificate, evidence and proofs have been verified, and peer_instance() and
    /// peer_claims() are valid. On a server this is so before its last flight (CONFIRM, ACCEPT) has
    /// been sent: a caller that must choose between two simultaneous connections holds back
    /// handshake_output() from here until it has chosen.
    virtual bool peer_verified() const = 0;

    // -- after the handshake (phase kOpen) --
    // A server may become kOpen with handshake output still pending: it goes out before any record.
    virtual const InstanceId& peer_instance() const = 0;
    virtual const attest::Claims& peer_claims() const = 0;
    virtual PeerStatement peer_statement() const = 0;
    virtual size_t max_plaintext() const = 0;
    virtual record::Sealer& sealer() = 0;
    virtual record::Opener& opener() = 0;
    /// Once: the stream whose records take another way than these bytes. It has keys of its own.
    virtual Result<Stream> take_path_stream() = 0;
};

}  // namespace ucx_crypto::channel
