#include "tests/fuzz/target.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ucx_crypto::fuzz {

std::vector<Bytes> real_files(std::string_view ending) {
    const char* setting = std::getenv("UCX_CRYPTO_TEST_DATA");
    std::error_code error;
    std::vector<std::filesystem::path> paths;
    for (std::filesystem::recursive_directory_iterator
             entry(setting != nullptr ? setting : UCX_CRYPTO_TEST_DATA, error),
         end;
         !error && entry != end; entry.increment(error)) {
        if (entry->path().string().ends_with(ending)) {
            paths.push_back(entry->path());
        }
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Bytes> contents;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        contents.emplace_back(std::istreambuf_iterator<char>(file),
                              std::istreambuf_iterator<char>());
    }
    return contents;
}

Bytes join(ByteView first, ByteView rest) {
    Bytes all = to_bytes(first);
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

void broken_promise(const char* promise, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
    std::abort();
}

}  // namespace ucx_crypto::fuzz
