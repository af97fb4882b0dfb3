#include "ucx_crypto/agent/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace ucx_crypto::agent {
namespace {

constexpr int kFirstInherited = 3;  // SD_LISTEN_FDS_START
constexpr int kBacklog = 4096;      // the system has a limit of its own

Error failed(const std::string& what) {
    return {ErrorCode::kIo, what + ": " + std::strerror(errno)};
}

/// The variable's number, -1 without it. systemd's are for this process only.
int take_number(const char* name) {
    const char* text = std::getenv(name);
    int number = -1;
    if (text != nullptr) {
        std::from_chars(text, text + std::strlen(text), number);
    }
    unsetenv(name);
    return number;
}

int option_of(int fd, int option) {
    int value = -1;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

Result<UniqueFd> check_inherited(int count) {
    if (count != 1) {
        return Error(ErrorCode::kInvalidArgument, "LISTEN_FDS: expected 1 socket, found " +
                                                      std::to_string(count) +
                                                      "; see ucx-cryptod.socket");
    }
    UniqueFd fd(kFirstInherited);
    if (option_of(fd.get(), SO_DOMAIN) != AF_UNIX || option_of(fd.get(), SO_TYPE) != SOCK_STREAM ||
        option_of(fd.get(), SO_ACCEPTCONN) != 1) {
        return Error(ErrorCode::kInvalidArgument,
                     "descriptor 3: expected a listening unix stream socket, found another file; "
                     "see ucx-cryptod.socket");
    }
    if (fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) {
        return failed("the inherited socket");
    }
    return fd;
}

/// Removes a socket that an agent left behind.
Status make_way(const std::string& path, const sockaddr_un& address) {
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) {
        return success();  // whatever is wrong, bind() will say it
    }
    if (!S_ISSOCK(status.st_mode)) {
        return Error(ErrorCode::kInvalidArgument,
                     path +
                         ": expected a socket or nothing, found another kind of file; choose "
                         "another path");
    }
    const UniqueFd probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
        errno == EAGAIN) {
        return Error(ErrorCode::kRefused,
                     path +
                         ": expected nobody to listen, found an agent; end it first, or choose "
                         "another path");
    }
    if (errno != ECONNREFUSED || unlink(path.c_str()) != 0) {
        return failed(path);
    }
    return success();
}

Result<UniqueFd> listen_at(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return Error(ErrorCode::kInvalidArgument,
                     "socket '" + path + "': expected a path of 1 to " +
                         std::to_string(sizeof address.sun_path - 1) + " bytes, found " +
                         std::to_string(path.size()));
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    umask(022);
    std::error_code error;
    if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty()) {
        std::filesystem::create_directories(folder, error);  // bind() says what is wrong
    }
    UCX_CRYPTO_TRY(make_way(path, address));
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid() ||
        bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        chmod(path.c_str(), 0666) != 0 || listen(fd.get(), kBacklog) != 0) {
        return failed(path + ": cannot listen");
    }
    return fd;
}

}  // namespace

Result<Listener> Listener::open(const std::string& path) {
    const int process = take_number("LISTEN_PID");
    const int count = take_number("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (process == getpid()) {
        return Listener(UCX_CRYPTO_TRY(check_inherited(count)), "", "the inherited socket");
    }
    return Listener(UCX_CRYPTO_TRY(listen_at(path)), path, path);
}

Listener::~Listener() {
    if (fd_.valid() && !own_path_.empty()) {
        unlink(own_path_.c_str());
    }
}

}  // namespace ucx_crypto::agent
