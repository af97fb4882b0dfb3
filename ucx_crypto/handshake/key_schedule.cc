#include "ucx_crypto/handshake/key_schedule.h"

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::handshake {
namespace {

void append(Bytes& out, ByteView part) {
    out.insert(out.end(), part.begin(), part.end());
}

/// Label and its terminating zero: no label is the beginning of another input.
Bytes labelled(std::string_view label) {
    Bytes out = to_bytes(as_bytes(label));
    out.push_back(0);
    return out;
}

void append(Bytes& out, const TlsTranscript& transcript) {
    append(out, transcript.client_hello);
    append(out, transcript.server_hello);
    append(out, transcript.client_spki_hash);
    append(out, transcript.server_spki_hash);
}

/// HKDF-Expand with info = label, a zero byte, `context`.
Result<SecretBytes> expand(const SecretBytes& key, std::string_view label, ByteView context) {
    Bytes info = labelled(label);
    append(info, context);
    SecretBytes out(kHashSize);
    UCX_CRYPTO_TRY(hkdf_expand(key.expose(), info, out.expose_for_writing()));
    return out;
}

/// One label per role, so that no proof can be sent back to its maker.
std::string role_label(std::string_view label, Role role) {
    return std::string(label) + " " + std::string(to_string(role));
}

}  // namespace

Result<InstanceId> instance_id(const attest::Digest& spki_hash, uint32_t interface_counter) {
    Bytes input = labelled("ucx-crypto v1 instance");
    append(input, spki_hash);
    std::array<uint8_t, 4> counter{};
    WireWriter(counter).u32(interface_counter);
    append(input, counter);
    const Sha256Digest digest = UCX_CRYPTO_TRY(sha256(input));
    InstanceId id{};
    std::memcpy(id.data(), digest.data(), id.size());
    return id;
}

Result<JobKeys> derive_job_keys(const SecretBytes* domain_key, std::string_view job_id) {
    JobKeys keys;
    const ByteView input = domain_key != nullptr ? domain_key->expose() : ByteView{};
    keys.domain_secret = UCX_CRYPTO_TRY(hkdf_extract(as_bytes("ucx-crypto v1 domain"), input));
    keys.job_key =
        UCX_CRYPTO_TRY(expand(keys.domain_secret, "ucx-crypto v1 job", as_bytes(job_id)));
    keys.hello_key = UCX_CRYPTO_TRY(expand(keys.job_key, "ucx-crypto v1 hello", {}));
    return keys;
}

Result<SecretBytes> evidence_exporter(const SecretBytes& exporter) {
    return expand(exporter, "ucx-crypto v1 evidence", {});
}

Result<Hash> membership_proof(const JobKeys& keys, const SecretBytes& exporter, Role sender,
                              const TlsTranscript& transcript) {
    const SecretBytes key = UCX_CRYPTO_TRY(
        expand(keys.domain_secret, role_label("ucx-crypto v1 membership", sender), {}));
    const SecretBytes connection = UCX_CRYPTO_TRY(expand(exporter, "ucx-crypto v1 connection", {}));
    Bytes input;
    append(input, transcript);
    append(input, connection.expose());
    return hmac(key.expose(), input);
}

Result<Hash> transcript_hash(const TlsTranscript& transcript, ByteView client_confirm,
                             ByteView server_confirm) {
    Bytes input = labelled("ucx-crypto v1 transcript");
    append(input, transcript);
    append(input, client_confirm);
    append(input, server_confirm);
    return sha384(input);
}

Result<Accept> accept_proofs(const JobKeys& keys, const SecretBytes& exporter, Role sender,
                             const Hash& transcript) {
    const SecretBytes accept_key =
        UCX_CRYPTO_TRY(expand(exporter, role_label("ucx-crypto v1 accept", sender), {}));
    const SecretBytes domain_key = UCX_CRYPTO_TRY(
        expand(keys.domain_secret, role_label("ucx-crypto v1 domain proof", sender), {}));
    Accept accept;
    accept.transcript_mac = UCX_CRYPTO_TRY(hmac(accept_key.expose(), transcript));
    accept.domain_proof = UCX_CRYPTO_TRY(hmac(domain_key.expose(), transcript));
    return accept;
}

Result<TrafficSecrets> traffic_secrets(const JobKeys& keys, const SecretBytes& exporter,
                                       const Hash& transcript, const InstanceId& client,
                                       const InstanceId& server, uint32_t stream) {
    SecretBytes input(exporter.size() + keys.job_key.size());
    WireWriter input_writer(input.expose_for_writing());
    input_writer.bytes(exporter.expose());
    input_writer.bytes(keys.job_key.expose());
    UCX_CRYPTO_TRY(input_writer.finish("traffic secrets"));
    const SecretBytes root = UCX_CRYPTO_TRY(hkdf_extract(transcript, input.expose()));

    std::array<uint8_t, 1 + 2 * kInstanceIdSize + 4> context{};
    WireWriter writer(context);
    writer.u8(0);
    writer.bytes(client);
    writer.bytes(server);
    writer.u32(stream);
    UCX_CRYPTO_TRY(writer.finish("traffic secrets"));

    TrafficSecrets secrets;
    context[0] = static_cast<uint8_t>(Role::kClient);  // a direction is named by its sender
    secrets.client_to_server = UCX_CRYPTO_TRY(expand(root, "ucx-crypto v1 traffic", context));
    context[0] = static_cast<uint8_t>(Role::kServer);
    secrets.server_to_client = UCX_CRYPTO_TRY(expand(root, "ucx-crypto v1 traffic", context));
    return secrets;
}

}  // namespace ucx_crypto::handshake
