#include "bench/osu/common/one_sided.h"

#include <array>
#include <string>

#include "bench/osu/common/epoch.h"

namespace ucx_crypto::osu {
namespace {

/// `window` operations per iteration, each at a place of its own.
void run_transfer(Session& session, Direction direction, int window, std::string_view column,
                  const std::function<double(std::size_t, double)>& figure) {
    const std::size_t bytes = session.options().max_size * static_cast<std::size_t>(window);
    const RemoteMemory memory(session.options().window_kind, bytes);
    Buffer local(bytes);
    const bool puts = direction == Direction::kPut;
    const bool source = (session.rank() == 0) == puts;
    const std::uint64_t stream = puts ? 0 : kTarget;
    const auto part = [&](int slot, std::size_t size) {
        const std::size_t offset = static_cast<std::size_t>(slot) * size;
        return session.rank() == 0 ? local.part(offset, size) : memory.own().subspan(offset, size);
    };
    run_one_sided(session, memory, column,
                  {.fill =
                       [&](std::size_t size, int iteration) {
                           for (int i = 0; source && i < window; ++i) {
                               fill_pattern(session.message(iteration, i, stream), part(i, size));
                           }
                       },
                   .operate =
                       [&](std::size_t size) {
                           const int count = static_cast<int>(size);
                           for (int i = 0; i < window; ++i) {
                               void* const data = part(i, size).data();
                               const MPI_Aint place = memory.at(static_cast<std::size_t>(i) * size);
                               if (puts) {
                                   MPI_Put(data, count, MPI_CHAR, kTarget, place, count, MPI_CHAR,
                                           memory.window());
                               } else {
                                   MPI_Get(data, count, MPI_CHAR, kTarget, place, count, MPI_CHAR,
                                           memory.window());
                               }
                           }
                       },
                   .check =
                       [&](std::size_t size, int iteration) {
                           for (int i = 0; !source && i < window; ++i) {
                               session.check(session.message(iteration, i, stream), part(i, size));
                           }
                       }},
                  figure);
}

}  // namespace

void run_one_sided(Session& session, const RemoteMemory& memory, std::string_view column,
                   const OneSidedSteps& steps,
                   const std::function<double(std::size_t size, double seconds)>& figure) {
    session.print_title();
    const Options& options = session.options();
    session.print_header("# Window creation: " + std::string(to_string(options.window_kind)) +
                         "\n");
    session.print_header("# Synchronization: " + std::string(to_string(options.synchronisation)) +
                         "\n");
    session.print_columns(std::array{column});
    const bool origin = session.rank() == 0;
    const Epoch epoch(options.synchronisation, memory.window(), origin);
    const auto with_contents = [&](const auto& step, std::size_t size, int iteration) {
        if (origin) {
            step(size, iteration);
            return;
        }
        memory.lock_own();
        step(size, iteration);
        memory.unlock_own();
    };

    session.for_each_size([&](std::size_t size, LoopCounts loop) {
        IterationTimer timer(loop, session.validate());
        const int all = loop.warmup + loop.iterations;
        for (int i = 0; i < all; ++i) {
            if (session.validate()) {
                with_contents(steps.fill, size, i);
            }
            session.synchronise();
            if (epoch.takes_part()) {
                if (session.validate() || i == 0) {
                    epoch.acquire();
                }
                timer.begin(i);
                epoch.begin();
                if (origin) {
                    steps.operate(size);
                }
                epoch.end();
                timer.end(i);
                if (session.validate() || i == all - 1) {
                    epoch.release();
                }
            }
            session.synchronise();
            if (session.validate()) {
                with_contents(steps.check, size, i);
            }
        }
        session.finish_size(size, std::array{figure(size, timer.seconds() / loop.iterations)});
    });
}

double latency_figure(std::size_t /*size*/, double seconds) {
    return seconds * 1e6;
}

void run_transfer_latency(Session& session, Direction direction) {
    run_transfer(session, direction, 1, "Latency (us)", latency_figure);
}

void run_transfer_bandwidth(Session& session, Direction direction) {
    const int window = session.options().window;
    run_transfer(session, direction, window, "Bandwidth (MB/s)",
                 [window](std::size_t size, double seconds) {
                     return static_cast<double>(size) / 1e6 * window / seconds;
                 });
}

}  // namespace ucx_crypto::osu
