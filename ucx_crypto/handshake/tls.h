// TLS 1.3 (RFC 8446) over memory: mutual, one cipher suite, nothing left to configuration.
#pragma once

#include "ucx_crypto/handshake/certificate.h"
#include "ucx_crypto/handshake/messages.h"

namespace ucx_crypto::handshake {

/// A TLS record's header, and the most that a record may have after it (RFC 8446 section 5.2).
inline constexpr size_t kTlsHeaderSize = 5;
inline constexpr size_t kMaxTlsRecord = kTlsHeaderSize + 16384 + 256;

/// Total size of the TLS record that starts with these five bytes. kRefusedByPeer for its alert,
/// kProtocol for anything that no handshake of ours contains.
Result<size_t> tls_record_size(ByteView header);

/// What all connections of a process share. Immutable after create(): any thread.
class TlsContext {
  public:
    /// Sets explicitly everything that a configuration file could have set. `certificate` is
    /// referenced by OpenSSL and may go.
    static Result<TlsContext> create(const Certificate& certificate);
    SSL_CTX* get() const { return context_.get(); }

  private:
    OpensslPtr<SSL_CTX> context_;
};

/// One connection. It is given whole records and gives back what is to be sent. Any error is final.
/// One thread at a time.
class TlsSession {
  public:
    static Result<TlsSession> create(const TlsContext& context, Role role);

    /// Takes one whole record. The caller runs handshake() or read() before the next.
    Status feed(ByteView record);
    /// Goes on as far as the fed record allows; true when TLS has ended and what was negotiated has
    /// been checked again.
    Result<bool> handshake();
    /// Application data; 0 when there is none. Any handshake message at this time (KeyUpdate, a
    /// ticket, a request) is refused.
    Result<size_t> read(MutableByteView out);
    Status write(ByteView data);
    /// Appends what TLS wants to send.
    Status take_output(Bytes& out);

    // After handshake() was true:
    Result<attest::Digest> peer_spki_hash() const;
    Result<SecretBytes> exporter() const;

    /// OpenSSL's key log: told of every secret that TLS derives, so that it can be wiped.
    static void on_secret(const SSL* ssl, const char* line);

  private:
    struct State;
    struct StateDelete {
        void operator()(State* state) const;
    };
    Status check_negotiated() const;

    std::unique_ptr<State, StateDelete> state_;
};

}  // namespace ucx_crypto::handshake
