#include "ucx_crypto/base/kernel_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto {

std::string read_kernel_file(const std::string& path) {
    std::string text;
    const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> part;
    while (file.valid()) {
        const ssize_t size = read(file.get(), part.data(), part.size());
        if (size > 0) {
            text.append(part.data(), static_cast<size_t>(size));
        } else if (size == 0 || errno != EINTR) {
            break;
        }
    }
    return text;
}

}  // namespace ucx_crypto
