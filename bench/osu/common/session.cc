#include "bench/osu/common/session.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace ucx_crypto::osu {
namespace {

constexpr std::size_t kPage = 4096;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

/// Whether this process speaks for the job before MPI_Init has told it its rank.
bool is_first_process() {
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"}) {
        if (const char* rank = std::getenv(name)) {
            return std::strcmp(rank, "0") == 0;
        }
    }
    return true;
}

/// MPI from construction to the end of the scope.
class MpiScope {
  public:
    MpiScope(int* argc, char*** argv) {
        const auto started = std::chrono::steady_clock::now();
        MPI_Init(argc, argv);
        seconds_ =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    }
    ~MpiScope() { MPI_Finalize(); }
    MpiScope(const MpiScope&) = delete;
    MpiScope& operator=(const MpiScope&) = delete;

    [[nodiscard]] double seconds() const { return seconds_; }

  private:
    double seconds_ = 0;
};

int usage_error(const Benchmark& benchmark, const std::string& error) {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        const std::string program(benchmark.program);
        std::fprintf(stderr, "%s: %s\n%s: see %s --help\n", program.c_str(), error.c_str(),
                     program.c_str(), program.c_str());
    }
    // mpirun ends the others as soon as one rank fails, so all wait for the message.
    MPI_Barrier(MPI_COMM_WORLD);
    return kExitUsage;
}

}  // namespace

Buffer::Buffer(std::size_t bytes) : bytes_((bytes / kPage + 1) * kPage) {
    data_ = static_cast<std::byte*>(std::aligned_alloc(kPage, bytes_));
    if (data_ == nullptr) {
        throw std::bad_alloc();
    }
    std::memset(data_, 0, bytes_);
}

Buffer::~Buffer() {
    std::free(data_);
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Session::Session(const Benchmark& benchmark, const Options& options, double init_seconds)
    : benchmark_(benchmark), options_(options), init_seconds_(init_seconds) {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
}

std::string Session::benchmark_title() const {
    return title_line(benchmark_);
}

void Session::print_header(std::string_view line) const {
    if (!options_.json) {
        print_line(line);
    }
}

void Session::print_line(std::string_view line) const {
    if (rank_ == 0) {
        std::fwrite(line.data(), 1, line.size(), stdout);
        std::fflush(stdout);
    }
}

void Session::print_columns(std::span<const std::string_view> columns, bool iterations) {
    columns_.assign(columns.begin(), columns.end());
    print_header(column_line(columns, iterations, options_.validate, benchmark_.has_contents));
}

void Session::print_row(const Row& row) const {
    print_line(options_.json ? json_line(benchmark_, columns_, row) : row_line(row));
}

void Session::for_each_size(const std::function<void(std::size_t, LoopCounts)>& measure) {
    for (size_ = options_.min_size; size_ <= options_.max_size; size_ = Options::next_size(size_)) {
        ++size_index_;
        mismatches_ = 0;
        MPI_Barrier(MPI_COMM_WORLD);
        measure(size_, options_.loop(size_));
    }
}

MessageId Session::message(int iteration, int slot, std::uint64_t stream) const {
    const auto serial =
        static_cast<std::uint64_t>(iteration) * static_cast<std::uint64_t>(options_.window) +
        static_cast<std::uint64_t>(slot);
    return {size_index_ << 56 | serial, stream};
}

void Session::check(MessageId id, std::span<const std::byte> received) {
    if (const auto mismatch = check_pattern(id, received)) {
        note_mismatch(mismatch->offset, mismatch->expected, mismatch->found);
    }
}

void Session::note_mismatch(std::size_t offset, double expected, double found) {
    if (mismatches_++ == 0) {
        std::fprintf(stderr,
                     "%s: rank %d: wrong data in a message of %zu bytes: at offset %zu expected "
                     "%.0f, found %.0f\n",
                     std::string(benchmark_.program).c_str(), rank_, size_, offset, expected,
                     found);
    }
}

const char* Session::settle_size() {
    if (!options_.validate) {
        return nullptr;
    }
    int wrong = mismatches_ != 0 ? 1 : 0;
    MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    failed_ = failed_ || wrong != 0;
    return wrong != 0 ? "Fail" : "Pass";
}

void Session::finish_size(std::size_t size, std::span<const double> figures, int iterations) {
    print_row({size, figures, iterations, settle_size()});
}

void Session::print_figures(std::span<const double> figures, int iterations) const {
    print_row({std::nullopt, figures, iterations, nullptr});
}

int run(int argc, char** argv, const Benchmark& benchmark,
        const std::function<void(Session&)>& body) {
    const auto parsed =
        parse_options(benchmark, {argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
    if (parsed.options && parsed.options->action != Action::kRun) {
        // Answered without MPI, so that it works where MPI cannot start.
        if (is_first_process()) {
            const std::string text = parsed.options->action == Action::kHelp
                                         ? help_text(benchmark)
                                         : title_line(benchmark).substr(2);
            std::fputs(text.c_str(), stdout);
        }
        return 0;
    }
    const MpiScope mpi(&argc, &argv);
    if (!parsed.options) {
        return usage_error(benchmark, parsed.error);
    }
    Session session(benchmark, *parsed.options, mpi.seconds());
    const std::string error = rank_error(benchmark, session.ranks(), parsed.options->pairs);
    if (!error.empty()) {
        return usage_error(benchmark, error);
    }
    try {
        body(session);
    } catch (const std::bad_alloc&) {
        std::fprintf(
            stderr,
            "%s: rank %d: not enough memory for the buffers: ask for smaller messages (-m) "
            "or, with -c, a smaller window\n",
            std::string(benchmark.program).c_str(), session.rank());
        MPI_Abort(MPI_COMM_WORLD, kExitFailed);
    }
    if (session.failed() && session.rank() == 0) {
        std::fprintf(stderr, "%s: validation failed\n", std::string(benchmark.program).c_str());
    }
    MPI_Barrier(MPI_COMM_WORLD);
    return session.failed() ? kExitFailed : 0;
}

}  // namespace ucx_crypto::osu
