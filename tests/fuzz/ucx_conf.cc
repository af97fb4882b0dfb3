// ucx.conf of the working directory, which may belong to anybody.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "tests/fuzz/target.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/base/ucx_conf.h"

namespace ucx_crypto::fuzz {
namespace {

using Lists = std::vector<std::pair<std::string, std::string>>;

Lists lists_in(std::string_view text) {
    static const int file = memfd_create("ucx.conf", MFD_CLOEXEC);
    static const std::string path = "/proc/self/fd/" + std::to_string(file);
    UCX_CRYPTO_PROMISE(ftruncate(file, 0) == 0);
    UCX_CRYPTO_PROMISE(pwrite(file, text.data(), text.size(), 0) ==
                       static_cast<ssize_t>(text.size()));
    return transport_lists_in_file(path.c_str());
}

}  // namespace

void one_input(ByteView input) {
    std::string text(as_text(input));
    const Lists found = lists_in(text);
    for (const auto& [name, value] : found) {
        UCX_CRYPTO_PROMISE(is_transport_list(name));
        UCX_CRYPTO_PROMISE((name + value).find('\n') == std::string::npos);
        UCX_CRYPTO_PROMISE(text.find(name) != std::string::npos &&
                           text.find(value) != std::string::npos);
    }
    // Whatever stands before it, a line is seen.
    Lists expected = found;
    expected.emplace_back("UCX_TLS", "crypto_tcp");
    UCX_CRYPTO_PROMISE(lists_in(text + "\n UCX_TLS = crypto_tcp ; words\r\n") == expected);
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    for (const std::string_view text : {"UCX_TLS=tcp\n", "# UCX_TLS=tcp\nUCX_NET_DEVICES=all\n",
                                        "[section]\nMPI_UCX_TLS : self ; x",
                                        "\n\n=\n:\nUCX_TLS\nUCX_TLS=\nA_UCX_TLS=^tcp,ib\r\n"}) {
        all.push_back(to_bytes(as_bytes(text)));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
