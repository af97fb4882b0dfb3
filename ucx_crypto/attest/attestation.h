// Remote attestation in the terms of RFC 9334: an Attester makes Evidence, a Verifier appraises it
// with Endorsements, an AppraisalPolicy decides on the resulting Claims.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "ucx_crypto/attest/revocation_status.h"
#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"
#include "ucx_crypto/base/secret.h"

namespace ucx_crypto::attest {

/// UCX_CRYPTO_ATTESTATION. Values but kAuto are wire values (CONFIRM message).
enum class Mode : uint8_t { kAuto = 0, kOff = 1, kSnp = 2, kEmulated = 3, kRegistered = 4 };
std::string_view to_string(Mode mode);
Result<Mode> parse_mode(std::string_view name);

inline constexpr size_t kReportDataSize = 64;
inline constexpr size_t kMaxEvidenceSize = 8 * 1024;
inline constexpr size_t kMaxEndorsementsSize = 24 * 1024;
using ReportData = std::array<uint8_t, kReportDataSize>;
using Digest = std::array<uint8_t, 32>;

/// What REPORT_DATA commits to. It becomes SHA-512 over a canonical TLV with a label per mode.
struct Binding {
    /// Wire values (CONFIRM message). kAgent: identities of several processes in one report.
    enum class Purpose : uint8_t { kIdentity = 1, kChannel = 2, kAgent = 3 };
    Purpose purpose = Purpose::kIdentity;
    Digest spki_hash{};  ///< SHA-256 of the attester's SubjectPublicKeyInfo
    Digest domain_id{};  ///< public identifier of the domain key; zeros without one
    // Purpose kChannel only:
    ByteView exporter{};
    bool client = false;
    Digest peer_spki_hash{};
};
ReportData report_data(Mode mode, const Binding& binding);

/// REPORT_DATA of a node agent: SHA-512 over a canonical TLV with labels of its own, the purpose,
/// and size and root of a Merkle tree. SPKI hash, domain id and uid are in the tree's leaves.
ReportData agent_report_data(Mode mode, uint32_t tree_size, const Digest& root);

/// Wire form of evidence (a report; of purpose kAgent what agent/agent_evidence.h says) and its
/// endorsements (certificates, concatenated DER in a bounded list).
struct Evidence {
    Bytes report;
    Bytes endorsements;
};

/// What is known about a peer once its evidence has been verified; plain values for policy and
/// logs.
struct Claims {
    Mode mode = Mode::kOff;
    bool emulated = false;  ///< decided by the root that verified the evidence, never by the peer
    std::string product;
    Bytes measurement;
    Bytes chip_id;
    Bytes host_data;
    Bytes id_key_digest;      ///< zeros when the guest was started without an ID block
    Bytes author_key_digest;  ///< empty when no author key signed the ID key
    uint64_t guest_policy = 0;
    uint64_t platform_info = 0;
    uint64_t reported_tcb = 0;
    uint64_t launch_tcb = 0;
    uint32_t vmpl = 0;
    /// The user for whom the agent of the peer's node vouched; none when the process has a report
    /// of its own.
    std::optional<uint32_t> agent_uid = {};
    /// Whether the report is a paravisor's, which vouches for the data (snp/paravisor_evidence.h).
    bool paravisor = false;
    RevocationStatus revocation = {};  ///< of the endorsements, by lists of the local store
    std::string evidence_type = {};    ///< of a registered verifier; empty for built-in evidence
};

struct Registrations;

/// Everything that a process needs to prove itself and to judge its peers. One per process, shared
/// by its connections; all methods may be called from any thread.
struct Settings {
    Mode mode = Mode::kAuto;
    std::string policy_path;      ///< UCX_CRYPTO_POLICY, empty: built-in policy
    std::string domain_key_path;  ///< UCX_CRYPTO_DOMAIN_KEY
    std::string
        emulated_dir;  ///< UCX_CRYPTO_EMULATED_DIR: root made by `ucx-crypto init --emulated`
    /// UCX_CRYPTO_EMULATED_MODULE: libucx_crypto_emulated.so; empty: looked for beside this library
    std::string emulated_module;
    /// UCX_CRYPTO_ENDORSEMENTS: the store (snp/endorsement_store.h) of what the host does not give;
    /// empty: none
    std::string endorsements;
    /// UCX_CRYPTO_AGENT: `auto`, `off`, or the path of the socket of the node's agent
    std::string agent = "auto";
    /// The policy's text, from the program instead of a file; policy_path is its name in messages.
    std::string policy_text = {};
    /// What the program has registered, for mode kRegistered (registered.h).
    std::shared_ptr<const Registrations> registrations = {};

    friend bool operator==(const Settings&, const Settings&) = default;
};

class Attestation {
  public:
    /// Opens device, keys and policy. Fails closed: kNotFound without a device in kAuto/kSnp,
    /// kPermission for files that others can read, kInvalidArgument for kOff without a domain key,
    /// and so on.
    static Result<std::unique_ptr<Attestation>> create(const Settings& settings);
    virtual ~Attestation() = default;

    virtual Mode mode() const = 0;  ///< never kAuto
    /// SHA-256 of the canonical policy; peers log it.
    virtual Digest policy_digest() const = 0;
    virtual Digest domain_id() const = 0;
    virtual bool requires_channel_binding() const = 0;
    /// The domain key, or nullptr without one.
    virtual const SecretBytes* domain_key() const = 0;

    /// The purpose of this side's evidence about the process, to be asked for in attest():
    /// kIdentity, or kAgent when an agent of the node makes it.
    virtual Binding::Purpose identity_purpose() const { return Binding::Purpose::kIdentity; }

    /// Which attester makes this side's evidence and why it was chosen; empty in mode kOff.
    virtual std::string attester() const { return {}; }

    /// Evidence over `binding`; empty in mode kOff. Identity evidence is made once and cached by
    /// caller.
    virtual Result<Evidence> attest(const Binding& binding) = 0;

    /// Verifies that `evidence` is genuine, accepted by the policy and bound to exactly `binding`
    /// (there is no way to leave the binding out). kAuthentication: not genuine or not bound;
    /// kRefused: genuine but the policy does not accept it.
    virtual Result<Claims> appraise(Mode peer_mode, const Evidence& evidence,
                                    const Binding& binding,
                                    std::chrono::system_clock::time_point now) = 0;
};

}  // namespace ucx_crypto::attest
