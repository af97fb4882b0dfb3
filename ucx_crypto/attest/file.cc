#include "ucx_crypto/attest/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ucx_crypto::attest {
namespace {

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

  private:
    int fd_;
};

Error cannot_open(const std::string& path, int error) {
    if (error == ELOOP) {
        return {ErrorCode::kPermission, path + ": expected a file, found a symbolic link"};
    }
    const ErrorCode code = error == ENOENT   ? ErrorCode::kNotFound
                           : error == EACCES ? ErrorCode::kPermission
                                             : ErrorCode::kIo;
    return {code, path + ": cannot be opened: " + std::strerror(error)};
}

}  // namespace

Result<SecretBytes> read_protected_file(const std::string& path, Access access, size_t limit) {
    // O_NONBLOCK: a fifo put in its place must not hang the job.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0) {
        return cannot_open(path, errno);
    }
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return cannot_open(path, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(ErrorCode::kPermission, path + ": expected a regular file, found none");
    }
    if (status.st_uid != ::geteuid() && status.st_uid != 0) {
        return Error(ErrorCode::kPermission,
                     path + ": expected to be owned by this user or root, found user " +
                         std::to_string(status.st_uid));
    }
    const mode_t forbidden =
        access == Access::kOwnerOnly ? (S_IRWXG | S_IRWXO) : (S_IWGRP | S_IWOTH);
    if ((status.st_mode & forbidden) != 0) {
        return Error(ErrorCode::kPermission,
                     path + (access == Access::kOwnerOnly
                                 ? ": expected permissions for its owner only, found more: chmod "
                                   "600 it, and make a new key if others could have read it"
                                 : ": expected to be writable by its owner only, found more: chmod "
                                   "go-w it"));
    }
    if (status.st_size < 0 || static_cast<size_t>(status.st_size) > limit) {
        return Error(ErrorCode::kInvalidArgument, path + ": expected at most " +
                                                      std::to_string(limit) + " bytes, found " +
                                                      std::to_string(status.st_size));
    }
    SecretBytes contents(static_cast<size_t>(status.st_size));
    size_t done = 0;
    while (done < contents.size()) {
        const ssize_t size =
            ::read(file.get(), contents.expose_for_writing().data() + done, contents.size() - done);
        if (size == 0) {
            return Error(ErrorCode::kIo, path + ": became shorter while it was read");
        }
        if (size < 0 && errno != EINTR) {
            return cannot_open(path, errno);
        }
        done += size > 0 ? static_cast<size_t>(size) : 0;
    }
    return contents;
}

}  // namespace ucx_crypto::attest
