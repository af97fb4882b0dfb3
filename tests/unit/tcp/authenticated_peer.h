// A peer with valid keys that says whatever a test wants: the worst that can authenticate itself.
#pragma once

#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {

/// The bytes of one frame, written by hand.
Bytes make_frame(FrameKind kind, ByteView body, uint8_t am_id = 0);
Bytes make_frame(FrameKind kind, uint64_t body);
Bytes make_put_begin(uint64_t operation, const Token& token, uint64_t address, uint64_t length);
Bytes make_put_data(uint64_t operation, uint64_t offset, ByteView payload);

/// As large as an engine's.
inline const size_t kLinkBuffer = 4 * record::Sealer::sealed_bound(kSegmentSize + 1024);

UniqueFd connect_to(Node& node);

/// A client of a node that leaves everything after the handshake to the test, but for answers to
/// flushes.
class AuthenticatedPeer final : public RecordSink {
  public:
    explicit AuthenticatedPeer(Node& victim,
                               const std::shared_ptr<channel::Identity>& identity = make_member());

    /// Until our end is open; false when the victim has refused.
    bool shake_hands();
    /// The same, and the victim's end is open too: it says so by telling that it holds no handle on
    /// us, so that it must hold none.
    bool connect();
    /// Sends one DATA record.
    void send(ByteView plaintext) { send(record::RecordType::kData, plaintext); }
    void send(record::RecordType type, ByteView plaintext);
    /// Sends as many empty records as there is room for. Of a thread of its own too, if nobody else
    /// uses this meanwhile.
    void flood();
    /// Bytes that no key has sealed.
    void send_raw(ByteView bytes) const;
    /// What is sent from now on leaves together, when this is taken back.
    void hold(bool on) const;
    /// Reads what the victim has sent.
    void turn();
    /// Closes the socket without a word.
    void vanish() { link_.close(); }

    /// Whether the victim has ended the connection, in order or not.
    bool ended() const { return ended_; }
    bool has_received(FrameKind kind) const;
    std::optional<Frame> last(FrameKind kind) const;
    const channel::InstanceId& id() const { return id_; }

    Status on_record(record::RecordType type, MutableByteView plaintext) override;

  private:
    Node& victim_;
    BufferPool pool_;
    stats::Counters counters_;
    channel::InstanceId id_;
    Link link_;
    bool ended_ = false;
    std::vector<Bytes> records_;
};

}  // namespace ucx_crypto::tcp
