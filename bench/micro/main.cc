// Micro benchmarks: all of Google Benchmark's options; --help lists them. Exit status: 0 all ran, 1
// an operation failed, 2 wrong usage.
#include <cstdio>
#include <exception>

#include "bench/micro/micro.h"
#include "bench/micro/platform.h"

namespace ucx_crypto::micro {
namespace {

bool failed = false;

}  // namespace

benchmark::internal::Benchmark& add(const std::string& name,
                                    std::function<Status(benchmark::State&)> body) {
    // The library owns what it returns, which the analyzer cannot see.
    return *benchmark::RegisterBenchmark(  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
        name.c_str(), [body = std::move(body)](benchmark::State& state) {
            if (const Status ran = body(state); !ran) {
                failed = true;
                std::fprintf(stderr, "micro: %s\n", ran.error().message().c_str());
                state.SkipWithError(ran.error().message().c_str());
            }
        });
}

}  // namespace ucx_crypto::micro

int main(int argc, char** argv) {
    using namespace ucx_crypto::micro;
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    try {
        register_aead();
        register_record();
        register_handshake();
        register_verification();
        register_connection();
        if (benchmark::RunSpecifiedBenchmarks() == 0) {
            std::fprintf(stderr, "micro: expected a benchmark of that name, found none\n");
            failed = true;
        }
        remove_platform();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "micro: %s\n", error.what());
        failed = true;
    }
    return failed ? 1 : 0;
}
