#pragma once

#include <mpi.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "bench/osu/common/session.h"

namespace ucx_crypto::osu {

/// A benchmark of windows between two ranks, with OSU's defaults.
constexpr Benchmark bandwidth_benchmark(std::string_view program, std::string_view title) {
    return {
        .program = program,
        .title = title,
        .min_size = 1,
        .max_size = std::size_t{1} << 22,
        .small = {100, 10},
        .large = {20, 2},
        .min_ranks = 2,
        .max_ranks = 2,
        .has_window = true,
        .has_buffers = true,
    };
}

/// One direction of a bandwidth test between this rank and `peer`: a window of equal messages.
/// All messages share one buffer, unless -b multiple or -c gives each its own.
class Window {
  public:
    Window(Session& session, int peer);

    /// Gives the messages that this rank will send their contents for `iteration` (if validating).
    void fill(int iteration, std::size_t size);
    /// Starts the window's sends or receives; complete() ends them.
    void start_sends(std::size_t size);
    void start_receives(std::size_t size);
    void complete();
    /// Checks what the peer sent for `iteration` (if validating).
    void check(int iteration, std::size_t size);

  private:
    /// Where message `slot` of `size` bytes lies.
    [[nodiscard]] std::span<std::byte> slot(int slot, std::size_t size);

    Session& session_;
    int peer_;
    bool separate_;
    Buffer buffer_;
    std::vector<MPI_Request> requests_;
};

/// The four bytes by which a receiver tells the sender that a window has arrived.
void send_acknowledgement(int peer);
void receive_acknowledgement(int peer);

}  // namespace ucx_crypto::osu
