#include "ucx_crypto/channel/secure_channel.h"

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/channel/identity.h"

namespace ucx_crypto::channel {
namespace {

class Channel final : public SecureChannel {
  public:
    Channel(std::shared_ptr<const ProcessIdentity> identity,
            std::unique_ptr<handshake::Handshake> handshake)
        : identity_(std::move(identity)), handshake_(std::move(handshake)) {}

    Phase phase() const override {
        if (failed_ || handshake_->state() == handshake::Handshake::State::kFailed) {
            return Phase::kFailed;
        }
        return sealer_ ? Phase::kOpen : Phase::kHandshake;
    }

    std::string_view state_name() const override { return handshake_->state_name(); }

    Result<size_t> receive_handshake(ByteView input) override try {
        if (failed_) {
            return Error(*failed_);
        }
        if (sealer_) {
            return size_t{0};
        }
        const size_t consumed = UCX_CRYPTO_TRY(handshake_->receive(input));
        if (handshake_->state() == handshake::Handshake::State::kOpen) {
            const Status opened = open();
            if (!opened.ok()) {
                failed_ = opened.error();
                return Error(*failed_);
            }
        }
        return consumed;
    } catch (const std::bad_alloc&) {
        failed_ = Error(ErrorCode::kExhausted, "handshake: out of memory");
        return Error(*failed_);
    }

    ByteView handshake_output() const override {
        // Where this end alone could not open, the peer must not take the connection for open.
        const bool is_unusable =
            failed_ && handshake_->state() == handshake::Handshake::State::kOpen;
        return is_unusable ? ByteView() : handshake_->output();
    }
    void handshake_sent(size_t size) override { handshake_->sent(size); }
    bool peer_announced() const override { return !failed_ && handshake_->peer_announced(); }
    const InstanceId& announced_peer() const override { return handshake_->announced_peer(); }
    bool peer_verified() const override { return !failed_ && handshake_->peer_verified(); }

    const InstanceId& peer_instance() const override { return outcome().peer_instance; }
    const attest::Claims& peer_claims() const override { return outcome().peer_claims; }
    PeerStatement peer_statement() const override {
        const handshake::Outcome& peer = outcome();
        PeerStatement statement;
        if (peer.peer_rank != handshake::kUnknownRank) {
            statement.rank = peer.peer_rank;
        }
        statement.policy_digest = peer.peer_policy_digest;
        statement.channel_bound = peer.peer_channel_bound;
        return statement;
    }
    size_t max_plaintext() const override { return outcome().max_plaintext; }
    record::Sealer& sealer() override { return sealer_.value(); }
    record::Opener& opener() override { return opener_.value(); }

    Result<Stream> take_path_stream() override {
        return create_stream(outcome_.path_sending_secret, outcome_.path_receiving_secret);
    }

  private:
    const handshake::Outcome& outcome() const { return sealer_ ? outcome_ : handshake_->outcome(); }

    Status open() {
        outcome_ = handshake_->take_outcome();
        Stream stream =
            UCX_CRYPTO_TRY(create_stream(outcome_.sending_secret, outcome_.receiving_secret));
        opener_.emplace(std::move(stream.opener));
        sealer_.emplace(std::move(stream.sealer));
        return success();
    }

    Result<Stream> create_stream(SecretBytes& sending, SecretBytes& receiving) const {
        const Settings& settings = identity_->settings();
        auto opener = UCX_CRYPTO_TRY(
            record::Opener::create({settings.algorithm, std::move(receiving), settings.aead},
                                   outcome_.max_plaintext, settings.limits));
        auto sealer = UCX_CRYPTO_TRY(
            record::Sealer::create({settings.algorithm, std::move(sending), settings.aead},
                                   outcome_.max_plaintext, settings.limits));
        return Stream{std::move(sealer), std::move(opener)};
    }

    // The handshake refers to what the identity owns: declared first, destroyed last.
    std::shared_ptr<const ProcessIdentity> identity_;
    std::unique_ptr<handshake::Handshake> handshake_;
    handshake::Outcome outcome_;
    std::optional<record::Opener> opener_;
    std::optional<record::Sealer> sealer_;
    std::optional<Error> failed_;
};

}  // namespace

Result<std::unique_ptr<SecureChannel>> SecureChannel::create(std::shared_ptr<Identity> identity,
                                                             const Parameters& parameters) try {
    auto process = std::dynamic_pointer_cast<const ProcessIdentity>(std::move(identity));
    if (!process) {
        return Error(ErrorCode::kInvalidArgument,
                     "SecureChannel: expected an identity made by Identity::create");
    }
    if (!in_original_process()) {
        return Error(ErrorCode::kInternal,
                     "SecureChannel: expected the process that made the identity, found a forked "
                     "child; initialise UCX after fork");
    }
    const auto role =
        parameters.role == Role::kClient ? handshake::Role::kClient : handshake::Role::kServer;
    auto handshake = UCX_CRYPTO_TRY(
        handshake::Handshake::create(process->local(), role, parameters.interface_counter,
                                     parameters.expected_peer, parameters.path_stream));
    return std::unique_ptr<SecureChannel>(
        std::make_unique<Channel>(std::move(process), std::move(handshake)));
} catch (const std::bad_alloc&) {
    return Error(ErrorCode::kExhausted, "SecureChannel: out of memory");
}

}  // namespace ucx_crypto::channel
