// The two ranks of the job: MPI only tells them of each other. It keeps to shared memory and plain
// sockets, has nothing to do while a block runs, and never sees UCX.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "bench/duel/contestant.h"

namespace ucx_crypto::duel {

/// MPI from construction to the end of the scope.
class Ranks {
  public:
    Ranks(int* argc, char*** argv);
    ~Ranks();
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    bool first() const { return rank_ == 0; }
    int count() const { return count_; }
    Addresses exchange(const Addresses& mine) const;
    /// The first rank's value, on both. `meanwhile` is called until the other rank has arrived.
    double of_first(double value, const std::function<void()>& meanwhile) const;
    /// Prints on the first rank.
    void print(std::string_view text) const;
    /// Returns when both are here.
    void meet() const;
    /// Ends both processes.
    [[noreturn]] void abort(const std::string& message, int status) const;

  private:
    int rank_ = 0;
    int count_ = 0;
};

/// Whether this process speaks for the job before MPI has started.
bool is_first_process();

}  // namespace ucx_crypto::duel
