// Latency of MPI_Iallreduce, a sum of floats, and how much of it a computation of equal length
// hides.
#include <algorithm>
#include <array>
#include <vector>

#include "bench/osu/common/reduction.h"

namespace {

using namespace ucx_crypto::osu;

constexpr Benchmark kBenchmark = [] {
    Benchmark benchmark =
        reduction_benchmark("osu_iallreduce", "Non-blocking Allreduce Latency Test");
    benchmark.has_test_calls = true;
    return benchmark;
}();

constexpr std::array<std::string_view, 9> kColumns = {
    "Overall(us)",    "Compute(us)",   "Coll. Init(us)", "MPI_Test(us)", "MPI_Wait(us)",
    "Pure Comm.(us)", "Min Comm.(us)", "Max Comm.(us)",  "Overlap(%)"};
constexpr std::array<std::size_t, 4> kShort = {0, 1, 5, 8};  // without -f

/// Seconds of one iteration's parts.
struct Parts {
    double overall = 0, compute = 0, start = 0, test = 0, wait = 0;
};

/// Computes for `seconds`, with `calls` of MPI_Test between, whose time is returned.
double compute(double seconds, int calls, MPI_Request& request) {
    double tested = 0;
    const double started = MPI_Wtime();
    for (int done = 0; MPI_Wtime() - started - tested < seconds;) {
        const double now = MPI_Wtime();
        if (done < calls && now - started - tested >= seconds * done / calls) {
            int completed = 0;
            MPI_Test(&request, &completed, MPI_STATUS_IGNORE);
            tested += MPI_Wtime() - now;
            ++done;
        }
    }
    return tested;
}

/// One reduction, with a computation of `seconds` between its start and its end.
Parts iterate(Session& session, Reduction& reduction, std::size_t size, double seconds) {
    MPI_Request request = MPI_REQUEST_NULL;
    const double began = MPI_Wtime();
    MPI_Iallreduce(reduction.outgoing(), reduction.incoming(), Reduction::count(size), MPI_FLOAT,
                   MPI_SUM, MPI_COMM_WORLD, &request);
    const double started = MPI_Wtime();
    const double test = seconds > 0 ? compute(seconds, session.options().test_calls, request) : 0;
    const double computed = MPI_Wtime();
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    const double ended = MPI_Wtime();
    return {ended - began, computed - started - test, started - began, test, ended - computed};
}

/// The mean of all iterations of one size.
Parts loop_over(Session& session, Reduction& reduction, std::size_t size, LoopCounts loop,
                double seconds) {
    Parts sum;
    for (int i = 0; i < loop.warmup + loop.iterations; ++i) {
        if (session.validate()) {
            reduction.fill(size, i);
            session.synchronise();
        }
        const Parts parts = iterate(session, reduction, size, seconds);
        if (i >= loop.warmup) {
            sum.overall += parts.overall / loop.iterations;
            sum.compute += parts.compute / loop.iterations;
            sum.start += parts.start / loop.iterations;
            sum.test += parts.test / loop.iterations;
            sum.wait += parts.wait / loop.iterations;
        }
        if (session.validate()) {
            reduction.check(0, size / sizeof(float), i);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
    return sum;
}

double over_ranks(double mine, MPI_Op operation) {
    double result = 0;
    MPI_Allreduce(&mine, &result, 1, MPI_DOUBLE, operation, MPI_COMM_WORLD);
    return result;
}

void measure(Session& session) {
    Reduction reduction(session);
    const bool full = session.options().full;
    const auto shown = [&](const auto& all) {
        using Value = typename std::decay_t<decltype(all)>::value_type;
        if (full) {
            return std::vector<Value>(all.begin(), all.end());
        }
        std::vector<Value> few;
        few.reserve(kShort.size());
        for (const std::size_t i : kShort) {
            few.push_back(all[i]);
        }
        return few;
    };
    session.print_header("\n");
    session.print_title();
    session.print_header("# Overall = Coll. Init + Compute + MPI_Test + MPI_Wait\n\n");
    session.print_columns(shown(kColumns));

    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        const double alone = loop_over(session, reduction, size, loop, 0).overall;
        const Parts parts = loop_over(session, reduction, size, loop, alone);
        const auto mean = [&](double seconds) {
            return over_ranks(seconds * 1e6, MPI_SUM) / session.ranks();
        };
        std::array<double, kColumns.size()> figures = {mean(parts.overall),
                                                       mean(parts.compute),
                                                       mean(parts.start),
                                                       mean(parts.test),
                                                       mean(parts.wait),
                                                       mean(alone),
                                                       over_ranks(alone * 1e6, MPI_MIN),
                                                       over_ranks(alone * 1e6, MPI_MAX),
                                                       0};
        figures[8] = std::max(0.0, 100 - (figures[0] - figures[1]) / figures[5] * 100);
        session.finish_size(size, shown(figures));
    });
}

}  // namespace

int main(int argc, char** argv) {
    return run(argc, argv, kBenchmark, measure);
}
