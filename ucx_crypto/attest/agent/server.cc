#include "ucx_crypto/attest/agent/server.h"

#include <algorithm>

#include "ucx_crypto/base/log.h"

namespace ucx_crypto::attest::agent {
namespace {

/// Whether asking the platform again makes sense. After a failure of the guest device another
/// message to the firmware could repeat a nonce (snp/guest_device.h): only a throttling host and
/// missing certificates are no such failure.
bool is_final(const Error& error) {
    return error.code() != ErrorCode::kTimedOut && error.code() != ErrorCode::kNotFound;
}

}  // namespace

Server::ClientId Server::connect(uint32_t uid) {
    const ClientId id = next_id_++;
    Client& client = clients_[id];
    client.uid = uid;
    client.deadline = clock_() + limits_.request_time;
    if (++per_user_[uid] > limits_.clients_per_user) {
        refuse(client, Outcome::kBusy,
               "expected at most " + std::to_string(limits_.clients_per_user) +
                   " processes of a user to ask at a time, found more; start fewer at a time");
    }
    return id;
}

void Server::receive(ClientId id, ByteView bytes) {
    const auto found = clients_.find(id);
    if (found == clients_.end() || found->second.state == State::kAnswer) {
        return;  // it has its answer already, whatever it says now
    }
    Client& client = found->second;
    if (bytes.size() > kRequestSize - client.received) {
        std::erase(waiting_, id);
        refuse(client, Outcome::kBadRequest,
               "expected one request of " + std::to_string(kRequestSize) + " bytes, found more");
        return;
    }
    std::copy(bytes.begin(), bytes.end(), client.request.begin() + client.received);
    client.received += bytes.size();
    if (client.received < kRequestSize) {
        return;
    }
    const auto request = decode_request(client.request);
    if (!request.ok()) {
        refuse(client, Outcome::kBadRequest, request.error().message());
        return;
    }
    client.identity = {client.uid, request->domain_id, request->spki_hash};
    client.state = State::kWaiting;
    if (waiting_.empty()) {
        due_ = clock_() + limits_.gathering_time;
    }
    waiting_.push_back(id);
}

void Server::disconnect(ClientId id) {
    const auto found = clients_.find(id);
    if (found != clients_.end()) {
        forget(found);
    }
}

void Server::forget(Clients::iterator client) {
    if (client->second.state == State::kWaiting) {
        std::erase(waiting_, client->first);
    }
    const auto user = per_user_.find(client->second.uid);
    if (--user->second == 0) {
        per_user_.erase(user);
    }
    clients_.erase(client);
}

ByteView Server::output(ClientId id) const {
    const auto found = clients_.find(id);
    return found == clients_.end() ? ByteView()
                                   : ByteView(found->second.answer).subspan(found->second.sent);
}

void Server::sent(ClientId id, size_t size) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) {
        return;
    }
    Client& client = found->second;
    client.sent += std::min(size, client.answer.size() - client.sent);
    if (client.state == State::kAnswer && client.sent == client.answer.size()) {
        forget(found);
        finished_.push_back(id);
    }
}

void Server::answer(Client& client, const Answer& answer) {
    auto bytes = encode(answer);
    if (!bytes.ok()) {
        refuse(client, Outcome::kNoReport, bytes.error().message());
        return;
    }
    client.answer = std::move(bytes).value();
    client.state = State::kAnswer;
    client.deadline = clock_() + limits_.answer_time;
}

void Server::refuse(Client& client, Outcome outcome, std::string text) {
    answer(client, Answer{outcome, mode_, {}, std::move(text)});
}

std::optional<Server::Time> Server::next_deadline() const {
    std::optional<Time> next;
    if (!waiting_.empty()) {
        next = report_time();
    }
    for (const auto& [id, client] : clients_) {
        if (client.state != State::kWaiting && (!next || client.deadline < *next)) {
            next = client.deadline;
        }
    }
    return next;
}

void Server::run() {
    // Who is late is decided before the report, whose time is nobody's fault.
    const Time now = clock_();
    for (auto each = clients_.begin(); each != clients_.end();) {
        const auto client = each++;
        if (client->second.state != State::kWaiting && client->second.deadline <= now) {
            finished_.push_back(client->first);
            forget(client);
        }
    }
    if (!waiting_.empty() && now >= report_time()) {
        make_report();
    }
}

void Server::make_report() {
    const size_t count = std::min<size_t>(waiting_.size(), kMaxTreeSize);
    const auto end = waiting_.begin() + static_cast<ptrdiff_t>(count);
    const std::vector<ClientId> group(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    std::vector<Identity> identities;
    identities.reserve(count);
    for (const ClientId id : group) {
        identities.push_back(clients_.at(id).identity);
    }
    Result<std::vector<Evidence>> made = broken_ ? Result<std::vector<Evidence>>(*broken_)
                                                 : attest_together(mode_, attester_, identities);
    if (made.ok()) {
        ++reports_;
        UCX_CRYPTO_INFO("report %zu, for %zu processes", reports_, count);
        pause_ = {};
        // Others share the firmware: however many ask, and whatever a tree can hold.
        not_before_ = clock_() + limits_.gathering_time;
    } else if (!broken_) {
        note_failure(made.error(), count);
    }
    hand_out(group, made);
}

void Server::note_failure(const Error& error, size_t count) {
    if (is_final(error)) {
        UCX_CRYPTO_ERROR("no report for %zu processes: %s", count, error.message().c_str());
        broken_ =
            Error(error.code(),
                  error.message() + "; the agent asks for no more reports until it is restarted");
        return;
    }
    pause_ = std::clamp(2 * pause_, limits_.first_pause, limits_.longest_pause);
    not_before_ = clock_() + pause_;
    UCX_CRYPTO_ERROR("no report for %zu processes: %s; tried again in %lld s at the earliest",
                     count, error.message().c_str(), static_cast<long long>(pause_.count() / 1000));
}

void Server::hand_out(const std::vector<ClientId>& group,
                      const Result<std::vector<Evidence>>& made) {
    for (size_t i = 0; i < group.size(); ++i) {
        Client& client = clients_.at(group[i]);
        if (made.ok()) {
            answer(client, Answer{Outcome::kEvidence, mode_, (*made)[i], {}});
        } else {
            refuse(client, Outcome::kNoReport, made.error().message());
        }
    }
}

}  // namespace ucx_crypto::attest::agent
