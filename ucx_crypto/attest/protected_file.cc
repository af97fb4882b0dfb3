#include "ucx_crypto/attest/protected_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::attest {
namespace {

std::string octal(mode_t mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
    return text;
}

Error open_error(const std::string& name, const std::string& path, int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return {ErrorCode::kNotFound, name +
                                              ": expected a file, found none; create it or "
                                              "correct the setting that names it"};
        case ELOOP:
            return {ErrorCode::kPermission, name +
                                                ": expected a regular file, found a symbolic link; "
                                                "name the file itself"};
        case EACCES:
        case EPERM:
            return {ErrorCode::kPermission,
                    name + ": expected to be allowed to read it, found: " + std::strerror(error) +
                        "; give it to this user (chown) or run: chmod 600 " + path};
        default:
            return {ErrorCode::kIo, name + ": cannot be opened: " + std::strerror(error)};
    }
}

Status check_owner_and_mode(const struct stat& status, const std::string& name,
                            const std::string& path, FileKind kind) {
    if (!S_ISREG(status.st_mode)) {
        return Error(ErrorCode::kPermission,
                     name + ": expected a regular file, found another kind; name a regular file");
    }
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        return Error(ErrorCode::kPermission, name + ": expected owner " +
                                                 std::to_string(geteuid()) + " or root, found " +
                                                 std::to_string(status.st_uid) + "; run: chown " +
                                                 std::to_string(geteuid()) + " " + path);
    }
    const mode_t forbidden = kind == FileKind::kSecret ? 077 : 022;
    if ((status.st_mode & forbidden) != 0) {
        const bool secret = kind == FileKind::kSecret;
        return Error(ErrorCode::kPermission,
                     name + ": expected " + (secret ? "mode 0600" : "it not to be writable") +
                         (secret ? "" : " by group and others") + ", found mode " +
                         octal(status.st_mode) + "; run: chmod " + (secret ? "600 " : "go-w ") +
                         path);
    }
    return success();
}

}  // namespace

Result<SecretBytes> read_protected_file(const std::string& path, std::string_view what,
                                        FileKind kind, size_t limit) {
    const std::string name = std::string(what) + " " + path;
    // O_NONBLOCK: opening a FIFO must not wait for a writer before its kind is looked at.
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) {
        return open_error(name, path, errno);
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) {
        return Error(ErrorCode::kIo, name + ": " + std::strerror(errno));
    }
    UCX_CRYPTO_TRY(check_owner_and_mode(status, name, path, kind));

    const auto size = static_cast<uint64_t>(status.st_size);
    if (size > limit) {
        return Error(ErrorCode::kInvalidArgument, name + ": expected at most " +
                                                      std::to_string(limit) + " bytes, found " +
                                                      std::to_string(size));
    }
    SecretBytes contents(size);
    const MutableByteView place = contents.expose_for_writing();
    size_t filled = 0;
    while (filled < size) {
        const ssize_t count = read(file.get(), place.data() + filled, size - filled);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return Error(ErrorCode::kIo,
                         name + ": " + (count < 0 ? std::strerror(errno) : "became shorter"));
        }
        filled += static_cast<size_t>(count);
    }
    return contents;
}

}  // namespace ucx_crypto::attest
