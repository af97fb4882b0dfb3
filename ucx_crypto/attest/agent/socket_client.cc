#include "ucx_crypto/attest/agent/socket_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ucx_crypto/attest/agent/protocol.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::attest::agent {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr char kMend[] =
    "start it (systemctl start ucx-cryptod.socket), or set UCX_CRYPTO_AGENT=off where processes "
    "may use the device themselves";

bool is_trusted(uid_t uid) {
    return uid == 0 || uid == geteuid();
}

std::string name_of(const std::string& path) {
    return "node agent " + path;
}

Error untrusted(const std::string& path, const std::string& what, uid_t found) {
    return {ErrorCode::kPermission,
            name_of(path) + ": expected " + what + " root or this user, found user " +
                std::to_string(found) +
                "; have the administrator remove it and start ucx-cryptod, and mind that an agent "
                "serves no other user namespace"};
}

Error failed(const std::string& path, const std::string& what, int error) {
    return {ErrorCode::kIo, name_of(path) + ": " + what + ": " + std::strerror(error)};
}

/// So that nobody but root (or this user) could have put another socket in its place.
Status check_folder(const std::string& path) {
    const std::string folder = path.find('/') == std::string::npos
                                   ? "."
                                   : path.substr(0, std::max<size_t>(path.rfind('/'), 1));
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0) {
        return failed(path, "its folder cannot be examined", errno);
    }
    if (!is_trusted(status.st_uid)) {
        return untrusted(path, "its folder to belong to", status.st_uid);
    }
    if ((status.st_mode & 022) != 0 && (status.st_mode & S_ISVTX) == 0) {
        return Error(ErrorCode::kPermission, name_of(path) +
                                                 ": expected a folder that group and others "
                                                 "cannot write, found one that they can; run: "
                                                 "chmod go-w " +
                                                 folder);
    }
    return success();
}

Status check_file(const std::string& path) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return Error(ErrorCode::kNotFound, name_of(path) +
                                                   ": expected the socket of ucx-cryptod, found "
                                                   "none; " +
                                                   kMend);
        }
        return failed(path, "cannot be examined", errno);
    }
    if (!S_ISSOCK(status.st_mode)) {
        return Error(ErrorCode::kPermission, name_of(path) +
                                                 ": expected a socket, found another kind of file; "
                                                 "remove it and start ucx-cryptod");
    }
    if (!is_trusted(status.st_uid)) {
        return untrusted(path, "a socket of", status.st_uid);
    }
    return check_folder(path);
}

/// The kernel remembers who called listen(): systemd or the agent itself.
Status check_listener(const UniqueFd& socket, const std::string& path) {
    ucred listener{};
    socklen_t size = sizeof listener;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0) {
        return failed(path, "does not say who listens", errno);
    }
    return is_trusted(listener.uid) ? success()
                                    : Status(untrusted(path, "the listener to be", listener.uid));
}

Error not_connected(const std::string& path, int error) {
    switch (error) {
        case ECONNREFUSED:
            return {ErrorCode::kNotFound, name_of(path) +
                                              ": expected ucx-cryptod to listen, found that nobody "
                                              "does (it has ended?); " +
                                              kMend};
        case EACCES:
        case EPERM:
            return {ErrorCode::kPermission,
                    name_of(path) +
                        ": expected to be allowed to write to its socket, found that this user is "
                        "not; have the administrator allow it (SocketMode and SocketGroup in "
                        "ucx-cryptod.socket)"};
        case EAGAIN:
            return {ErrorCode::kTimedOut,
                    name_of(path) +
                        ": expected it to take this connection, found a full queue; "
                        "see the log of ucx-cryptod"};
        default:
            return failed(path, "cannot be reached", error);
    }
}

void set_timeout(const UniqueFd& socket, int option, Clock::time_point deadline) {
    using std::chrono::microseconds;
    // Zero would mean for ever.
    const auto left = std::max(std::chrono::duration_cast<microseconds>(deadline - Clock::now()),
                               microseconds(1000));
    timeval time{};
    time.tv_sec = left.count() / 1'000'000;
    time.tv_usec = left.count() % 1'000'000;
    setsockopt(socket.get(), SOL_SOCKET, option, &time, sizeof time);
}

Result<UniqueFd> connect_to(const std::string& path, Clock::time_point deadline) {
    UCX_CRYPTO_TRY(check_file(path));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return Error(ErrorCode::kInvalidArgument, name_of(path) + ": expected a path of at most " +
                                                      std::to_string(sizeof address.sun_path - 1) +
                                                      " bytes, found " +
                                                      std::to_string(path.size()));
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.valid()) {
        return failed(path, "no socket", errno);
    }
    int result = -1;
    do {  // a connect to a full queue waits as long as a send may
        set_timeout(socket, SO_SNDTIMEO, deadline);
        result = connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } while (result != 0 && errno == EINTR && Clock::now() < deadline);
    if (result != 0) {
        return not_connected(path, errno);
    }
    UCX_CRYPTO_TRY(check_listener(socket, path));
    return socket;
}

class SocketClient final : public AgentClient {
  public:
    SocketClient(std::string path, milliseconds time) : path_(std::move(path)), time_(time) {}

    Result<Evidence> attest(Mode mode, const Digest& spki_hash, const Digest& domain_id) override {
        const auto deadline = Clock::now() + time_;
        const UniqueFd socket = UCX_CRYPTO_TRY(connect_to(path_, deadline));
        UCX_CRYPTO_TRY(send_request(socket, {domain_id, spki_hash}, deadline));
        auto bytes = receive_answer(socket, deadline);
        auto answer = bytes.ok() ? decode_answer(*bytes) : Result<Answer>(bytes.error());
        if (!answer.ok()) {
            return std::move(answer).error().in(description());
        }
        if (answer->outcome != Outcome::kEvidence) {
            return Error(code_of(answer->outcome), description() + ": " + answer->text);
        }
        UCX_CRYPTO_TRY(check(*answer, mode, spki_hash, domain_id));
        return std::move(answer->evidence);
    }

    std::string description() const override { return name_of(path_); }

  private:
    static ErrorCode code_of(Outcome outcome) {
        switch (outcome) {
            case Outcome::kBusy:
                return ErrorCode::kExhausted;
            case Outcome::kBadRequest:
                return ErrorCode::kProtocol;
            case Outcome::kEvidence:
            case Outcome::kNoReport:
                break;
        }
        return ErrorCode::kIo;
    }

    Status send_request(const UniqueFd& socket, const Request& request,
                        Clock::time_point deadline) const {
        const RequestBytes bytes = encode(request);
        for (size_t sent = 0; sent < bytes.size();) {
            set_timeout(socket, SO_SNDTIMEO, deadline);
            const ssize_t count =
                send(socket.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
            if (count < 0 && errno == EINTR && Clock::now() < deadline) {
                continue;
            }
            if (count < 0) {
                return failed(path_, "takes no request", errno);
            }
            sent += static_cast<size_t>(count);
        }
        return success();
    }

    static Status receive(const UniqueFd& socket, MutableByteView into,
                          Clock::time_point deadline) {
        while (!into.empty()) {
            set_timeout(socket, SO_RCVTIMEO, deadline);
            const ssize_t count = recv(socket.get(), into.data(), into.size(), 0);
            if (count > 0) {
                into = into.subspan(static_cast<size_t>(count));
            } else if (count == 0 || errno == ECONNRESET) {
                return Error(ErrorCode::kClosed,
                             "expected an answer, found that it has closed the connection (it has "
                             "ended?); see its log, and start the job again");
            } else if (Clock::now() >= deadline) {
                return Error(ErrorCode::kTimedOut,
                             "expected an answer in time, found none; see its log");
            } else if (errno != EINTR && errno != EAGAIN) {
                return Error(ErrorCode::kIo, std::strerror(errno));
            }
        }
        return success();
    }

    static Result<Bytes> receive_answer(const UniqueFd& socket, Clock::time_point deadline) {
        std::array<uint8_t, kAnswerHeaderSize> header{};
        UCX_CRYPTO_TRY(receive(socket, header, deadline));
        const size_t body_size = UCX_CRYPTO_TRY(answer_body_size(header));
        Bytes bytes(header.begin(), header.end());
        bytes.resize(header.size() + body_size);
        UCX_CRYPTO_TRY(
            receive(socket, MutableByteView(bytes).subspan(kAnswerHeaderSize), deadline));
        return bytes;
    }

    /// That this is what peers will expect of us, so that a wrong answer fails here.
    Status check(const Answer& answer, Mode mode, const Digest& spki_hash,
                 const Digest& domain_id) const {
        if (answer.mode != mode) {
            return Error(ErrorCode::kRefused,
                         description() + ": expected one of mode " + std::string(to_string(mode)) +
                             ", found one of mode " + std::string(to_string(answer.mode)) +
                             "; set UCX_CRYPTO_ATTESTATION or UCX_CRYPTO_AGENT otherwise");
        }
        const auto shared = UCX_CRYPTO_TRY(decode_agent_evidence(answer.evidence.report));
        const auto expected =
            UCX_CRYPTO_TRY(expected_report_data(mode, shared, domain_id, spki_hash));
        const auto report = UCX_CRYPTO_TRY(snp::Report::parse(shared.report));
        if (report.report_data != expected || shared.uid != geteuid()) {
            return Error(ErrorCode::kAuthentication,
                         description() + ": expected evidence about this process of user " +
                             std::to_string(geteuid()) + ", found other evidence, for user " +
                             std::to_string(shared.uid) +
                             "; an agent serves no other user namespace");
        }
        return success();
    }

    const std::string path_;
    const milliseconds time_;
};

}  // namespace

bool is_there(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

Result<std::unique_ptr<AgentClient>> open_agent(const std::string& path, milliseconds time) {
    UCX_CRYPTO_TRY(connect_to(path, Clock::now() + time));
    return std::unique_ptr<AgentClient>(std::make_unique<SocketClient>(path, time));
}

}  // namespace ucx_crypto::attest::agent
