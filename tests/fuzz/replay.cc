// A target without libFuzzer, for every compiler: its seeds, the files below the folders given as
// arguments, and of each of them some simple changes.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/target.h"

namespace {

using ucx_crypto::Bytes;
using ucx_crypto::ByteView;

constexpr size_t kChanges = 16;  // of each kind for each input

/// Short by some bytes, and with one bit another.
size_t replay_with_changes(const Bytes& input) {
    ucx_crypto::fuzz::one_input(input);
    size_t count = 1;
    const size_t step = input.size() / kChanges + 1;
    for (size_t at = 0; at < input.size(); at += step, count += 2) {
        ucx_crypto::fuzz::one_input(ByteView(input).first(at));
        Bytes changed = input;
        changed[at] ^= static_cast<uint8_t>(1U << (at / step % 8));
        ucx_crypto::fuzz::one_input(changed);
    }
    return count;
}

}  // namespace

int main(int count, char** arguments) {
    std::vector<Bytes> inputs = ucx_crypto::fuzz::seeds();
    for (int i = 1; i < count; ++i) {
        for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
            std::ifstream file(entry.path(), std::ios::binary);
            inputs.emplace_back(std::istreambuf_iterator<char>(file),
                                std::istreambuf_iterator<char>());
        }
    }
    if (inputs.empty()) {
        std::fprintf(stderr, "expected seeds, found none\n");
        return EXIT_FAILURE;
    }
    size_t given = 0;
    for (const Bytes& input : inputs) {
        given += replay_with_changes(input);
    }
    std::printf("%zu inputs of %zu seeds and files\n", given, inputs.size());
    return EXIT_SUCCESS;
}
