#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/osu/common/pattern.h"
#include "tests/integration/mpi/common/digest.h"

namespace ucx_crypto::mpi_test {

using osu::MessageId;

/// Exit statuses; automake's and CTest's convention for a skipped test.
inline constexpr int kExitPassed = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSkipped = 77;
inline constexpr int kExitTimeout = 124;

/// What is fixed about a test program.
struct Spec {
    const char* name = "";
    const char* purpose = "";  ///< one line of --help
    int min_ranks = 1;
    int thread_level = MPI_THREAD_SINGLE;
    bool has_full = false;
    const char* full_meaning = "";
    const char* quick_meaning = nullptr;  ///< of --quick, in the programs that have it
    int timeout_seconds = 120;            ///< default of --timeout
};

/// A test program on one rank: MPI from construction to finish(), checks, the digest.
///
/// Options of every program: --timeout SECONDS (0: none; the process then ends with status 124),
/// --help, and --full and --quick (for emulated machines) where the program has them. A bad command
/// line ends the process with status 2.
class Program {
  public:
    Program(int argc, char** argv, const Spec& spec);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] int rank() const { return rank_; }
    [[nodiscard]] int ranks() const { return ranks_; }
    /// The rank `distance` further on the ring.
    [[nodiscard]] int neighbour(int distance) const {
        return ((rank_ + distance) % ranks_ + ranks_) % ranks_;
    }
    /// The other rank of this rank's pair (0-1, 2-3, ...), or MPI_PROC_NULL for an odd one out.
    [[nodiscard]] int partner() const;
    [[nodiscard]] bool full() const { return full_; }
    [[nodiscard]] bool quick() const { return quick_; }
    /// The thread level that MPI provides.
    [[nodiscard]] int thread_level() const { return thread_level_; }

    /// A number that no other message of this program has, if called alike on every rank.
    [[nodiscard]] std::uint64_t next_serial() { return ++serial_; }

    /// Counts a failure, and describes the first few, if `holds` is false. One thread at a time.
    void expect(bool holds, const std::string& what);
    /// Checks received bytes against their pattern and adds them to the digest.
    void expect_pattern(MessageId id, std::span<const std::byte> received, const char* what);
    /// Checks a status's source, tag and length in bytes; -1 for any of the first two.
    void expect_status(const MPI_Status& status, int source, int tag, std::size_t bytes,
                       const char* what);
    /// Checks numbers one by one and adds them to the digest.
    template <typename Number>
    void expect_numbers(std::span<const Number> found, std::span<const Number> expected,
                        const std::string& what) {
        static_assert(std::is_arithmetic_v<Number>);
        expect(found.size() == expected.size(), what + ": number of elements");
        for (std::size_t i = 0; i < found.size() && i < expected.size(); ++i) {
            if (found[i] != expected[i]) {
                expect(false, what + ": element " + std::to_string(i) + ": expected " +
                                  std::to_string(expected[i]) + ", found " +
                                  std::to_string(found[i]));
            }
        }
        digest_.add(std::as_bytes(found));
    }
    Digest& digest() { return digest_; }

    /// Collective over `group`: combines failures and digests, and prints "RESULT <name> <hash>" on
    /// its first rank if nothing failed.
    void report(MPI_Comm group);
    /// Collective: ends MPI and returns the exit status; reports over the world if report() has not
    /// been called.
    [[nodiscard]] int finish();
    /// Collective: says why the program cannot run here, ends MPI and returns kExitSkipped.
    [[nodiscard]] int skip(const std::string& reason);

  private:
    void parse(int argc, char** argv);
    [[noreturn]] void usage(const std::string& error);

    Spec spec_;
    bool full_ = false;
    bool quick_ = false;
    int timeout_seconds_ = 0;
    int rank_ = 0;
    int ranks_ = 1;
    int thread_level_ = MPI_THREAD_SINGLE;
    std::uint64_t serial_ = 0;
    std::uint64_t failures_ = 0;  ///< of this rank; of the group after report()
    bool reported_ = false;
    Digest digest_;
};

/// A message's bytes, filled with its pattern.
[[nodiscard]] std::vector<std::byte> pattern(MessageId id, std::size_t size);

/// A pattern's stream for what `from` sends to `to`.
[[nodiscard]] constexpr std::uint64_t stream(int from, int to) {
    return static_cast<std::uint64_t>(from) << 32 | static_cast<std::uint32_t>(to);
}

[[nodiscard]] constexpr int as_int(std::size_t number) {
    return static_cast<int>(number);
}
[[nodiscard]] constexpr std::size_t as_size(int number) {
    return static_cast<std::size_t>(number);
}

}  // namespace ucx_crypto::mpi_test
