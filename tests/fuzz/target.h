// What a fuzz target is: one concept that reads foreign bytes, what it promises for any bytes, and
// inputs to start from. A program has exactly one target, and either libFuzzer's main() or the one
// of replay.cc.
#pragma once

#include <string_view>
#include <vector>

#include "ucx_crypto/base/bytes.h"

namespace ucx_crypto::fuzz {

/// Gives `input` to the concept and ends the process when a promise is broken. Keeps nothing from
/// one call to the next that could change what a later one does.
void one_input(ByteView input);

/// Inputs that reach beyond the first checks, made by code; empty folders of real data add nothing.
std::vector<Bytes> seeds();

/// Contents of the files that end in `ending` below the folder of real machines' data, which is not
/// part of the project; none where it is not there.
std::vector<Bytes> real_files(std::string_view ending);

/// `first` and then `rest`.
Bytes join(ByteView first, ByteView rest);

[[noreturn]] void broken_promise(const char* promise, const char* file, int line);

/// Ends the process, as the finding that it is, unless `condition` holds.
#define UCX_CRYPTO_PROMISE(condition) \
    ((condition) ? void() : ucx_crypto::fuzz::broken_promise(#condition, __FILE__, __LINE__))

}  // namespace ucx_crypto::fuzz
