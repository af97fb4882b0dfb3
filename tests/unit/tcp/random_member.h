// A member that connects, breaks and speaks at random.
#pragma once

#include "tests/unit/tcp/dice.h"
#include "tests/unit/tcp/hostile_member.h"

namespace ucx_crypto::tcp {

class RandomMember {
  public:
    /// One connection, and what the victim has asked for on it.
    struct Connection final : RecordSink {
        explicit Connection(std::unique_ptr<Link> its_link) : link(std::move(its_link)) {}
        Status on_record(record::RecordType type, MutableByteView plaintext) override;

        std::unique_ptr<Link> link;
        std::optional<uint64_t> flush_request;
        std::optional<uint64_t> put;
    };

    /// Both outlive this, which closes everything without a word in the end.
    RandomMember(Node& victim, Dice& dice) : victim_(victim), dice_(dice) {}

    const channel::InstanceId& id() const { return ends_.id; }
    SocketAddress address() const { return address_; }
    /// Does one thing and returns its name.
    std::string_view act();

  private:
    void connect();
    void accept();

    Node& victim_;
    Dice& dice_;
    HostileMember ends_{victim_, dice_.one_in(2)};
    SocketAddress address_ = ends_.address();
    std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace ucx_crypto::tcp
