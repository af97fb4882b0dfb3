// The real operations of TsmFiles.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "ucx_crypto/attest/snp/tsm_report.h"

namespace ucx_crypto::attest::snp {
namespace {

class File {
  public:
    File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC)) {}
    ~File() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int fd() const { return fd_; }

  private:
    int fd_;
};

}  // namespace

int TsmFiles::make_folder(const std::string& path) {
    return mkdir(path.c_str(), 0700) == 0 ? 0 : errno;
}

int TsmFiles::remove_folder(const std::string& path) {
    return rmdir(path.c_str()) == 0 ? 0 : errno;
}

int TsmFiles::write(const std::string& path, ByteView bytes) {
    const File file(path, O_WRONLY);
    if (file.fd() < 0) {
        return errno;
    }
    const ssize_t count = ::write(file.fd(), bytes.data(), bytes.size());
    if (count < 0) {
        return errno;
    }
    return static_cast<size_t>(count) == bytes.size() ? 0 : EIO;
}

int TsmFiles::read(const std::string& path, size_t limit, Bytes& contents) {
    const File file(path, O_RDONLY);
    if (file.fd() < 0) {
        return errno;
    }
    contents.resize(limit + 1);
    size_t filled = 0;
    while (filled < contents.size()) {
        const ssize_t count = ::read(file.fd(), contents.data() + filled, contents.size() - filled);
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
