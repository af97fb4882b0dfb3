// Handshake: what the sides tell each other inside TLS (CONFIRM: parameters, membership, evidence;
// ACCEPT), and the keys that come of it.
#include <algorithm>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/handshake/handshake.h"

namespace ucx_crypto::handshake {

attest::Binding Handshake::binding(Role attester, const SecretBytes& exporter_value,
                                   attest::Binding::Purpose purpose) const {
    const TlsTranscript transcript = tls_transcript();
    const bool is_client = attester == Role::kClient;
    attest::Binding result;
    result.purpose = purpose;
    result.spki_hash = is_client ? transcript.client_spki_hash : transcript.server_spki_hash;
    result.domain_id = local_.attestation.domain_id();
    if (purpose == attest::Binding::Purpose::kChannel) {
        result.exporter = exporter_value.expose();
        result.client = is_client;
        result.peer_spki_hash =
            is_client ? transcript.server_spki_hash : transcript.client_spki_hash;
    }
    return result;
}

Status Handshake::send_confirm() {
    Confirm confirm;
    confirm.mode = local_.attestation.mode();
    confirm.algorithm = local_.algorithm;
    confirm.max_plaintext = local_.max_plaintext;
    confirm.rank = local_.rank;
    confirm.policy_digest = local_.attestation.policy_digest();
    confirm.membership =
        UCX_CRYPTO_TRY(membership_proof(local_.keys, exporter_, role_, tls_transcript()));
    confirm.job_id = local_.job_id;
    if (confirm.mode != attest::Mode::kOff) {
        auto purpose = local_.attestation.identity_purpose();
        confirm.evidence = local_.identity_evidence;
        if (local_.attestation.requires_channel_binding()) {
            purpose = attest::Binding::Purpose::kChannel;
            const SecretBytes value = UCX_CRYPTO_TRY(evidence_exporter(exporter_));
            auto evidence = local_.attestation.attest(binding(role_, value, purpose));
            if (!evidence.ok()) {  // whatever it is, the peer is not to blame
                return Error(ErrorCode::kInternal, evidence.error().message());
            }
            confirm.evidence = std::move(evidence).value();
        }
        confirm.evidence_purpose = static_cast<uint8_t>(purpose);
    }
    own_confirm_ = UCX_CRYPTO_TRY(encode(confirm));
    return tls_->write(own_confirm_);
}

Status Handshake::on_confirm(ByteView message) {
    const Confirm confirm = UCX_CRYPTO_TRY(decode_confirm(message.subspan(kMessageHeaderSize)));
    UCX_CRYPTO_TRY(check_peer_parameters(confirm));
    UCX_CRYPTO_TRY(appraise(confirm));
    peer_confirm_ = to_bytes(message);
    outcome_.peer_instance = peer_;
    outcome_.peer_rank = confirm.rank;
    outcome_.peer_policy_digest = confirm.policy_digest;
    outcome_.peer_channel_bound =
        confirm.evidence_purpose == static_cast<uint8_t>(attest::Binding::Purpose::kChannel);
    outcome_.max_plaintext = std::min(local_.max_plaintext, confirm.max_plaintext);
    // Each side appraises by its own policy, and the roll-out of a new one is no reason to refuse.
    const bool same_policy = confirm.policy_digest == local_.attestation.policy_digest();
    UCX_CRYPTO_DEBUG(
        "handshake: verified instance %s, rank %d, mode %s, policy %s, %s", to_hex(peer_).c_str(),
        static_cast<int>(confirm.rank), std::string(attest::to_string(confirm.mode)).c_str(),
        to_hex(confirm.policy_digest).c_str(), same_policy ? "which is ours" : "which is not ours");
    if (role_ == Role::kServer) {
        UCX_CRYPTO_TRY(send_confirm());
        UCX_CRYPTO_TRY(derive_transcript());
        UCX_CRYPTO_TRY(send_accept());
        peer_verified_ = true;
    } else {
        UCX_CRYPTO_TRY(derive_transcript());
    }
    state_ = State::kWaitAccept;
    return success();
}

/// Everything that a peer without the domain key, or with other settings, gets wrong. None of it
/// costs more than a hash; evidence comes after it.
Status Handshake::check_peer_parameters(const Confirm& confirm) {
    const Hash membership =
        UCX_CRYPTO_TRY(membership_proof(local_.keys, exporter_, other(role_), tls_transcript()));
    if (!equal_constant_time(confirm.membership, membership)) {
        return Error(ErrorCode::kAuthentication,
                     "CONFIRM: expected a proof of this job's domain key "
                     "(UCX_CRYPTO_DOMAIN_KEY), found none that verifies");
    }
    if (confirm.mode != local_.attestation.mode()) {
        return Error(ErrorCode::kRefused,
                     "CONFIRM: expected attestation mode " +
                         std::string(attest::to_string(local_.attestation.mode())) + ", found " +
                         std::string(attest::to_string(confirm.mode)) +
                         "; set UCX_CRYPTO_ATTESTATION alike on all hosts");
    }
    if (confirm.job_id != local_.job_id) {
        return Error(ErrorCode::kAuthentication,
                     "CONFIRM: expected the job id of this job, found another; set "
                     "UCX_CRYPTO_JOB alike on all hosts");
    }
    if (confirm.algorithm != local_.algorithm) {
        const auto name = [this](uint8_t algorithm) {
            return local_.algorithm_name != nullptr ? local_.algorithm_name(algorithm)
                                                    : "number " + std::to_string(algorithm);
        };
        return Error(ErrorCode::kRefused,
                     "CONFIRM: expected AEAD algorithm " + name(local_.algorithm) + ", found " +
                         name(confirm.algorithm) + "; set UCX_CRYPTO_ALGORITHM alike on all hosts");
    }
    if (confirm.max_plaintext < kMinMaxPlaintext || confirm.max_plaintext > kMaxMaxPlaintext) {
        return Error(ErrorCode::kProtocol, "CONFIRM: expected a record size from " +
                                               std::to_string(kMinMaxPlaintext) + " to " +
                                               std::to_string(kMaxMaxPlaintext) + ", found " +
                                               std::to_string(confirm.max_plaintext));
    }
    return success();
}

Status Handshake::appraise(const Confirm& confirm) {
    auto purpose = attest::Binding::Purpose::kIdentity;
    if (confirm.mode != attest::Mode::kOff) {
        purpose = static_cast<attest::Binding::Purpose>(confirm.evidence_purpose);
        if (local_.attestation.requires_channel_binding() &&
            purpose != attest::Binding::Purpose::kChannel) {
            return Error(
                ErrorCode::kRefused,
                "CONFIRM: expected evidence for this very connection, as our policy "
                "wants it, found evidence for the process only; use the same policy on all hosts");
        }
    }
    const SecretBytes value = UCX_CRYPTO_TRY(evidence_exporter(exporter_));
    outcome_.peer_claims = UCX_CRYPTO_TRY(local_.attestation.appraise(
        confirm.mode, confirm.evidence, binding(other(role_), value, purpose),
        std::chrono::system_clock::now()));
    return success();
}

Status Handshake::derive_transcript() {
    const bool is_client = role_ == Role::kClient;
    transcript_ =
        UCX_CRYPTO_TRY(transcript_hash(tls_transcript(), is_client ? own_confirm_ : peer_confirm_,
                                       is_client ? peer_confirm_ : own_confirm_));
    return success();
}

Status Handshake::send_accept() {
    const Accept accept = UCX_CRYPTO_TRY(accept_proofs(local_.keys, exporter_, role_, transcript_));
    const Bytes message = UCX_CRYPTO_TRY(encode(accept));
    return tls_->write(message);
}

Status Handshake::on_accept(ByteView message) {
    const Accept accept = UCX_CRYPTO_TRY(decode_accept(message.subspan(kMessageHeaderSize)));
    const Accept expected =
        UCX_CRYPTO_TRY(accept_proofs(local_.keys, exporter_, other(role_), transcript_));
    // Both are always compared: which one failed is not told by time.
    const bool transcript_ok = equal_constant_time(accept.transcript_mac, expected.transcript_mac);
    const bool domain_ok = equal_constant_time(accept.domain_proof, expected.domain_proof);
    if (!transcript_ok || !domain_ok) {
        return Error(ErrorCode::kAuthentication,
                     std::string("ACCEPT: expected a proof of ") +
                         (transcript_ok ? "the domain key" : "the same transcript") +
                         ", found none that verifies; the connection was manipulated");
    }
    if (role_ == Role::kClient) {
        UCX_CRYPTO_TRY(send_accept());
        UCX_CRYPTO_TRY(tls_->take_output(output_));
    }
    return open();
}

Status Handshake::derive_stream(uint32_t stream, SecretBytes& sending,
                                SecretBytes& receiving) const {
    const bool is_client = role_ == Role::kClient;
    TrafficSecrets secrets = UCX_CRYPTO_TRY(
        traffic_secrets(local_.keys, exporter_, transcript_, is_client ? own_hello_.own : peer_,
                        is_client ? peer_ : own_hello_.own, stream));
    sending = std::move(is_client ? secrets.client_to_server : secrets.server_to_client);
    receiving = std::move(is_client ? secrets.server_to_client : secrets.client_to_server);
    return success();
}

Status Handshake::open() {
    UCX_CRYPTO_TRY(
        derive_stream(kConnectionStream, outcome_.sending_secret, outcome_.receiving_secret));
    if (path_stream_) {
        UCX_CRYPTO_TRY(derive_stream(kPathStream, outcome_.path_sending_secret,
                                     outcome_.path_receiving_secret));
    }
    tls_.reset();
    exporter_.wipe();
    for (Bytes* bytes : {&own_confirm_, &peer_confirm_, &messages_, &unit_}) {
        give_back(*bytes);  // evidence is many kilobytes
    }
    peer_verified_ = true;
    state_ = State::kOpen;
    return success();
}

}  // namespace ucx_crypto::handshake
