// What the files of this folder share: each registers its benchmarks, and failures end in a status.
#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <functional>
#include <string>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::micro {

void register_aead();
void register_record();
void register_handshake();
void register_verification();
void register_connection();

/// Registers a benchmark. Where `body` returns an error the benchmark ends with it, and the program
/// with status 1.
benchmark::internal::Benchmark& add(const std::string& name,
                                    std::function<Status(benchmark::State&)> body);

/// Seconds that `operation` takes, for SetIterationTime().
template <typename Operation>
double seconds_of(Operation operation) {
    const auto start = std::chrono::steady_clock::now();
    operation();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace ucx_crypto::micro
