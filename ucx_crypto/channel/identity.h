// The only kind of Identity: certificate, TLS context, job keys, attestation and its evidence.
#pragma once

#include "ucx_crypto/channel/secure_channel.h"
#include "ucx_crypto/handshake/handshake.h"

namespace ucx_crypto::channel {

static_assert(std::is_same_v<InstanceId, handshake::InstanceId>);

class ProcessIdentity final : public Identity {
  public:
    /// As Identity::create, with an attestation made by the caller (tests bring their own).
    static Result<std::shared_ptr<ProcessIdentity>> create(
        const Settings& settings, std::unique_ptr<attest::Attestation> attestation);

    InstanceId instance_id(uint32_t interface_counter) const override;
    const Settings& settings() const override { return settings_; }
    const handshake::Local& local() const { return local_; }

  private:
    ProcessIdentity(const Settings& settings, std::unique_ptr<attest::Attestation> attestation,
                    handshake::Certificate certificate, handshake::TlsContext tls,
                    handshake::JobKeys keys, attest::Evidence evidence);

    Settings settings_;
    std::unique_ptr<attest::Attestation> attestation_;
    handshake::Certificate certificate_;
    handshake::TlsContext tls_;
    handshake::JobKeys keys_;
    attest::Evidence evidence_;
    handshake::Local local_;  // refers to the members above
};

}  // namespace ucx_crypto::channel
