// The handshake of one connection as a state machine over bytes (sans-IO). WIRE.md has the flights.
#pragma once

#include <chrono>
#include <optional>

#include "ucx_crypto/handshake/key_schedule.h"
#include "ucx_crypto/handshake/tls.h"

namespace ucx_crypto::handshake {

/// Bytes that one side may send in the whole handshake.
inline constexpr size_t kMaxReceived = 64 * 1024;

/// What all handshakes of a process share; the referenced objects outlive every handshake.
struct Local {
    const Certificate& certificate;
    const TlsContext& tls;
    const JobKeys& keys;
    attest::Attestation& attestation;
    const attest::Evidence& identity_evidence;  ///< empty in mode off
    std::string job_id;
    uint32_t rank = kUnknownRank;
    uint8_t algorithm = 0;  ///< must be the peer's as well
    uint32_t max_plaintext = 0;
    /// The name by which users set that algorithm, for messages.
    std::string (*algorithm_name)(uint8_t algorithm) = nullptr;
};

/// What an open connection starts from.
struct Outcome {
    InstanceId peer_instance{};
    attest::Claims peer_claims;
    uint32_t max_plaintext = 0;           ///< the smaller of both sides'
    uint32_t peer_rank = kUnknownRank;    ///< as the peer says
    attest::Digest peer_policy_digest{};  ///< as the peer says
    bool peer_channel_bound = false;      ///< evidence of purpose channel
    SecretBytes sending_secret;
    SecretBytes receiving_secret;
    SecretBytes path_sending_secret;  ///< of the path stream; empty unless it was asked for
    SecretBytes path_receiving_secret;
};

/// Numbers of the streams of records (WIRE.md).
inline constexpr uint32_t kConnectionStream = 0;
inline constexpr uint32_t kPathStream = 1;

/// One thread at a time. Any error is final.
class Handshake {
  public:
    enum class State : uint8_t {
        kWaitHello,
        kTls,
        kWaitConfirm,
        kWaitAccept,
        kOpen,
        kFailed,
    };

    /// A client's first flight is in output() at once. `expected_peer` is ignored on a server.
    /// `path_stream`: the outcome has secrets of that stream too.
    static Result<std::unique_ptr<Handshake>> create(const Local& local, Role role,
                                                     uint32_t interface_counter,
                                                     const InstanceId& expected_peer,
                                                     bool path_stream = false);

    State state() const { return state_; }
    std::string_view state_name() const;

    /// Consumes bytes up to the end of the peer's last message and returns how many. An error ends
    /// the handshake; it is returned again by every further call.
    Result<size_t> receive(ByteView input);

    ByteView output() const { return ByteView(output_).subspan(sent_); }
    void sent(size_t size);

    /// The peer's HELLO, with the job's MAC, has come.
    bool peer_announced() const { return state_ != State::kWaitHello && state_ != State::kFailed; }
    /// Who sent it, as it says; a client's is whom it expects.
    const InstanceId& announced_peer() const { return peer_; }
    /// Certificate, evidence and membership of the peer are verified (its proof over the whole
    /// transcript follows with ACCEPT).
    bool peer_verified() const { return peer_verified_; }
    const Outcome& outcome() const { return outcome_; }
    /// In kOpen, once: with the secrets, which the handshake no longer has afterwards.
    Outcome take_outcome() { return std::move(outcome_); }

  private:
    struct Row;
    static const Row& row(State state);

    Handshake(const Local& local, Role role, bool path_stream)
        : local_(local), role_(role), path_stream_(path_stream) {}

    Status start(uint32_t interface_counter, const InstanceId& expected_peer);
    Result<size_t> collect(ByteView input);
    Result<size_t> unit_size() const;
    Status on_hello(ByteView unit);
    Status on_tls_record(ByteView unit);
    Status on_messages(ByteView unit);
    Result<bool> next_message();
    Status send_hello();
    Status start_tls();
    Status advance_tls();
    Status finish_tls();
    Error fail(Error error);

    // handshake_confirm.cc
    Status send_confirm();
    Status on_confirm(ByteView message);
    Status check_peer_parameters(const Confirm& confirm);
    Status appraise(const Confirm& confirm);
    attest::Binding binding(Role attester, const SecretBytes& exporter_value,
                            attest::Binding::Purpose purpose) const;
    TlsTranscript tls_transcript() const;
    Status derive_transcript();
    Status send_accept();
    Status on_accept(ByteView message);
    Status open();
    Status derive_stream(uint32_t stream, SecretBytes& sending, SecretBytes& receiving) const;

    const Local& local_;
    const Role role_;
    const bool path_stream_;
    State state_ = State::kWaitHello;
    std::optional<Error> error_;

    Hello own_hello_;
    HelloBytes own_hello_bytes_{};
    HelloBytes peer_hello_bytes_{};
    InstanceId peer_{};
    uint32_t peer_counter_ = 0;

    size_t received_ = 0;
    Bytes unit_;      // the HELLO or TLS record that is arriving
    Bytes messages_;  // decrypted bytes of messages that are not complete
    Bytes output_;
    size_t sent_ = 0;

    std::optional<TlsSession> tls_;
    attest::Digest peer_spki_hash_{};
    SecretBytes exporter_;
    Bytes own_confirm_;
    Bytes peer_confirm_;
    Hash transcript_{};
    bool peer_verified_ = false;
    Outcome outcome_;
};

}  // namespace ucx_crypto::handshake
