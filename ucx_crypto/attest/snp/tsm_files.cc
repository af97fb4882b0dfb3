// The real operations of TsmFiles.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "ucx_crypto/attest/snp/tsm_report.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::attest::snp {

int TsmFiles::make_folder(const std::string& path) {
    return mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
}

int TsmFiles::remove_folder(const std::string& path) {
    return rmdir(path.c_str()) == 0 ? 0 : errno;
}

int TsmFiles::write(const std::string& path, ByteView bytes) {
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return errno;
    }
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0) {
        return errno;
    }
    return static_cast<size_t>(count) == bytes.size() ? 0 : EIO;
}

int TsmFiles::read(const std::string& path, size_t limit, Bytes& contents) {
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return errno;
    }
    contents.resize(limit + 1);
    size_t filled = 0;
    while (filled < contents.size()) {
        const ssize_t count =
            ::read(file.get(), contents.data() + filled, contents.size() - filled);
        if (count < 0 && errno != EINTR) {
            return errno;
        }
        if (count == 0) {
            break;
        }
        filled += count > 0 ? static_cast<size_t>(count) : 0;
    }
    contents.resize(filled);
    return filled > limit ? E2BIG : 0;
}

}  // namespace ucx_crypto::attest::snp
