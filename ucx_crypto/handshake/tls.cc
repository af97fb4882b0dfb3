#include "ucx_crypto/handshake/tls.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sodium.h>

#include <array>

#include "ucx_crypto/base/crypto_library.h"
#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/handshake/key_schedule.h"

namespace ucx_crypto::handshake {
namespace {

constexpr const char* kCipherSuite = "TLS_AES_256_GCM_SHA384";
constexpr const char* kSignatureAlgorithms = "ecdsa_secp256r1_sha256";
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
constexpr const char* kGroups = "X25519MLKEM768:X25519";
#else
constexpr const char* kGroups = "X25519";
#endif
constexpr int kSecurityLevel = 2;  // at least 112 bits
constexpr int kVerifyMode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
constexpr long kMaxCertificateList = 2048;
constexpr uint64_t kOptions = SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;

/// Exactly one certificate with a P-256 key. The key is checked against the instance id, evidence
/// and domain proof afterwards; issuer, dates and extensions mean nothing.
int verify_peer(X509_STORE_CTX* store, void* /*unused*/) {
    X509* certificate = X509_STORE_CTX_get0_cert(store);
    const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store);
    const bool accepted = certificate != nullptr && sent != nullptr && sk_X509_num(sent) == 1 &&
                          p256_spki_hash(certificate).ok();
    X509_STORE_CTX_set_error(store, accepted ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    return accepted ? 1 : 0;
}

/// Of what the peer sent, unless memory was missing.
Error tls_failure() {
    const bool is_exhausted = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
    return {is_exhausted ? ErrorCode::kExhausted : ErrorCode::kProtocol,
            "TLS: " + take_openssl_error()};
}

/// Of OpenSSL itself.
Error library_failure() {
    return {ErrorCode::kInternal, "TLS: " + take_openssl_error()};
}

Error mismatch(std::string_view expected, const std::string& found) {
    return {ErrorCode::kProtocol,
            "TLS: expected " + std::string(expected) + " to be negotiated, found " + found};
}

}  // namespace

Result<size_t> tls_record_size(ByteView header) {
    WireReader reader(header.first(std::min(header.size(), kTlsHeaderSize)));
    const uint8_t type = reader.u8();
    const uint16_t version = reader.u16();
    const size_t length = reader.u16();
    UCX_CRYPTO_TRY(reader.finish("TLS record header"));
    if (type == SSL3_RT_ALERT) {
        return Error(ErrorCode::kRefusedByPeer,
                     "the peer refused the handshake; its log says what it expected and found");
    }
    // The first ClientHello may say 3.1 (RFC 8446 section 5.1).
    if ((type != SSL3_RT_HANDSHAKE && type != SSL3_RT_APPLICATION_DATA) ||
        (version != TLS1_VERSION && version != TLS1_2_VERSION) || length == 0 ||
        length > kMaxTlsRecord - kTlsHeaderSize) {
        return Error(ErrorCode::kProtocol, "expected a TLS record of the handshake, found type " +
                                               std::to_string(type) + ", version " +
                                               std::to_string(version) + ", length " +
                                               std::to_string(length));
    }
    return kTlsHeaderSize + length;
}

Result<TlsContext> TlsContext::create(const Certificate& certificate) {
    OSSL_LIB_CTX* library = UCX_CRYPTO_TRY(crypto_library());
    ERR_clear_error();
    TlsContext result;
    result.context_.reset(SSL_CTX_new_ex(library, nullptr, TLS_method()));
    SSL_CTX* context = result.context_.get();
    if (context == nullptr) {
        return library_failure();
    }
    // SSL_CTX_new applies the "system_default" section of the process's OPENSSL_CONF even in a
    // library context of our own, so every setting follows here, whatever it is by default.
    SSL_CTX_clear_options(context, SSL_CTX_get_options(context));
    SSL_CTX_set_options(context, kOptions);
    SSL_CTX_set_security_level(context, kSecurityLevel);
    SSL_CTX_set_verify(context, kVerifyMode, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify_peer, nullptr);
    SSL_CTX_set_verify_depth(context, 0);
    SSL_CTX_set_max_cert_list(context, kMaxCertificateList);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_client_CA_list(context, nullptr);
    SSL_CTX_set_keylog_callback(context, TlsSession::on_secret);
    SSL_CTX_set_read_ahead(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
    const bool is_set = SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
                        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
                        SSL_CTX_set_ciphersuites(context, kCipherSuite) == 1 &&
                        SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
                        SSL_CTX_set1_sigalgs_list(context, kSignatureAlgorithms) == 1 &&
                        SSL_CTX_set1_client_sigalgs_list(context, kSignatureAlgorithms) == 1 &&
                        SSL_CTX_set_num_tickets(context, 0) == 1 &&
                        SSL_CTX_set_max_early_data(context, 0) == 1 &&
                        SSL_CTX_set_recv_max_early_data(context, 0) == 1 &&
                        SSL_CTX_set_block_padding(context, 0) == 1 &&
                        SSL_CTX_use_certificate(context, certificate.x509()) == 1 &&
                        SSL_CTX_use_PrivateKey(context, certificate.key()) == 1 &&
                        SSL_CTX_check_private_key(context) == 1;
    if (!is_set) {
        return library_failure();
    }
    return result;
}

struct TlsSession::State {
    OpensslPtr<SSL> ssl;
    BIO* input = nullptr;   // owned by ssl
    BIO* output = nullptr;  // owned by ssl
    X509* own_certificate = nullptr;
    std::array<SecretBytes, 8> secrets;  // that TLS has derived (five), and keeps in its object
    size_t secret_count = 0;
    bool complete = false;
    bool late_message = false;  // a handshake message after the handshake

    ~State() { wipe_secrets(); }

    /// SSL_free() leaves the exporter's secret and the traffic secrets in the memory that it frees.
    void wipe_secrets() const {
        CRYPTO_malloc_fn allocate = nullptr;
        CRYPTO_get_mem_functions(&allocate, nullptr, nullptr);
        if (!ssl || allocate != CRYPTO_malloc) {
            return;  // the size of another allocator's memory nobody can tell
        }
        void* object = ssl.get();
        const size_t size = malloc_usable_size(object);
        for (const SecretBytes& secret : secrets) {
            const ByteView wanted = secret.expose();
            while (void* place = wanted.empty()
                                     ? nullptr
                                     : memmem(object, size, wanted.data(), wanted.size())) {
                wipe({static_cast<uint8_t*>(place), wanted.size()});
            }
        }
    }

    static void on_message(int is_sent, int /*version*/, int content_type, const void* /*bytes*/,
                           size_t /*size*/, SSL* /*ssl*/, void* argument) {
        auto* state = static_cast<State*>(argument);
        if (is_sent == 0 && content_type == SSL3_RT_HANDSHAKE && state->complete) {
            state->late_message = true;
        }
    }

    /// What an SSL function's result means: false when it only wants more input.
    Result<bool> outcome(int result) const {
        const int error = SSL_get_error(ssl.get(), result);
        if (late_message) {
            ERR_clear_error();
            return Error(ErrorCode::kProtocol,
                         "TLS: expected no handshake message after Finished (KeyUpdate, ticket or "
                         "request), found one");
        }
        switch (error) {
            case SSL_ERROR_NONE:
                return true;
            case SSL_ERROR_WANT_READ:
                ERR_clear_error();
                return false;
            case SSL_ERROR_ZERO_RETURN:
                return Error(ErrorCode::kProtocol,
                             "TLS: expected the peer's handshake, found close_notify");
            default:
                return tls_failure();
        }
    }
};

void TlsSession::on_secret(const SSL* ssl, const char* line) {
    // "LABEL client_random secret", in hexadecimal (NSS key log format).
    auto* state = static_cast<State*>(SSL_get_app_data(ssl));
    const std::string_view hex =
        std::string_view(line).substr(std::string_view(line).rfind(' ') + 1);
    SecretBytes secret(hex.size() / 2);
    if (state->secret_count < state->secrets.size() &&
        sodium_hex2bin(secret.expose_for_writing().data(), secret.size(), hex.data(), hex.size(),
                       nullptr, nullptr, nullptr) == 0) {
        state->secrets[state->secret_count++] = std::move(secret);
    }
}

void TlsSession::StateDelete::operator()(State* state) const {
    delete state;
}

Result<TlsSession> TlsSession::create(const TlsContext& context, Role role) {
    ERR_clear_error();
    TlsSession session;
    session.state_.reset(new State);
    State& state = *session.state_;
    state.ssl.reset(SSL_new(context.get()));
    state.own_certificate = SSL_CTX_get0_certificate(context.get());
    if (!state.ssl) {
        return library_failure();
    }
    SSL* ssl = state.ssl.get();
    state.input = BIO_new(BIO_s_mem());
    state.output = BIO_new(BIO_s_mem());
    if (state.input == nullptr || state.output == nullptr) {
        BIO_free(state.input);
        BIO_free(state.output);
        return library_failure();
    }
    SSL_set_bio(ssl, state.input, state.output);
    SSL_set_msg_callback(ssl, State::on_message);
    SSL_set_msg_callback_arg(ssl, &state);
    SSL_set_app_data(ssl, &state);
    if (role == Role::kServer) {
        SSL_set_accept_state(ssl);
    } else {
        SSL_set_connect_state(ssl);
    }
    return session;
}

Status TlsSession::feed(ByteView record) {
    // Every record is used up before the next one comes: the buffer never holds bytes that belong
    // to the record layer.
    if (BIO_ctrl_pending(state_->input) != 0) {
        return Error(ErrorCode::kInternal, "TLS: expected the previous record to be used up");
    }
    if (BIO_write(state_->input, record.data(), static_cast<int>(record.size())) !=
        static_cast<int>(record.size())) {
        return library_failure();
    }
    return success();
}

Result<bool> TlsSession::handshake() {
    ERR_clear_error();
    const bool is_done = UCX_CRYPTO_TRY(state_->outcome(SSL_do_handshake(state_->ssl.get())));
    if (is_done) {
        UCX_CRYPTO_TRY(check_negotiated());
        state_->complete = true;
    }
    return is_done;
}

Status TlsSession::check_negotiated() const {
    SSL* ssl = state_->ssl.get();
    if (SSL_version(ssl) != TLS1_3_VERSION) {
        return mismatch("TLS 1.3", SSL_get_version(ssl));
    }
    if (SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)) != 0x1302) {
        return mismatch(kCipherSuite, SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)));
    }
#if OPENSSL_VERSION_NUMBER >= 0x30500000L
    const char* group = SSL_get0_group_name(ssl);
    const std::string_view group_name = group != nullptr ? group : "none";
    if (group_name != "X25519MLKEM768" && group_name != "x25519" && group_name != "X25519") {
        return mismatch(kGroups, std::string(group_name));
    }
#else
    if (SSL_get_negotiated_group(ssl) != NID_X25519) {
        return mismatch(kGroups, "group " + std::to_string(SSL_get_negotiated_group(ssl)));
    }
#endif
    int digest = NID_undef;
    int signature = NID_undef;
    if (SSL_get_peer_signature_nid(ssl, &digest) != 1 || digest != NID_sha256 ||
        SSL_get_peer_signature_type_nid(ssl, &signature) != 1 ||
        signature != NID_X9_62_id_ecPublicKey) {
        return mismatch(kSignatureAlgorithms, "another signature");
    }
    if (SSL_get_certificate(ssl) != state_->own_certificate ||
        SSL_get_verify_mode(ssl) != kVerifyMode || SSL_get_verify_result(ssl) != X509_V_OK ||
        SSL_get_security_level(ssl) != kSecurityLevel) {
        return mismatch("our certificate and verification", "other settings");
    }
    if (SSL_session_reused(ssl) != 0 || SSL_get_early_data_status(ssl) != SSL_EARLY_DATA_NOT_SENT) {
        return mismatch("a full handshake", "a resumed session or early data");
    }
    // A server's chain leaves out the peer's own certificate, a client's has it.
    const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
    const int sent = chain == nullptr ? 0 : sk_X509_num(chain);
    if (sent != (SSL_is_server(ssl) != 0 ? 0 : 1)) {
        return mismatch("one certificate", std::to_string(sent));
    }
    return success();
}

Result<size_t> TlsSession::read(MutableByteView out) {
    ERR_clear_error();
    size_t size = 0;
    const int result = SSL_read_ex(state_->ssl.get(), out.data(), out.size(), &size);
    const bool has_data = UCX_CRYPTO_TRY(state_->outcome(result));
    return has_data ? size : size_t{0};
}

Status TlsSession::write(ByteView data) {
    ERR_clear_error();
    size_t size = 0;
    const int result = SSL_write_ex(state_->ssl.get(), data.data(), data.size(), &size);
    if (!UCX_CRYPTO_TRY(state_->outcome(result)) || size != data.size()) {
        return Error(ErrorCode::kInternal, "TLS: a write to memory was cut short");
    }
    return success();
}

Status TlsSession::take_output(Bytes& out) {
    const size_t size = BIO_ctrl_pending(state_->output);
    if (size == 0) {
        return success();
    }
    const size_t offset = out.size();
    out.resize(offset + size);
    size_t taken = 0;
    if (BIO_read_ex(state_->output, out.data() + offset, size, &taken) != 1 || taken != size) {
        return library_failure();
    }
    return success();
}

Result<attest::Digest> TlsSession::peer_spki_hash() const {
    X509* certificate = SSL_get0_peer_certificate(state_->ssl.get());
    if (certificate == nullptr) {
        return Error(ErrorCode::kAuthentication, "TLS: expected a peer certificate, found none");
    }
    return p256_spki_hash(certificate);
}

Result<SecretBytes> TlsSession::exporter() const {
    SecretBytes secret(kExporterSize);
    if (SSL_export_keying_material(state_->ssl.get(), secret.expose_for_writing().data(),
                                   secret.size(), kExporterLabel.data(), kExporterLabel.size(),
                                   nullptr, 0, 0) != 1) {
        return library_failure();
    }
    return secret;
}

}  // namespace ucx_crypto::handshake
