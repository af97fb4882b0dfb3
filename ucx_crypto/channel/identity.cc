#include "ucx_crypto/channel/identity.h"

#include <cstdlib>

#include "ucx_crypto/base/fork_sentinel.h"

namespace ucx_crypto::channel {
namespace {

Status check_settings(const Settings& settings) {
    const char* key_log = std::getenv("SSLKEYLOGFILE");
    if (key_log != nullptr && *key_log != '\0') {
        return Error(ErrorCode::kRefused,
                     "SSLKEYLOGFILE is set, which asks TLS libraries to write session keys to a "
                     "file: unset it in the job's environment");
    }
    if (settings.max_plaintext < handshake::kMinMaxPlaintext ||
        settings.max_plaintext > record::kMaxPlaintextLimit) {
        return Error(ErrorCode::kInvalidArgument,
                     "record size: expected from " + std::to_string(handshake::kMinMaxPlaintext) +
                         " to " + std::to_string(record::kMaxPlaintextLimit) + " bytes, found " +
                         std::to_string(settings.max_plaintext));
    }
    static_assert(handshake::kMaxMaxPlaintext == record::kMaxPlaintextLimit);
    if (settings.job_id.size() > handshake::kMaxJobIdSize) {
        return Error(ErrorCode::kInvalidArgument, "job id (UCX_CRYPTO_JOB): expected at most " +
                                                      std::to_string(handshake::kMaxJobIdSize) +
                                                      " bytes, found " +
                                                      std::to_string(settings.job_id.size()));
    }
    return success();
}

std::string algorithm_name(uint8_t algorithm) {
    const auto known = static_cast<aead::Algorithm>(algorithm);
    return known == aead::Algorithm::kAes128Gcm || known == aead::Algorithm::kAes256Gcm
               ? std::string(aead::setting_of(known))
               : "number " + std::to_string(algorithm);
}

}  // namespace

Result<std::shared_ptr<Identity>> Identity::create(const Settings& settings) try {
    UCX_CRYPTO_TRY(check_settings(settings));
    // Before the first connection waits for it.
    UCX_CRYPTO_TRY(aead::selection(settings.algorithm, settings.aead));
    auto attestation = UCX_CRYPTO_TRY(attest::Attestation::create(settings.attestation));
    return std::shared_ptr<Identity>(
        UCX_CRYPTO_TRY(ProcessIdentity::create(settings, std::move(attestation))));
} catch (const std::bad_alloc&) {
    return Error(ErrorCode::kExhausted, "out of memory");
}

Result<std::shared_ptr<ProcessIdentity>> ProcessIdentity::create(
    const Settings& settings, std::unique_ptr<attest::Attestation> attestation) {
    UCX_CRYPTO_TRY(check_settings(settings));
    if (!in_original_process()) {  // the first call also names this process the original one
        return Error(ErrorCode::kInternal,
                     "identity: expected the process that first used ucx-crypto, found a forked "
                     "child; initialise UCX after fork");
    }
    auto certificate = UCX_CRYPTO_TRY(handshake::Certificate::create());
    auto tls = UCX_CRYPTO_TRY(handshake::TlsContext::create(certificate));
    auto keys =
        UCX_CRYPTO_TRY(handshake::derive_job_keys(attestation->domain_key(), settings.job_id));
    // One report per process: the firmware makes them one after the other, about 8 ms each. A
    // policy that wants one per connection gets it there.
    attest::Evidence evidence;
    if (attestation->mode() != attest::Mode::kOff && !attestation->requires_channel_binding()) {
        attest::Binding binding;
        binding.purpose = attestation->identity_purpose();
        binding.spki_hash = certificate.spki_hash();
        binding.domain_id = attestation->domain_id();
        evidence = UCX_CRYPTO_TRY(attestation->attest(binding));
    }
    return std::shared_ptr<ProcessIdentity>(
        new ProcessIdentity(settings, std::move(attestation), std::move(certificate),
                            std::move(tls), std::move(keys), std::move(evidence)));
}

ProcessIdentity::ProcessIdentity(const Settings& settings,
                                 std::unique_ptr<attest::Attestation> attestation,
                                 handshake::Certificate certificate, handshake::TlsContext tls,
                                 handshake::JobKeys keys, attest::Evidence evidence)
    : settings_(settings),
      attestation_(std::move(attestation)),
      certificate_(std::move(certificate)),
      tls_(std::move(tls)),
      keys_(std::move(keys)),
      evidence_(std::move(evidence)),
      local_{certificate_,
             tls_,
             keys_,
             *attestation_,
             evidence_,
             settings.job_id,
             settings.rank.value_or(handshake::kUnknownRank),
             static_cast<uint8_t>(settings.algorithm),
             static_cast<uint32_t>(settings.max_plaintext),
             algorithm_name} {}

InstanceId ProcessIdentity::instance_id(uint32_t interface_counter) const {
    // SHA-256 worked when the certificate was made; a failure now is a broken library, and an
    // address must not name a wrong key.
    return handshake::instance_id(certificate_.spki_hash(), interface_counter).value();
}

}  // namespace ucx_crypto::channel
