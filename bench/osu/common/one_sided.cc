#include "bench/osu/common/one_sided.h"

#include <array>

namespace ucx_crypto::osu {
namespace {

/// `window` operations per iteration, each at a place of its own.
void run_transfer(Session& session, Direction direction, int window, std::string_view column,
                  const std::function<double(std::size_t, double)>& figure) {
    const std::size_t bytes = session.options().max_size * static_cast<std::size_t>(window);
    const RemoteMemory memory(bytes);
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
                               const auto place = static_cast<MPI_Aint>(i) * count;
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

RemoteMemory::RemoteMemory(std::size_t bytes) {
    std::byte* base = nullptr;
    MPI_Win_allocate(static_cast<MPI_Aint>(bytes), 1, MPI_INFO_NULL, MPI_COMM_WORLD, &base,
                     &window_);
    own_ = {base, bytes};
}

RemoteMemory::~RemoteMemory() {
    MPI_Win_free(&window_);
}

void RemoteMemory::lock_own() const {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Win_lock(MPI_LOCK_EXCLUSIVE, rank, 0, window_);
}

void RemoteMemory::unlock_own() const {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Win_unlock(rank, window_);
}

void run_one_sided(Session& session, const RemoteMemory& memory, std::string_view column,
                   const OneSidedSteps& steps,
                   const std::function<double(std::size_t size, double seconds)>& figure) {
    session.print_title();
    session.print_header("# Window creation: MPI_Win_allocate\n");
    session.print_header("# Synchronization: MPI_Win_flush\n");
    session.print_columns(std::array{column});
    const bool origin = session.rank() == 0;
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
            if (origin) {
                if (session.validate() || i == 0) {
                    MPI_Win_lock(MPI_LOCK_SHARED, kTarget, 0, memory.window());
                }
                timer.begin(i);
                steps.operate(size);
                MPI_Win_flush(kTarget, memory.window());
                timer.end(i);
                if (session.validate() || i == all - 1) {
                    MPI_Win_unlock(kTarget, memory.window());
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
