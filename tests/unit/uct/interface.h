// A worker with one interface of ours, through UCT's public functions.
#pragma once

#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "ucx_crypto/base/bytes.h"

extern "C" {
#include <uct/api/uct.h>
}

namespace ucx_crypto::uct {

inline constexpr uint8_t kAmId = 7;
inline constexpr std::chrono::seconds kDeadline{30};

/// A memory domain of our component.
class Domain {
  public:
    Domain();
    ~Domain();
    Domain(const Domain&) = delete;
    Domain& operator=(const Domain&) = delete;

    uct_component_h component() const { return component_; }
    uct_md_h md() const { return md_; }

  private:
    uct_component_h component_;
    uct_md_h md_ = nullptr;
};

/// Members by the domain key alone, and an interface that reports failures instead of ending the
/// process. One thread at a time.
class Interface {
  public:
    Interface();
    ~Interface();
    Interface(const Interface&) = delete;
    Interface& operator=(const Interface&) = delete;

    /// An endpoint that the test destroys.
    uct_ep_h connect(const Interface& other) const;
    unsigned progress() const { return uct_worker_progress(worker_); }
    uct_iface_h iface() const { return iface_; }
    uct_md_h md() const { return domain_.md(); }
    uct_component_h component() const { return domain_.component(); }
    const uct_iface_attr_t& attributes() const { return attributes_; }

    std::vector<Bytes> received;
    std::function<void()> message_hook;  ///< before the message is looked at
    std::function<ucs_status_t(uct_ep_h, ucs_status_t)> error_handler;
    std::vector<uct_ep_h> failed;  ///< what the error handler was called for

  private:
    const Domain domain_;
    ucs_async_context_t* async_ = nullptr;
    uct_worker_h worker_ = nullptr;
    uct_iface_h iface_ = nullptr;
    uct_iface_attr_t attributes_{};
};

template <typename Condition, typename... Interfaces>
bool progress_until(Condition condition, const Interfaces&... interfaces) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        (interfaces.progress(), ...);
    }
    return true;
}

/// One message whose first eight bytes are `value`; UCT's result.
ucs_status_t send(uct_ep_h ep, uint64_t value, ByteView payload = {});
/// The first eight bytes of each message that has come.
std::vector<uint64_t> values(const Interface& interface);

/// Counts the lines of UCX's log, ours and its own, instead of showing them. One at a time.
class LogCount {
  public:
    LogCount();
    ~LogCount();
    LogCount(const LogCount&) = delete;
    LogCount& operator=(const LogCount&) = delete;
    int lines() const;
};

/// Two interfaces and an open connection; `ep` is an endpoint of `a`.
struct Pair {
    Pair();
    ~Pair();
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    template <typename Condition>
    bool until(Condition condition) const {
        return progress_until(condition, a, b);
    }
    /// Messages from `ep` until there is no room, without progress of anyone; how many.
    uint64_t fill() const;

    Interface a;
    Interface b;
    uct_ep_h ep;
};

/// A pending request that calls a function of the test.
struct Request {
    explicit Request(std::function<ucs_status_t()> function) : call(std::move(function)) {
        uct.func = [](uct_pending_req_t* self) {
            auto* request = reinterpret_cast<Request*>(self);
            ++request->calls;
            return request->call();
        };
    }
    uct_pending_req_t uct{};  // first: UCT hands its address back
    std::function<ucs_status_t()> call;
    int calls = 0;
};

/// A completion that remembers its status.
struct Completion {
    Completion() {
        uct.func = [](uct_completion_t* self) { ++reinterpret_cast<Completion*>(self)->calls; };
        uct.count = 1;
        uct.status = UCS_OK;
    }
    uct_completion_t uct{};  // first, as above
    int calls = 0;
};

}  // namespace ucx_crypto::uct
