#include "ucx_crypto/attest/agent/socket_client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <thread>

#include "tests/unit/attest/agent/fake_attester.h"
#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/attest/agent/attest_together.h"
#include "ucx_crypto/attest/agent/protocol.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::attest::agent {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kTime{5000};

UniqueFd listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd.get(), 8) == 0);
    return fd;
}

/// An agent that answers one request with what the test wants, and then closes.
class OneAnswer {
  public:
    OneAnswer(const std::string& path, std::function<Bytes(const Request&)> answer)
        : listener_(listen_at(path)), thread_([this, answer = std::move(answer)] {
              for (;;) {  // open_agent() connects to see whether somebody listens
                  const UniqueFd peer(accept(listener_.get(), nullptr, nullptr));
                  RequestBytes bytes{};
                  if (!peer.valid()) {
                      return;
                  }
                  if (recv(peer.get(), bytes.data(), bytes.size(), MSG_WAITALL) ==
                      static_cast<ssize_t>(bytes.size())) {
                      const Bytes reply = answer(decode_request(bytes).value());
                      send(peer.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
                      return;
                  }
              }
          }) {}
    ~OneAnswer() {
        shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    OneAnswer(const OneAnswer&) = delete;
    OneAnswer& operator=(const OneAnswer&) = delete;

  private:
    UniqueFd listener_;
    std::thread thread_;
};

Digest filled_with(uint8_t byte) {
    Digest digest{};
    digest.fill(byte);
    return digest;
}

Result<Evidence> ask(const std::string& path, milliseconds time = kTime) {
    auto client = UCX_CRYPTO_TRY(open_agent(path, time));
    return client->attest(Mode::kSnp, filled_with(1), filled_with(2));
}

Result<Evidence> ask(const std::string& path, std::function<Bytes(const Request&)> answer) {
    const OneAnswer agent(path, std::move(answer));
    return ask(path);
}

Bytes answer_for(const Identity& identity, Mode mode = Mode::kSnp) {
    FakeAttester attester;
    auto made = attest_together(mode, attester, {identity, {}});
    return encode({Outcome::kEvidence, mode, made.value()[0], ""}).value();
}

Error error_of(const Result<Evidence>& result) {
    REQUIRE_FALSE(result.ok());
    return result.error();
}

}  // namespace

TEST_CASE("agent client: it gets evidence about its own key, domain and user") {
    const TemporaryFolder folder;
    const auto evidence = ask(folder.path("s"), [](const Request& request) {
        return answer_for({geteuid(), request.domain_id, request.spki_hash});
    });
    INFO((evidence.ok() ? "" : evidence.error().message()));
    REQUIRE(evidence.ok());
    const auto shared = decode_agent_evidence(evidence->report);
    REQUIRE(shared.ok());
    CHECK(expected_report_data(Mode::kSnp, *shared, filled_with(2), filled_with(1))->size() == 64);
}

TEST_CASE("agent client: evidence about anything else is refused") {
    const TemporaryFolder folder;
    const auto refused = [&](const char* name, const std::function<Bytes(const Request&)>& answer) {
        return error_of(ask(folder.path(name), answer)).code();
    };
    CHECK(refused("key", [](const Request& r) {
              return answer_for({geteuid(), r.domain_id, filled_with(9)});
          }) == ErrorCode::kAuthentication);
    CHECK(refused("domain", [](const Request& r) {
              return answer_for({geteuid(), filled_with(9), r.spki_hash});
          }) == ErrorCode::kAuthentication);
    CHECK(refused("user", [](const Request& r) {
              return answer_for({geteuid() + 1, r.domain_id, r.spki_hash});
          }) == ErrorCode::kAuthentication);
    CHECK(refused("mode", [](const Request& r) {
              return answer_for({geteuid(), r.domain_id, r.spki_hash}, Mode::kEmulated);
          }) == ErrorCode::kRefused);
    CHECK(refused("other bytes", [](const Request&) { return Bytes(2000, 'x'); }) ==
          ErrorCode::kProtocol);
}

TEST_CASE("agent client: an agent that refuses, or ends, is told as what it is") {
    const TemporaryFolder folder;
    const Error busy = error_of(ask(folder.path("busy"), [](const Request&) {
        return encode({Outcome::kBusy, Mode::kSnp, {}, "too many of you"}).value();
    }));
    CHECK(busy.code() == ErrorCode::kExhausted);
    CHECK_THAT(busy.message(), Catch::Contains("too many of you"));
    const Error broken = error_of(ask(folder.path("broken"), [](const Request&) {
        return encode({Outcome::kNoReport, Mode::kSnp, {}, "no device"}).value();
    }));
    CHECK(broken.code() == ErrorCode::kIo);
    const Error ended = error_of(ask(folder.path("ended"), [](const Request&) { return Bytes(); }));
    CHECK(ended.code() == ErrorCode::kClosed);
    const Error half = error_of(ask(folder.path("half"), [](const Request& r) {
        Bytes bytes = answer_for({geteuid(), r.domain_id, r.spki_hash});
        bytes.pop_back();
        return bytes;
    }));
    CHECK(half.code() == ErrorCode::kClosed);
}

TEST_CASE("agent client: an agent that does not answer is waited for no longer than asked") {
    const TemporaryFolder folder;
    const UniqueFd listener = listen_at(folder.path("s"));  // nobody accepts
    const auto start = std::chrono::steady_clock::now();
    CHECK(error_of(ask(folder.path("s"), milliseconds(50))).code() == ErrorCode::kTimedOut);
    CHECK(std::chrono::steady_clock::now() - start < kTime);
}

TEST_CASE("agent client: a socket that nobody listens on, or that is none, is told as such") {
    const TemporaryFolder folder;
    CHECK_FALSE(is_there(folder.path("s")));
    const Error missing = error_of(ask(folder.path("s")));
    CHECK(missing.code() == ErrorCode::kNotFound);
    CHECK_THAT(missing.message(), Catch::Contains("systemctl start ucx-cryptod.socket"));
    listen_at(folder.path("s")).reset();
    CHECK(is_there(folder.path("s")));
    const Error stale = error_of(ask(folder.path("s")));
    CHECK(stale.code() == ErrorCode::kNotFound);
    CHECK_THAT(stale.message(), Catch::Contains("nobody does"));
    CHECK(error_of(ask(folder.write("file", "", 0600))).code() == ErrorCode::kPermission);
    const std::string link = folder.path("link");
    REQUIRE(symlink(folder.path("s").c_str(), link.c_str()) == 0);
    CHECK(error_of(ask(link)).code() == ErrorCode::kPermission);
    CHECK(error_of(ask("/" + std::string(200, 'x'))).code() == ErrorCode::kNotFound);
}

TEST_CASE("agent client: a socket that another user could have put there is refused") {
    const TemporaryFolder folder;
    const std::string inside = folder.path("inside");
    REQUIRE(mkdir(inside.c_str(), 0700) == 0);
    const std::string path = inside + "/s";
    const UniqueFd listener = listen_at(path);
    REQUIRE(open_agent(path, kTime).ok());
    for (const mode_t mode : {0770, 0702, 0777}) {
        REQUIRE(chmod(inside.c_str(), mode) == 0);
        CHECK(open_agent(path, kTime).error().code() == ErrorCode::kPermission);
    }
    REQUIRE(chmod(inside.c_str(), 01777) == 0);  // as /tmp: others cannot replace it
    CHECK(open_agent(path, kTime).ok());
    if (geteuid() != 0) {
        WARN("left out: only root can give a socket to another user");
        return;
    }
    REQUIRE(chmod(inside.c_str(), 0700) == 0);
    REQUIRE(chown(path.c_str(), 4711, 4711) == 0);
    CHECK(open_agent(path, kTime).error().code() == ErrorCode::kPermission);
    REQUIRE(chown(path.c_str(), 0, 0) == 0);
    REQUIRE(chown(inside.c_str(), 4711, 4711) == 0);
    CHECK(open_agent(path, kTime).error().code() == ErrorCode::kPermission);
}

}  // namespace ucx_crypto::attest::agent
