// What our TLS refuses of a peer that speaks TLS otherwise, played by OpenSSL without our settings.
#include <openssl/ssl.h>

#include <catch2/catch.hpp>

#include "ucx_crypto/handshake/key_schedule.h"
#include "ucx_crypto/handshake/tls.h"

namespace ucx_crypto::handshake {
namespace {

/// A TLS client with settings of the test's choice.
struct ForeignClient {
    OpensslPtr<SSL_CTX> context{SSL_CTX_new(TLS_client_method())};
    OpensslPtr<SSL> ssl;

    explicit ForeignClient(const Certificate* certificate) {
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
        SSL_CTX_clear_options(context.get(), SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
        if (certificate != nullptr) {
            REQUIRE(SSL_CTX_use_certificate(context.get(), certificate->x509()) == 1);
            REQUIRE(SSL_CTX_use_PrivateKey(context.get(), certificate->key()) == 1);
        }
    }

    void connect() {
        ssl.reset(SSL_new(context.get()));
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl.get());
    }

    Bytes output() {
        BIO* bio = SSL_get_wbio(ssl.get());
        Bytes out(BIO_ctrl_pending(bio));
        if (!out.empty()) {
            REQUIRE(BIO_read(bio, out.data(), static_cast<int>(out.size())) ==
                    static_cast<int>(out.size()));
        }
        return out;
    }

    void input(ByteView bytes) {
        if (!bytes.empty()) {
            BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size()));
        }
    }
};

struct Server {
    Certificate certificate = Certificate::create().value();
    TlsContext context = TlsContext::create(certificate).value();
    TlsSession session = TlsSession::create(context, Role::kServer).value();

    /// Feeds record by record; true when the handshake has ended.
    Result<bool> handshake(ByteView bytes) {
        bool is_done = false;
        while (!bytes.empty()) {
            const size_t size = UCX_CRYPTO_TRY(
                tls_record_size(bytes.first(std::min(bytes.size(), kTlsHeaderSize))));
            UCX_CRYPTO_TRY(session.feed(bytes.first(size)));
            is_done = UCX_CRYPTO_TRY(session.handshake());
            bytes = bytes.subspan(size);
        }
        return is_done;
    }
};

Result<bool> meet(Server& server, ForeignClient& client) {
    client.connect();
    for (int round = 0; round < 4; ++round) {
        SSL_do_handshake(client.ssl.get());
        if (UCX_CRYPTO_TRY(server.handshake(client.output()))) {
            return true;
        }
        Bytes answer;
        UCX_CRYPTO_TRY(server.session.take_output(answer));
        client.input(answer);
    }
    return false;
}

}  // namespace

TEST_CASE("A TLS client with a P-256 certificate is accepted") {
    const Certificate certificate = Certificate::create().value();
    Server server;
    ForeignClient client(&certificate);
    const auto met = meet(server, client);
    INFO((met.ok() ? "" : met.error().message()));
    REQUIRE(met.ok());
    CHECK(*met);
    CHECK(server.session.peer_spki_hash().value() == certificate.spki_hash());
    SSL_SESSION* session = SSL_get0_session(client.ssl.get());
    CHECK(SSL_SESSION_has_ticket(session) == 0);
    WipedArray<kExporterSize> exported;
    REQUIRE(SSL_export_keying_material(client.ssl.get(), exported.data(), exported.size(),
                                       "EXPORTER-ucx-crypto-v1", 22, nullptr, 0, 0) == 1);
    CHECK(equal(exported.view(), server.session.exporter().value().expose()));
}

TEST_CASE("A TLS client with anything else is refused") {
    const Certificate certificate = Certificate::create().value();
    Server server;
    SECTION("no certificate") {
        ForeignClient client(nullptr);
        CHECK(!meet(server, client).ok());
    }
    SECTION("two certificates") {
        const Certificate second = Certificate::create().value();
        ForeignClient client(&certificate);
        REQUIRE(SSL_CTX_add1_chain_cert(client.context.get(), second.x509()) == 1);
        CHECK(!meet(server, client).ok());
    }
    SECTION("TLS 1.2") {
        ForeignClient client(&certificate);
        SSL_CTX_set_max_proto_version(client.context.get(), TLS1_2_VERSION);
        CHECK(!meet(server, client).ok());
    }
    SECTION("another cipher suite") {
        ForeignClient client(&certificate);
        SSL_CTX_set_ciphersuites(client.context.get(),
                                 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
        CHECK(!meet(server, client).ok());
    }
    SECTION("another group") {
        ForeignClient client(&certificate);
        SSL_CTX_set1_groups_list(client.context.get(), "P-256");
        CHECK(!meet(server, client).ok());
    }
    SECTION("a P-384 key") {
        EVP_PKEY* key = EVP_EC_gen("P-384");
        REQUIRE(key != nullptr);
        X509* x509 = X509_new();
        X509_set_pubkey(x509, key);
        X509_gmtime_adj(X509_getm_notBefore(x509), 0);
        X509_gmtime_adj(X509_getm_notAfter(x509), 1000);
        REQUIRE(X509_sign(x509, key, EVP_sha384()) > 0);
        CHECK(!p256_spki_hash(x509).ok());
        ForeignClient client(nullptr);
        REQUIRE(SSL_CTX_use_certificate(client.context.get(), x509) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey(client.context.get(), key) == 1);
        CHECK(!meet(server, client).ok());
        X509_free(x509);
        EVP_PKEY_free(key);
    }
}

TEST_CASE("KeyUpdate and close_notify are refused") {
    const Certificate certificate = Certificate::create().value();
    Server server;
    ForeignClient client(&certificate);
    REQUIRE(meet(server, client).value());
    std::string expected;
    SECTION("KeyUpdate") {
        REQUIRE(SSL_key_update(client.ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
        REQUIRE(SSL_do_handshake(client.ssl.get()) == 1);
        expected = "KeyUpdate";
    }
    SECTION("KeyUpdate that wants one back") {
        REQUIRE(SSL_key_update(client.ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
        REQUIRE(SSL_do_handshake(client.ssl.get()) == 1);
        expected = "KeyUpdate";
    }
    SECTION("close_notify") {
        SSL_shutdown(client.ssl.get());
        expected = "close_notify";
    }
    if (!expected.empty()) {
        const Bytes record = client.output();
        REQUIRE(tls_record_size(ByteView(record).first(kTlsHeaderSize)).value() == record.size());
        REQUIRE(server.session.feed(record).ok());
        std::array<uint8_t, 100> out;
        const auto read = server.session.read(out);
        REQUIRE(!read.ok());
        CHECK(read.error().code() == ErrorCode::kProtocol);
        CHECK(read.error().message().find(expected) != std::string::npos);
    }
}

TEST_CASE("Only records of a handshake are read as TLS") {
    const std::array<uint8_t, 5> handshake{22, 3, 1, 0x41, 0};
    CHECK(tls_record_size(handshake).value() == kMaxTlsRecord);
    for (const auto& header : {std::array<uint8_t, 5>{22, 3, 3, 0x41, 1},
                               {22, 3, 3, 0, 0},
                               {20, 3, 3, 0, 1},
                               {22, 3, 2, 0, 1},
                               {24, 3, 3, 0, 1}}) {
        CHECK(tls_record_size(header).error().code() == ErrorCode::kProtocol);
    }
    CHECK(tls_record_size(ByteView(kAlert).first(5)).error().code() == ErrorCode::kRefusedByPeer);
    CHECK(!tls_record_size({}).ok());
}

}  // namespace ucx_crypto::handshake
