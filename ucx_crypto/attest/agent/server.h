// The agent without its sockets: who asked for what, and one report for those that wait.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>

#include "ucx_crypto/attest/agent/attest_together.h"
#include "ucx_crypto/attest/agent/protocol.h"

namespace ucx_crypto::attest::agent {

struct Limits {
    size_t clients = 4096;
    size_t clients_per_user = 1024;
    /// For the whole request, from the connection on.
    std::chrono::milliseconds request_time{2000};
    /// For the client to take its answer.
    std::chrono::milliseconds answer_time{10'000};
    /// How long a first request waits for others. Also bounds how many reports users can cause.
    std::chrono::milliseconds gathering_time{50};
    /// After a report that could not be had, when it may be had later: twice as long each time.
    std::chrono::milliseconds first_pause{1000};
    std::chrono::milliseconds longest_pause{8000};
};

/// Bytes in, bytes out; one thread. A client is known by the number that connect() gave it until it
/// shows up in take_finished(), or until disconnect().
class Server {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Clock = std::function<Time()>;
    using ClientId = uint64_t;

    Server(Mode mode, Attester& attester, const Limits& limits,
           Clock clock = std::chrono::steady_clock::now)
        : mode_(mode), attester_(attester), limits_(limits), clock_(std::move(clock)) {}

    /// Whether connect() must not be called now.
    bool full() const { return clients_.size() >= limits_.clients; }
    /// A client whose user the kernel has told. It gets answer kBusy when its user has too many.
    ClientId connect(uint32_t uid);
    void receive(ClientId client, ByteView bytes);
    /// The client has closed; nothing is kept for it.
    void disconnect(ClientId client);
    /// What is to be sent to the client; the caller tells how much of it has been sent.
    ByteView output(ClientId client) const;
    void sent(ClientId client, size_t size);

    /// When run() has something to do though nothing happens.
    std::optional<Time> next_deadline() const;
    /// Makes the report when it is due, which takes as long as the attester does, and finishes
    /// clients that are late.
    void run();
    /// Clients that have got all or were late, and are forgotten: to be closed.
    std::vector<ClientId> take_finished() { return std::exchange(finished_, {}); }

    size_t reports() const { return reports_; }

  private:
    /// A client's way: it sends its request, waits for the report, takes the answer.
    enum class State : uint8_t { kRequest, kWaiting, kAnswer };
    struct Client {
        uint32_t uid = 0;
        State state = State::kRequest;
        Time deadline;
        RequestBytes request{};
        size_t received = 0;
        Identity identity;
        Bytes answer;
        size_t sent = 0;
    };
    using Clients = std::map<ClientId, Client>;

    void answer(Client& client, const Answer& answer);
    void refuse(Client& client, Outcome outcome, std::string text);
    void forget(Clients::iterator client);
    Time report_time() const { return std::max(due_, not_before_); }
    void make_report();
    void note_failure(const Error& error, size_t count);
    void hand_out(const std::vector<ClientId>& waiting, const Result<std::vector<Evidence>>& made);

    const Mode mode_;
    Attester& attester_;
    const Limits limits_;
    const Clock clock_;
    ClientId next_id_ = 1;
    Clients clients_;
    std::map<uint32_t, size_t> per_user_;
    std::vector<ClientId> waiting_;       // in the order of their requests
    Time due_{};                          // of the report for them, but
    Time not_before_{};                   // this
    std::chrono::milliseconds pause_{0};  // that is being made, after failures
    std::optional<Error> broken_;         // why there will be no more reports
    std::vector<ClientId> finished_;
    size_t reports_ = 0;
};

}  // namespace ucx_crypto::attest::agent
