// A target under libFuzzer. `fuzz_NAME --write-seeds=FOLDER` writes its seeds and ends.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/fuzz/target.h"

namespace {

int write_seeds(const std::string& folder) {
    size_t count = 0;
    for (const ucx_crypto::Bytes& seed : ucx_crypto::fuzz::seeds()) {
        const std::string path = folder + "/seed-" + std::to_string(count++);
        std::ofstream file(path, std::ios::binary);
        file << ucx_crypto::as_text(seed);
        if (!file.flush()) {
            std::fprintf(stderr, "expected to write %s, could not\n", path.c_str());
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    constexpr std::string_view kOption = "--write-seeds=";
    const std::string_view first = *count > 1 ? (*arguments)[1] : "";
    if (first.starts_with(kOption)) {
        std::exit(write_seeds(std::string(first.substr(kOption.size()))));
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    ucx_crypto::fuzz::one_input({data, size});
    return 0;
}
