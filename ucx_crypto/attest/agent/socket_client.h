// The node's agent behind its unix socket.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "ucx_crypto/attest/agent/agent_client.h"

namespace ucx_crypto::attest::agent {

/// Longer than an agent with many clients and a throttled device takes.
inline constexpr std::chrono::seconds kAnswerTime{60};

/// Whether something lies at `path`, be it of use or not.
bool is_there(const std::string& path);

/// The agent that listens at `path`. It is believed because whoever could replace it has power over
/// this process anyway: the socket belongs to root or this user, lies in a folder where nobody else
/// may replace it, and the kernel says that root or this user listens. What it answers is
/// checked nevertheless.
///
/// kNotFound: no socket, or nobody listens; kPermission: not trustworthy, or not for this user.
Result<std::unique_ptr<AgentClient>> open_agent(const std::string& path,
                                                std::chrono::milliseconds time = kAnswerTime);

}  // namespace ucx_crypto::attest::agent
