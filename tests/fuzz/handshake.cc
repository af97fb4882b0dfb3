// The handshake between two ends whose bytes somebody alters on their way, and with a stranger who
// sends any bytes: options, then changes or bytes.
#include <algorithm>
#include <array>

#include "tests/fuzz/target.h"
#include "ucx_crypto/base/wire.h"
#include "ucx_crypto/handshake/handshake.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace handshake;

constexpr uint8_t kStranger = 1;  ///< no peer: the rest of the input is what one end receives
constexpr uint8_t kServer = 2;    ///< which end
constexpr uint8_t kHello = 4;     ///< a genuine HELLO stands before the stranger's bytes
constexpr uint32_t kServerCounter = 5;
constexpr size_t kMaxChanges = 4;

/// Evidence is the REPORT_DATA itself.
class EchoAttestation final : public attest::Attestation {
  public:
    attest::Mode mode() const override { return attest::Mode::kEmulated; }
    attest::Digest policy_digest() const override { return {}; }
    attest::Digest domain_id() const override { return {}; }
    bool requires_channel_binding() const override { return true; }
    const SecretBytes* domain_key() const override { return nullptr; }
    Result<attest::Evidence> attest(const attest::Binding& binding) override {
        const auto data = attest::report_data(mode(), binding);
        return attest::Evidence{to_bytes(data), {1}};
    }
    Result<attest::Claims> appraise(attest::Mode, const attest::Evidence& evidence,
                                    const attest::Binding& binding,
                                    std::chrono::system_clock::time_point) override {
        if (!equal(evidence.report, attest::report_data(mode(), binding))) {
            return Error(ErrorCode::kAuthentication, "not bound");
        }
        return attest::Claims{};
    }
};

/// What one process has; made once.
struct Process {
    Certificate certificate = Certificate::create().value();
    TlsContext tls = TlsContext::create(certificate).value();
    JobKeys keys = derive_job_keys(nullptr, "job").value();
    EchoAttestation attestation;
    attest::Evidence evidence;
    Local local{certificate, tls, keys, attestation, evidence, "job", 0, 2, 65536};
};

struct Ends {
    Process client_process;
    Process server_process;
    InstanceId server_id =
        instance_id(server_process.certificate.spki_hash(), kServerCounter).value();

    std::unique_ptr<Handshake> client() {
        return Handshake::create(client_process.local, Role::kClient, 1, server_id).value();
    }
    std::unique_ptr<Handshake> server() {
        return Handshake::create(server_process.local, Role::kServer, kServerCounter, {}).value();
    }
};

Ends& ends() {
    static Ends both;
    return both;
}

/// Gives one end bytes until it takes no more; what it refuses it refuses for good.
void give(Handshake& end, ByteView bytes) {
    while (!bytes.empty() && end.state() != Handshake::State::kOpen) {
        const auto taken = end.receive(bytes);
        if (!taken.ok()) {
            UCX_CRYPTO_PROMISE(end.state() == Handshake::State::kFailed && !end.peer_verified());
            const auto again = end.receive(bytes);
            UCX_CRYPTO_PROMISE(!again.ok() && again.error().message() == taken.error().message());
            return;
        }
        UCX_CRYPTO_PROMISE(*taken <= bytes.size() && *taken > 0);
        bytes = bytes.subspan(*taken);
    }
}

void meet_stranger(uint8_t options, ByteView bytes) {
    const bool is_server = (options & kServer) != 0;
    const auto end = is_server ? ends().server() : ends().client();
    Bytes received;
    if ((options & kHello) != 0) {
        const auto peer = is_server ? ends().client() : ends().server();
        if (!is_server) {
            give(*peer, end->output());
        }
        UCX_CRYPTO_PROMISE(peer->output().size() >= kHelloSize);
        received = to_bytes(peer->output().first(kHelloSize));
    }
    give(*end, join(received, bytes));
    UCX_CRYPTO_PROMISE(end->state() != Handshake::State::kOpen && !end->peer_verified());
    UCX_CRYPTO_PROMISE(end->output().size() <= kMaxReceived);
}

struct Change {
    bool from_client;
    size_t at;
    uint8_t flip;
};

/// The bytes from one end to the other.
struct Direction {
    Handshake& from;
    Handshake& to;
    bool from_client;
    size_t offset = 0;
    bool altered = false;

    /// False when there is nothing to carry.
    bool carry(const std::vector<Change>& changes, size_t piece) {
        const size_t size = std::min(piece, from.output().size());
        if (size == 0) {
            return false;
        }
        Bytes bytes = to_bytes(from.output().first(size));
        from.sent(size);
        for (const Change& change : changes) {
            if (change.from_client == from_client && change.at >= offset &&
                change.at < offset + size) {
                bytes[change.at - offset] ^= change.flip;
                altered = altered || change.flip != 0;
            }
        }
        offset += size;
        give(to, bytes);
        return true;
    }
};

void meet_each_other(ByteView choices_bytes) {
    WireReader choices(choices_bytes);
    const size_t piece = choices.u8() == 0 ? 7 : SIZE_MAX;
    std::vector<Change> changes;
    while (choices.remaining() > 0 && changes.size() < kMaxChanges) {
        const uint8_t which = choices.u8();
        changes.push_back({(which & 1) == 0, choices.u16() % size_t{2048}, choices.u8()});
    }
    const auto client = ends().client();
    const auto server = ends().server();
    Direction to_server{*client, *server, true};
    Direction to_client{*server, *client, false};
    while (to_server.carry(changes, piece) || to_client.carry(changes, piece)) {
    }
    const bool both =
        client->state() == Handshake::State::kOpen && server->state() == Handshake::State::kOpen;
    UCX_CRYPTO_PROMISE(both || to_server.altered || to_client.altered);
    // An end that is open has the other one's secrets, whatever happened to the bytes.
    if (server->state() == Handshake::State::kOpen) {
        UCX_CRYPTO_PROMISE(client->state() == Handshake::State::kOpen);
    }
    if (both) {
        const Outcome a = client->take_outcome();
        const Outcome b = server->take_outcome();
        UCX_CRYPTO_PROMISE(a.sending_secret == b.receiving_secret &&
                           a.receiving_secret == b.sending_secret &&
                           !(a.sending_secret == a.receiving_secret));
        UCX_CRYPTO_PROMISE(a.peer_instance == ends().server_id &&
                           a.max_plaintext == b.max_plaintext);
    }
}

}  // namespace

void one_input(ByteView input) {
    if (input.empty()) {
        return;
    }
    if ((input[0] & kStranger) != 0) {
        meet_stranger(input[0], input.subspan(1));
    } else {
        meet_each_other(input.subspan(1));
    }
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all = {{0, 0}, {0, 1}, {0, 1, 0, 0, 20, 1}, {0, 1, 1, 0, 69, 2}};
    for (const uint8_t which : {uint8_t{0}, uint8_t{1}}) {
        for (const uint8_t place : {uint8_t{0}, uint8_t{1}, uint8_t{2}, uint8_t{3}}) {
            all.push_back({0, 1, which, place, 100, 4});
        }
    }
    // A ClientHello for a server, and a ServerHello of another connection for a client.
    const auto client = ends().client();
    const auto server = ends().server();
    all.push_back(join(Bytes{kStranger | kServer}, client->output()));
    give(*server, client->output());
    client->sent(client->output().size());
    give(*client, server->output());
    all.push_back(join(Bytes{kStranger | kServer | kHello}, client->output()));
    all.push_back(join(Bytes{kStranger | kHello}, server->output().subspan(kHelloSize)));
    all.push_back({kStranger | kHello, 21, 3, 3, 0, 2, 2, 40});
    return all;
}

}  // namespace ucx_crypto::fuzz
