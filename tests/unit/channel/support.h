// Two ends of a channel in memory, and an attestation whose evidence is a text.
#pragma once

#include <catch2/catch.hpp>

#include "ucx_crypto/channel/identity.h"

namespace ucx_crypto::channel {

/// "Evidence" = the words "genuine " and the REPORT_DATA it is bound to.
class TextAttestation final : public attest::Attestation {
  public:
    explicit TextAttestation(attest::Mode mode, uint8_t domain_key_byte = 7, bool channel = false)
        : mode_(mode), channel_(channel), domain_key_(32) {
        for (auto& byte : domain_key_.expose_for_writing()) {
            byte = domain_key_byte;
        }
        domain_id_.fill(static_cast<uint8_t>(domain_key_byte + 1));
    }

    attest::Mode mode() const override { return mode_; }
    attest::Digest policy_digest() const override { return {}; }
    attest::Digest domain_id() const override { return domain_id_; }
    bool requires_channel_binding() const override { return channel_; }
    const SecretBytes* domain_key() const override { return &domain_key_; }

    Result<attest::Evidence> attest(const attest::Binding& binding) override {
        const auto data = attest::report_data(mode_, binding);
        Bytes report = to_bytes(as_bytes(word));
        report.insert(report.end(), data.begin(), data.end());
        return attest::Evidence{report, Bytes(endorsements_size, 9)};
    }

    Result<attest::Claims> appraise(attest::Mode peer_mode, const attest::Evidence& evidence,
                                    const attest::Binding& binding,
                                    std::chrono::system_clock::time_point) override {
        ++appraisals;
        attest::Claims claims;
        claims.mode = peer_mode;
        if (peer_mode == attest::Mode::kOff) {
            return claims;
        }
        Bytes expected = to_bytes(as_bytes("genuine "));
        const auto data = attest::report_data(peer_mode, binding);
        expected.insert(expected.end(), data.begin(), data.end());
        if (evidence.report != expected) {
            return Error(ErrorCode::kAuthentication, "evidence is not genuine or not bound");
        }
        claims.product = "text";
        return claims;
    }

    std::string word = "genuine ";
    size_t endorsements_size = 3000;
    int appraisals = 0;

  private:
    attest::Mode mode_;
    bool channel_;
    SecretBytes domain_key_;
    attest::Digest domain_id_{};
};

struct IdentityOptions {
    attest::Mode mode = attest::Mode::kEmulated;
    uint8_t domain_key = 7;
    bool channel_binding = false;
    std::string evidence_word = "genuine ";
    size_t endorsements_size = 3000;
    Settings settings{};
};

inline std::shared_ptr<Identity> make_identity(const IdentityOptions& options = {}) {
    auto attestation = std::make_unique<TextAttestation>(options.mode, options.domain_key,
                                                         options.channel_binding);
    attestation->word = options.evidence_word;
    attestation->endorsements_size = options.endorsements_size;
    auto identity = ProcessIdentity::create(options.settings, std::move(attestation));
    REQUIRE(identity.ok());
    return identity.value();
}

inline std::unique_ptr<SecureChannel> make_channel(std::shared_ptr<Identity> identity, Role role,
                                                   uint32_t counter,
                                                   const InstanceId& expected = {}) {
    auto channel = SecureChannel::create(std::move(identity), {role, counter, expected});
    REQUIRE(channel.ok());
    return std::move(channel).value();
}

/// Takes all that `from` wants to send.
inline Bytes take_output(SecureChannel& from) {
    Bytes bytes = to_bytes(from.handshake_output());
    from.handshake_sent(bytes.size());
    return bytes;
}

/// Gives `bytes` in pieces; the bytes taken, or the error.
inline Result<size_t> give(SecureChannel& to, ByteView bytes, size_t piece = SIZE_MAX) {
    size_t taken = 0;
    while (taken < bytes.size()) {
        const size_t size = std::min(piece, bytes.size() - taken);
        const size_t now = UCX_CRYPTO_TRY(to.receive_handshake(bytes.subspan(taken, size)));
        taken += now;
        if (now < size) {
            break;
        }
    }
    return taken;
}

struct Ends {
    std::shared_ptr<Identity> client_identity;
    std::shared_ptr<Identity> server_identity;
    std::unique_ptr<SecureChannel> client;
    std::unique_ptr<SecureChannel> server;

    static constexpr uint32_t kClientCounter = 1;
    static constexpr uint32_t kServerCounter = 5;

    explicit Ends(const IdentityOptions& client_options = {},
                  const IdentityOptions& server_options = {})
        : Ends(make_identity(client_options), make_identity(server_options)) {}

    Ends(std::shared_ptr<Identity> client_of, std::shared_ptr<Identity> server_of)
        : client_identity(std::move(client_of)), server_identity(std::move(server_of)) {
        client = make_channel(client_identity, Role::kClient, kClientCounter,
                              server_identity->instance_id(kServerCounter));
        server = make_channel(server_identity, Role::kServer, kServerCounter);
    }

    /// Exchanges flights until neither has anything to say; the first local error of each side.
    struct Errors {
        std::optional<Error> client;
        std::optional<Error> server;
    };
    Errors run(size_t piece = SIZE_MAX) {
        Errors errors;
        bool moved = true;
        while (moved) {
            moved = step(*client, *server, errors.server, piece);
            moved = step(*server, *client, errors.client, piece) || moved;
        }
        return errors;
    }

    bool both_open() const {
        return client->phase() == SecureChannel::Phase::kOpen &&
               server->phase() == SecureChannel::Phase::kOpen;
    }

  private:
    static bool step(SecureChannel& from, SecureChannel& to, std::optional<Error>& error,
                     size_t piece) {
        const Bytes flight = take_output(from);
        if (flight.empty()) {
            return false;
        }
        const auto given = give(to, flight, piece);
        if (!given.ok() && !error) {
            error = given.error();
        }
        return true;
    }
};

/// Sends `text` in one record; what the other side opens.
inline Result<std::string> pass(SecureChannel& from, SecureChannel& to, std::string_view text) {
    Bytes wire(record::Sealer::sealed_bound(text.size()));
    const std::array<ByteView, 1> parts{as_bytes(text)};
    const size_t size = UCX_CRYPTO_TRY(from.sealer().seal(record::RecordType::kData, parts, wire));
    const auto opened = UCX_CRYPTO_TRY(to.opener().open(MutableByteView(wire).first(size)));
    if (!opened) {
        return Error(ErrorCode::kInternal, "incomplete record");
    }
    return std::string(as_text(opened->plaintext));
}

inline void require_conversation(Ends& ends) {
    REQUIRE(ends.both_open());
    CHECK(ends.client->peer_instance() == ends.server_identity->instance_id(Ends::kServerCounter));
    CHECK(ends.server->peer_instance() == ends.client_identity->instance_id(Ends::kClientCounter));
    for (const auto* text : {"first", "", "third"}) {
        CHECK(pass(*ends.client, *ends.server, text).value() == text);
        CHECK(pass(*ends.server, *ends.client, text).value() == text);
    }
}

}  // namespace ucx_crypto::channel
