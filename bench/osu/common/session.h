#pragma once

#include <mpi.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/osu/common/options.h"
#include "bench/osu/common/pattern.h"
#include "bench/osu/common/report.h"

namespace ucx_crypto::osu {

/// Page-aligned memory of a fixed size, already touched. Move-only; throws std::bad_alloc.
class Buffer {
  public:
    explicit Buffer(std::size_t bytes);
    ~Buffer();
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;

    [[nodiscard]] void* data() { return data_; }
    /// `length` bytes from `offset`, which must lie inside.
    [[nodiscard]] std::span<std::byte> part(std::size_t offset, std::size_t length) {
        return {data_ + offset, length};
    }
    template <typename Element>
    [[nodiscard]] std::span<Element> as(std::size_t count) {
        return {reinterpret_cast<Element*>(data_), count};
    }

  private:
    std::byte* data_ = nullptr;
    std::size_t bytes_ = 0;
};

/// Times the iterations of one size: as one interval from the first timed iteration to the last,
/// or, when validating, as the sum of the iterations without what lies between them.
class IterationTimer {
  public:
    IterationTimer(LoopCounts loop, bool each) : loop_(loop), each_(each) {}

    void begin(int iteration) {
        if (iteration == loop_.warmup || (each_ && iteration > loop_.warmup)) {
            started_ = MPI_Wtime();
        }
    }
    void end(int iteration) {
        const bool last = iteration == loop_.warmup + loop_.iterations - 1;
        if (last || (each_ && iteration >= loop_.warmup)) {
            seconds_ += MPI_Wtime() - started_;
        }
    }
    [[nodiscard]] double seconds() const { return seconds_; }

  private:
    LoopCounts loop_;
    bool each_;
    double started_ = 0;
    double seconds_ = 0;
};

/// The running benchmark on one rank: options, ranks, output on rank 0, verdicts.
class Session {
  public:
    Session(const Benchmark& benchmark, const Options& options, double init_seconds);

    [[nodiscard]] const Options& options() const { return options_; }
    [[nodiscard]] int rank() const { return rank_; }
    [[nodiscard]] int ranks() const { return ranks_; }
    [[nodiscard]] bool validate() const { return options_.validate; }
    [[nodiscard]] bool failed() const { return failed_; }
    /// What MPI_Init took on this rank.
    [[nodiscard]] double init_seconds() const { return init_seconds_; }

    /// What stands above the figures; nothing with --json.
    void print_title() const { print_header(benchmark_title()); }
    void print_header(std::string_view line) const;
    void print_columns(std::span<const std::string_view> columns, bool iterations = false);
    /// A line of rank 0, printed as it is.
    void print_line(std::string_view line) const;

    /// Calls `measure(size, loop)` for each size of -m on every rank.
    void for_each_size(const std::function<void(std::size_t, LoopCounts)>& measure);

    /// Ends the preparation of an iteration, when validating: nobody starts before all are ready.
    void synchronise() const {
        if (options_.validate) {
            MPI_Barrier(MPI_COMM_WORLD);
        }
    }

    /// The identity of a message in the current size's iteration; `slot` counts within a window.
    [[nodiscard]] MessageId message(int iteration, int slot, std::uint64_t stream) const;

    /// Checks a received message and notes (and reports once per size) a mismatch.
    void check(MessageId id, std::span<const std::byte> received);
    /// Notes a mismatch that the caller found; described on standard error, once per size and rank.
    void note_mismatch(std::size_t offset, double expected, double found);

    /// Collective: the verdict of all ranks on a size, "Pass" or "Fail"; nullptr when not
    /// validating.
    const char* settle_size();
    /// Collective: prints a size's line on rank 0, with the verdict of all ranks when validating.
    void finish_size(std::size_t size, std::span<const double> figures, int iterations = 0);
    /// Prints the line of a benchmark without sizes on rank 0.
    void print_figures(std::span<const double> figures, int iterations = 0) const;

  private:
    [[nodiscard]] std::string benchmark_title() const;
    void print_row(const Row& row) const;

    const Benchmark& benchmark_;
    Options options_;
    double init_seconds_;
    std::vector<std::string> columns_;
    int rank_ = 0;
    int ranks_ = 0;
    std::size_t size_ = 0;
    std::uint64_t size_index_ = 0;
    int mismatches_ = 0;
    bool failed_ = false;
};

/// The whole life of a benchmark: parses, starts MPI, checks the ranks, runs `body`, ends MPI.
/// Returns the exit status: 0 done, 1 failed (validation, memory), 2 usage.
[[nodiscard]] int run(int argc, char** argv, const Benchmark& benchmark,
                      const std::function<void(Session&)>& body);

}  // namespace ucx_crypto::osu
