#include "ucx_crypto/attest/bounded_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::attest {
namespace {

Error system_error(const std::string& name, int error) {
    const ErrorCode code = error == ENOENT || error == ENOTDIR ? ErrorCode::kNotFound
                           : error == EACCES || error == EPERM ? ErrorCode::kPermission
                           : error == EMFILE || error == ENFILE || error == ENOMEM
                               ? ErrorCode::kExhausted
                               : ErrorCode::kIo;
    return {code, name + ": expected a readable file, found: " + std::strerror(error)};
}

}  // namespace

Result<Bytes> read_bounded_file(const std::string& path, const std::string& what, size_t limit) {
    const std::string name = what + " " + path;
    // O_NONBLOCK: opening a FIFO must not wait for a writer before its kind is looked at.
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (file.get() < 0 || fstat(file.get(), &status) != 0) {
        return system_error(name, errno);
    }
    if (!S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) > limit) {
        return Error(ErrorCode::kInvalidArgument,
                     name + ": expected a regular file of at most " + std::to_string(limit) +
                         " bytes, found " +
                         (S_ISREG(status.st_mode) ? std::to_string(status.st_size) + " bytes"
                                                  : "another kind"));
    }
    Bytes contents(static_cast<size_t>(status.st_size));
    size_t filled = 0;
    while (filled < contents.size()) {
        const ssize_t count = read(file.get(), contents.data() + filled, contents.size() - filled);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(name, errno);
        }
        if (count == 0) {
            return Error(ErrorCode::kIo, name + ": became shorter while it was read");
        }
        filled += static_cast<size_t>(count);
    }
    return contents;
}

Status replace_file(const std::string& path, ByteView contents) {
    std::string temporary = path + ".XXXXXX";
    const UniqueFd file(mkostemp(temporary.data(), O_CLOEXEC));
    bool good = file.get() >= 0;
    size_t done = 0;
    while (good && done < contents.size()) {
        const ssize_t count = write(file.get(), contents.data() + done, contents.size() - done);
        good = count > 0 || (count < 0 && errno == EINTR);
        done += count > 0 ? static_cast<size_t>(count) : 0;
    }
    good = good && fchmod(file.get(), 0644) == 0 && rename(temporary.c_str(), path.c_str()) == 0;
    if (good) {
        return success();
    }
    const int error = errno;
    if (file.get() >= 0) {
        unlink(temporary.c_str());
    }
    return Error(error == EACCES || error == EPERM ? ErrorCode::kPermission : ErrorCode::kIo,
                 path + ": cannot be written: " + std::strerror(error));
}

}  // namespace ucx_crypto::attest
