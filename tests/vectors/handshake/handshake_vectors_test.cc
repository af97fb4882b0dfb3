// The handshake's bytes and keys against handshake.txt, which generate.py computes independently.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "ucx_crypto/handshake/key_schedule.h"

namespace ucx_crypto::handshake {
namespace {

Bytes from_hex(const std::string& text) {
    Bytes bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(static_cast<uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

/// The file, and what every case starts from.
struct Vectors {
    std::map<std::string, Bytes> values;

    Vectors() {
        std::ifstream file(HANDSHAKE_VECTORS);
        std::string line;
        while (std::getline(file, line)) {
            const size_t space = line.find(' ');
            if (!line.empty() && line[0] != '#' && space != std::string::npos) {
                values[line.substr(0, space)] = from_hex(line.substr(space + 1));
            }
        }
        REQUIRE(values.size() == 29);
    }

    const Bytes& operator[](const std::string& name) const { return values.at(name); }

    template <size_t N>
    std::array<uint8_t, N> array(const std::string& name) const {
        std::array<uint8_t, N> out{};
        REQUIRE(values.at(name).size() == N);
        std::copy(values.at(name).begin(), values.at(name).end(), out.begin());
        return out;
    }

    SecretBytes secret(const std::string& name) const {
        return SecretBytes::copy_of(values.at(name));
    }

    JobKeys keys() const {
        const SecretBytes domain_key = secret("domain_key");
        return derive_job_keys(&domain_key, as_text(values.at("job_id"))).value();
    }
};

template <typename View>
std::string hex(const View& view) {
    return to_hex(ByteView(view));
}

Bytes pattern(uint8_t start, size_t size) {
    Bytes bytes(size);
    for (size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<uint8_t>(start + i);
    }
    return bytes;
}

}  // namespace

TEST_CASE("Instance ids and job keys are the published ones") {
    const Vectors v;
    CHECK(hex(instance_id(v.array<32>("spki_hash_client"), 1).value()) ==
          hex(v["instance_client"]));
    CHECK(hex(instance_id(v.array<32>("spki_hash_server"), 0x01020304).value()) ==
          hex(v["instance_server"]));
    const JobKeys with = v.keys();
    CHECK(hex(with.domain_secret.expose()) == hex(v["domain_secret"]));
    CHECK(hex(with.job_key.expose()) == hex(v["job_key"]));
    CHECK(hex(with.hello_key.expose()) == hex(v["hello_key"]));
    const JobKeys without = derive_job_keys(nullptr, as_text(v["job_id"])).value();
    CHECK(hex(without.domain_secret.expose()) == hex(v["domain_secret_without_domain_key"]));
    CHECK(hex(without.job_key.expose()) == hex(v["job_key_without_domain_key"]));
    CHECK(hex(without.hello_key.expose()) == hex(v["hello_key_without_domain_key"]));
}

TEST_CASE("HELLO has the published bytes and is read back") {
    const Vectors v;
    const SecretBytes key = v.secret("hello_key");
    Hello hello;
    hello.role = Role::kServer;
    hello.own = v.array<16>("instance_server");
    hello.peer = v.array<16>("instance_client");
    hello.interface_counter = 0x01020304;
    CHECK(hex(encode(hello, key).value()) == hex(v["hello_server"]));
    CHECK(decode_hello(v.array<kHelloSize>("hello_server"), Role::kServer, key).value() == hello);
    CHECK(!decode_hello(v.array<kHelloSize>("hello_server"), Role::kClient, key).ok());
    CHECK(!decode_hello(v.array<kHelloSize>("hello_server"), Role::kServer,
                        v.secret("hello_key_without_domain_key"))
               .ok());
    hello.role = Role::kClient;
    std::swap(hello.own, hello.peer);
    hello.interface_counter = 1;
    CHECK(hex(encode(hello, key).value()) == hex(v["hello_client"]));
}

TEST_CASE("CONFIRM has the published bytes and is read back") {
    const Vectors v;
    Confirm client;
    client.mode = attest::Mode::kEmulated;
    client.evidence_purpose = 1;
    client.algorithm = 2;
    client.max_plaintext = 67584;
    client.rank = 7;
    const Bytes policy = pattern(1, 32);
    std::copy(policy.begin(), policy.end(), client.policy_digest.begin());
    client.membership = v.array<kHashSize>("membership_client");
    client.job_id = as_text(v["job_id"]);
    client.evidence = {pattern(3, 100), pattern(5, 300)};
    CHECK(hex(encode(client).value()) == hex(v["confirm_client"]));

    const Bytes& server_bytes = v["confirm_server"];
    const auto header = decode_message_header(ByteView(server_bytes).first(kMessageHeaderSize),
                                              MessageType::kConfirm);
    REQUIRE(header.ok());
    const ByteView body = ByteView(server_bytes).subspan(kMessageHeaderSize);
    REQUIRE(header->body_size == body.size());
    const Confirm server = decode_confirm(body).value();
    CHECK(server.mode == attest::Mode::kOff);
    CHECK(server.rank == kUnknownRank);
    CHECK(server.max_plaintext == 1024);
    CHECK(hex(encode(server).value()) == hex(server_bytes));
    for (size_t size = 0; size < body.size(); ++size) {
        CHECK(!decode_confirm(body.first(size)).ok());
    }
}

TEST_CASE("Proofs, transcript, ACCEPT and traffic secrets are the published ones") {
    const Vectors v;
    const JobKeys keys = v.keys();
    const SecretBytes exporter = v.secret("exporter");
    const auto hello_c = v.array<kHelloSize>("hello_client");
    const auto hello_s = v.array<kHelloSize>("hello_server");
    const auto spki_c = v.array<32>("spki_hash_client");
    const auto spki_s = v.array<32>("spki_hash_server");
    const TlsTranscript tls{hello_c, hello_s, spki_c, spki_s};
    CHECK(hex(evidence_exporter(exporter).value().expose()) == hex(v["evidence_exporter"]));
    CHECK(hex(membership_proof(keys, exporter, Role::kClient, tls).value()) ==
          hex(v["membership_client"]));
    CHECK(hex(membership_proof(keys, exporter, Role::kServer, tls).value()) ==
          hex(v["membership_server"]));
    const Hash transcript = transcript_hash(tls, v["confirm_client"], v["confirm_server"]).value();
    CHECK(hex(transcript) == hex(v["transcript"]));
    for (const Role role : {Role::kClient, Role::kServer}) {
        const Accept accept = accept_proofs(keys, exporter, role, transcript).value();
        CHECK(hex(encode(accept).value()) == hex(v["accept_" + std::string(to_string(role))]));
    }
    for (const uint32_t stream : {0U, 1U, 3U}) {
        const TrafficSecrets secrets =
            traffic_secrets(keys, exporter, transcript, v.array<16>("instance_client"),
                            v.array<16>("instance_server"), stream)
                .value();
        const std::string suffix = "_stream_" + std::to_string(stream);
        CHECK(hex(secrets.client_to_server.expose()) ==
              hex(v["traffic_client_to_server" + suffix]));
        CHECK(hex(secrets.server_to_client.expose()) ==
              hex(v["traffic_server_to_client" + suffix]));
    }
}

}  // namespace ucx_crypto::handshake
