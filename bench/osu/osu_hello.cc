// The least MPI program: it starts, meets once and ends. Its wall time is start-up's whole cost.
#include <array>
#include <string>

#include "bench/osu/common/session.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = {
    .program = "osu_hello",
    .title = "Hello World Test",
    .min_ranks = 1,
    .has_contents = false,
    .has_sizes = false,
    .has_loop = false,
};

void measure(Session& session) {
    MPI_Barrier(MPI_COMM_WORLD);
    session.print_title();
    session.print_header("This is a test with " + std::to_string(session.ranks()) + " processes\n");
    if (session.options().json) {
        session.print_columns(std::array<std::string_view, 1>{"Processes"});
        session.print_figures(std::array{static_cast<double>(session.ranks())});
    }
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
