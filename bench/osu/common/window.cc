#include "bench/osu/common/window.h"

namespace ucx_crypto::osu {
namespace {

constexpr int kDataTag = 100;
constexpr int kAcknowledgementTag = 101;

}  // namespace

Window::Window(Session& session, int peer)
    : session_(session),
      peer_(peer),
      separate_(session.validate() || session.options().multiple_buffers),
      buffer_(session.options().max_size *
              static_cast<std::size_t>(separate_ ? session.options().window : 1)),
      requests_(static_cast<std::size_t>(session.options().window), MPI_REQUEST_NULL) {}

std::span<std::byte> Window::slot(int slot, std::size_t size) {
    return buffer_.part(separate_ ? static_cast<std::size_t>(slot) * size : 0, size);
}

void Window::fill(int iteration, std::size_t size) {
    if (!session_.validate()) {
        return;
    }
    const auto stream = static_cast<std::uint64_t>(session_.rank());
    for (int i = 0; i < session_.options().window; ++i) {
        fill_pattern(session_.message(iteration, i, stream), slot(i, size));
    }
}

void Window::start_sends(std::size_t size) {
    for (int i = 0; i < session_.options().window; ++i) {
        MPI_Isend(slot(i, size).data(), static_cast<int>(size), MPI_CHAR, peer_, kDataTag,
                  MPI_COMM_WORLD, &requests_[static_cast<std::size_t>(i)]);
    }
}

void Window::start_receives(std::size_t size) {
    for (int i = 0; i < session_.options().window; ++i) {
        MPI_Irecv(slot(i, size).data(), static_cast<int>(size), MPI_CHAR, peer_, kDataTag,
                  MPI_COMM_WORLD, &requests_[static_cast<std::size_t>(i)]);
    }
}

void Window::complete() {
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
}

void Window::check(int iteration, std::size_t size) {
    if (!session_.validate()) {
        return;
    }
    const auto stream = static_cast<std::uint64_t>(peer_);
    for (int i = 0; i < session_.options().window; ++i) {
        session_.check(session_.message(iteration, i, stream), slot(i, size));
    }
}

void send_acknowledgement(int peer) {
    const int done = 1;
    MPI_Send(&done, 1, MPI_INT, peer, kAcknowledgementTag, MPI_COMM_WORLD);
}

void receive_acknowledgement(int peer) {
    int done = 0;
    MPI_Recv(&done, 1, MPI_INT, peer, kAcknowledgementTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

}  // namespace ucx_crypto::osu
