#include "tests/unit/tcp/resources.h"

#include <malloc.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace ucx_crypto::tcp {
namespace {

size_t entries(const char* folder) {
    const std::filesystem::directory_iterator entry(folder);
    return static_cast<size_t>(std::distance(begin(entry), end(entry)));
}

}  // namespace

size_t open_descriptors() {
    return entries("/proc/self/fd") - 1;  // the folder itself is open while it is read
}

size_t threads() {
    return entries("/proc/self/task");
}

size_t heap_in_use() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

size_t status_bytes(const std::string& name) {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == name + ":") {
            size_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes * 1024;
        }
    }
    return 0;
}

}  // namespace ucx_crypto::tcp
