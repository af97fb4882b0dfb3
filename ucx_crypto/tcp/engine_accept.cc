// Engine: whom it lets in, and how many, before and after they have authenticated themselves.
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/tcp/engine.h"

namespace ucx_crypto::tcp {
namespace {

/// Accepted in one go: who connects faster than we accept may not keep us here.
constexpr unsigned kAcceptsAtOnce = 64;
/// Of the descriptors that the process may have, the part that peers nobody here holds leave free.
constexpr rlim_t kReservedPart = 8;
constexpr rlim_t kMostReserved = 1024;

}  // namespace

std::optional<uint64_t> Engine::oldest_stranger() const {
    const auto found = std::find_if(accepted_.begin(), accepted_.end(), [this](uint64_t serial) {
        return !links_.at(serial).link->channel().peer_announced();
    });
    return found == accepted_.end() ? std::nullopt : std::optional(*found);
}

std::optional<uint64_t> Engine::oldest_repeated() const {
    // A HELLO can be replayed, by anybody and as often as he likes. A member says it once at a
    // time.
    std::set<channel::InstanceId> named;
    std::optional<uint64_t> oldest;
    for (auto serial = accepted_.rbegin(); serial != accepted_.rend(); ++serial) {
        const channel::SecureChannel& channel = links_.at(*serial).link->channel();
        if (channel.peer_announced() && !channel.peer_verified() &&
            !named.insert(channel.announced_peer()).second) {
            oldest = *serial;
        }
    }
    return oldest;
}

std::optional<uint64_t> Engine::first_to_make_room() const {
    const auto stranger = oldest_stranger();
    return stranger || repeated_left_ == 0 ? stranger : oldest_repeated();
}

bool Engine::is_full() const {
    return accepted_.size() >= settings_.max_handshakes && !first_to_make_room();
}

void Engine::update_accepting() {
    const bool accepting = !starved_ && !is_full();
    if (accepting != accepting_) {
        accepting_ = accepting;
        if (accepting) {
            service_poll_.add(listener_.get(), EPOLLIN, 0);
        } else {
            service_poll_.remove(listener_.get());
        }
    }
}

void Engine::begin_handshake(const Link& link) {
    ++handshakes_;
    // Those that we have begun are not limited: if they were, and nobody accepted while they wait,
    // many nodes that connect to each other would all wait for ever.
    if (link.role() == channel::Role::kServer) {
        accepted_.insert(link.poll.serial);
    }
}

void Engine::end_handshake(const Link& link) {
    --handshakes_;
    accepted_.erase(link.poll.serial);
}

void Engine::accept_connections() {
    for (unsigned i = 0; i < kAcceptsAtOnce && !is_full(); ++i) {
        auto socket = accept_from(listener_, settings_.socket);
        if (!socket.ok()) {
            // Mostly descriptors or memory: asking again at once would give nothing but the same.
            starved_ = true;
            warn_of_strangers(socket.error().message());
            break;
        }
        if (!socket->valid()) {
            break;
        }
        auto channel = channel::SecureChannel::create(
            identity_, {channel::Role::kServer, interface_counter_, {}, paths_ != nullptr});
        if (!channel.ok()) {
            starved_ = true;
            warn_of_strangers(channel.error().message());
            break;
        }
        if (accepted_.size() >= settings_.max_handshakes) {
            make_room();
        }
        // A member's HELLO is mostly there already.
        drive(add_link(
            std::make_unique<Link>(std::move(*socket), std::move(*channel), channel::Role::kServer,
                                   pool_, counters_, settings_.helpers),
            nullptr));
    }
    update_accepting();  // what is not accepted waits in the kernel's backlog
}

void Engine::make_room() {
    // A member speaks as soon as it is connected, and connects again when it is closed before it
    // was heard: who is silent may not keep others out.
    while (const std::optional<uint64_t> serial = first_to_make_room()) {
        LinkEntry& entry = links_.at(*serial);
        drive(entry);  // what it says may have come by now
        if (first_to_make_room() != serial) {
            continue;
        }
        if (!std::exchange(told_of_crowd_, true)) {
            warn_of_strangers(
                "expected at most " + std::to_string(settings_.max_handshakes) +
                " handshakes at a time, found more connections that say nothing, or "
                "what another one says: the oldest of them make room (a port scan, or "
                "a flood)");
        }
        repeated_left_ -= entry.link->channel().peer_announced() ? 1 : 0;
        counters_.add(stats::Counter::kHandshakesFailed);
        end_handshake(*entry.link);
        links_.erase(*serial);
        return;
    }
}

Status Engine::check_uninvited(const Link& link) const {
    const size_t uninvited = peers_.size() - invited_;
    if (uninvited >= settings_.max_uninvited) {
        return Error(ErrorCode::kExhausted,
                     "expected at most " + std::to_string(settings_.max_uninvited) +
                         " peers that nobody here has asked for, found one more");
    }
    if (dead_.size() >= settings_.max_dead) {
        return too_many_dead();
    }
    // The kernel gives the lowest free descriptor, so that its number tells how many are in use.
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        const rlim_t most =
            limit.rlim_cur - std::min(limit.rlim_cur / kReservedPart, kMostReserved);
        if (static_cast<rlim_t>(link.fd()) >= most) {
            return Error(ErrorCode::kExhausted,
                         "expected at most " + std::to_string(most) +
                             " descriptors in use, found one more: the rest is for peers that this "
                             "process asks for; raise its limit (ulimit -n)");
        }
    }
    return success();
}

Error Engine::too_many_dead() const {
    return {ErrorCode::kExhausted,
            "expected at most " + std::to_string(settings_.max_dead) +
                " failed peers, which all have to be remembered, found as many: no more "
                "connections are made; restart the process"};
}

void Engine::warn_of_strangers(const std::string& message) {
    if (warnings_left_ > 0) {
        --warnings_left_;
        UCX_CRYPTO_WARN("%s", message.c_str());
    }
}

}  // namespace ucx_crypto::tcp
