// The transport under a stacked one, as this layer sees it: messages between two endpoints,
// reliable and in order. uct/ implements it over UCT's public functions.
#pragma once

#include <memory>
#include <string>

#include "ucx_crypto/base/bytes.h"
#include "ucx_crypto/base/result.h"

namespace ucx_crypto::stacked {

/// Memory of an endpoint's that its peer can put ciphertext into.
struct InnerRing {
    uint32_t size = 0;  ///< bytes; 0: there is none
    uint64_t address = 0;
    Bytes key;

    friend bool operator==(const InnerRing&, const InnerRing&) = default;
};

/// How an inner endpoint is reached, in the inner transport's own formats. What it does not use is
/// empty.
struct InnerAddress {
    Bytes device;
    Bytes interface;
    Bytes endpoint;
    InnerRing ring;

    friend bool operator==(const InnerAddress&, const InnerAddress&) = default;
};

/// Names the session that a message belongs to; in clear in front of its bytes.
using SessionId = uint64_t;
inline constexpr size_t kSessionIdSize = sizeof(SessionId);

/// One end. Destroyed by its owner, also after it has failed.
class InnerEndpoint {
  public:
    virtual ~InnerEndpoint() = default;
    virtual Result<InnerAddress> address() = 0;
    /// Once, before the first send().
    virtual Status connect(const InnerAddress& peer) = 0;
    /// One message: the id, big-endian, and `bytes`, at most InnerTransport::max_bytes(). False: no
    /// resource now, nothing was sent.
    virtual Result<bool> send(SessionId id, ByteView bytes) = 0;
    /// What address() has offered, empty where it offered none. The peer writes to it, and whoever
    /// has its key, at any time: what is looked at is copied first.
    virtual ByteView ring() const { return {}; }
    /// Of one put(); 0 where there is none, as this transport cannot or the peer has no ring.
    virtual size_t max_put() const { return 0; }
    /// Copies `bytes` and places them at `offset` of the peer's ring, within its size, before
    /// anything that is sent afterwards arrives. False: no resource now, or what was put there
    /// before has not left yet.
    virtual Result<bool> put(size_t, ByteView) { return false; }
    /// Whether all messages and puts have left for good, or the endpoint has failed. Makes
    /// progress.
    virtual bool flushed() = 0;
};

/// Hears from the inner transport, in its progress only and never in a call of ours.
class InnerObserver {
  public:
    virtual ~InnerObserver() = default;
    /// A whole message, of anyone who can reach the interface.
    virtual void on_inner_message(ByteView message) = 0;
    virtual void on_inner_failure(const InnerEndpoint& endpoint, const Error& error) = 0;
};

class InnerTransport {
  public:
    virtual ~InnerTransport() = default;
    /// As UCT names it: both sides must have the same.
    virtual std::string name() const = 0;
    /// Of one message, without the session id.
    virtual size_t max_bytes() const = 0;
    virtual Result<std::unique_ptr<InnerEndpoint>> create_endpoint() = 0;
    /// Null: nobody.
    virtual void set_observer(InnerObserver* observer) = 0;
};

}  // namespace ucx_crypto::stacked
