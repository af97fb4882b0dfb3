#include "tests/integration/mpi/common/program.h"

#include <unistd.h>

#include <charconv>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace ucx_crypto::mpi_test {
namespace {

constexpr std::uint64_t kDescribedFailures = 5;

void on_timeout(int) {
    constexpr std::string_view kMessage = "test program: not finished within its --timeout\n";
    const auto written = write(STDERR_FILENO, kMessage.data(), kMessage.size());
    static_cast<void>(written);
    _exit(kExitTimeout);
}

}  // namespace

Program::Program(int argc, char** argv, const Spec& spec)
    : spec_(spec), timeout_seconds_(spec.timeout_seconds) {
    parse(argc, argv);
    // A hang is a failure: the alarm bounds every wait of the program, MPI_Init included.
    std::signal(SIGALRM, on_timeout);
    alarm(static_cast<unsigned>(timeout_seconds_));
    MPI_Init_thread(&argc, &argv, spec_.thread_level, &thread_level_);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
    if (ranks_ < spec_.min_ranks) {
        if (rank_ == 0) {
            std::fprintf(stderr, "%s: expected at least %d ranks, found %d: start it with mpirun\n",
                         spec_.name, spec_.min_ranks, ranks_);
        }
        MPI_Finalize();
        std::exit(kExitUsage);
    }
}

void Program::parse(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--help" || word == "-h") {
            std::printf("usage: mpirun -np RANKS %s [--timeout SECONDS]%s%s\n\n%s\n", spec_.name,
                        spec_.has_full ? " [--full]" : "",
                        spec_.quick_meaning != nullptr ? " [--quick]" : "", spec_.purpose);
            std::printf(
                "\n  --timeout SECONDS  end with status %d after this time (%d; 0: never)\n",
                kExitTimeout, spec_.timeout_seconds);
            if (spec_.has_full) {
                std::printf("  --full             %s (and ten times the timeout)\n",
                            spec_.full_meaning);
            }
            if (spec_.quick_meaning != nullptr) {
                std::printf("  --quick            %s\n", spec_.quick_meaning);
            }
            std::exit(kExitPassed);
        }
        if (word == "--quick" && spec_.quick_meaning != nullptr) {
            quick_ = true;
        } else if (word == "--full" && spec_.has_full) {
            full_ = true;
            timeout_seconds_ = 10 * spec_.timeout_seconds;  // unless a --timeout follows
        } else if (word == "--timeout" && i + 1 < argc) {
            const std::string_view value = argv[++i];
            const char* const end = value.data() + value.size();
            const auto [stop, error] = std::from_chars(value.data(), end, timeout_seconds_);
            if (error != std::errc{} || stop != end || timeout_seconds_ < 0) {
                usage("--timeout: expected seconds, found '" + std::string(value) + "'");
            }
        } else {
            usage("unknown or incomplete option '" + std::string(word) + "'");
        }
    }
}

void Program::usage(const std::string& error) {
    std::fprintf(stderr, "%s: %s; see %s --help\n", spec_.name, error.c_str(), spec_.name);
    std::exit(kExitUsage);
}

int Program::partner() const {
    const int other = rank_ ^ 1;
    return other < ranks_ ? other : MPI_PROC_NULL;
}

void Program::expect(bool holds, const std::string& what) {
    if (holds) {
        return;
    }
    if (failures_++ < kDescribedFailures) {
        std::fprintf(stderr, "%s: rank %d: FAILED: %s\n", spec_.name, rank_, what.c_str());
    }
}

void Program::expect_pattern(MessageId id, std::span<const std::byte> received, const char* what) {
    if (const auto mismatch = osu::check_pattern(id, received)) {
        expect(false, std::string(what) + " of " + std::to_string(received.size()) +
                          " bytes: at offset " + std::to_string(mismatch->offset) + " expected " +
                          std::to_string(mismatch->expected) + ", found " +
                          std::to_string(mismatch->found));
    }
    digest_.add(received);
}

void Program::expect_status(const MPI_Status& status, int source, int tag, std::size_t bytes,
                            const char* what) {
    int count = -1;
    MPI_Get_count(&status, MPI_BYTE, &count);
    expect(count == as_int(bytes) && (source == -1 || status.MPI_SOURCE == source) &&
               (tag == -1 || status.MPI_TAG == tag),
           std::string(what) + ": expected source " + std::to_string(source) + ", tag " +
               std::to_string(tag) + ", " + std::to_string(bytes) + " bytes, found " +
               std::to_string(status.MPI_SOURCE) + ", " + std::to_string(status.MPI_TAG) + ", " +
               std::to_string(count));
}

void Program::report(MPI_Comm group) {
    int group_rank = 0;
    int group_size = 0;
    MPI_Comm_rank(group, &group_rank);
    MPI_Comm_size(group, &group_size);
    std::uint64_t failures = 0;
    MPI_Allreduce(&failures_, &failures, 1, MPI_UINT64_T, MPI_SUM, group);
    const std::uint64_t mine = digest_.value();
    std::vector<std::uint64_t> all(as_size(group_size));
    MPI_Gather(&mine, 1, MPI_UINT64_T, all.data(), 1, MPI_UINT64_T, 0, group);
    if (group_rank == 0 && failures == 0) {
        Digest digest;
        for (const std::uint64_t each : all) {
            digest.add(each);
        }
        std::printf("RESULT %s %016" PRIx64 "\n", spec_.name, digest.value());
        std::fflush(stdout);
    } else if (group_rank == 0) {
        std::fprintf(stderr, "%s: %" PRIu64 " checks failed\n", spec_.name, failures);
    }
    failures_ = failures;
    reported_ = true;
}

int Program::finish() {
    if (!reported_) {
        report(MPI_COMM_WORLD);
    }
    MPI_Barrier(MPI_COMM_WORLD);  // mpirun ends the others as soon as one rank fails
    MPI_Finalize();
    return failures_ == 0 ? kExitPassed : kExitFailed;
}

int Program::skip(const std::string& reason) {
    if (rank_ == 0) {
        std::printf("SKIP %s: %s\n", spec_.name, reason.c_str());
        std::fflush(stdout);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return kExitSkipped;
}

std::vector<std::byte> pattern(MessageId id, std::size_t size) {
    std::vector<std::byte> message(size);
    osu::fill_pattern(id, message);
    return message;
}

}  // namespace ucx_crypto::mpi_test
