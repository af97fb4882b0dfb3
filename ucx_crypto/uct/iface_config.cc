#include "ucx_crypto/uct/iface_config.h"

#include <cmath>
#include <cstdio>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/uct/iface.h"

namespace ucx_crypto::uct {

static const char* on_failure_names[] = {"abort", "error", nullptr};
static const char* coalescing_names[] = {"none", "progress", "burst", nullptr};

ucs_config_field_t iface_config_table[] = {
    {"", "MAX_NUM_EPS=inf", nullptr, ucs_offsetof(IfaceConfig, super),
     UCS_CONFIG_TYPE_TABLE(uct_iface_config_table)},

    {"SEG_SIZE", "65792",
     "Largest active message in bytes, and largest payload of one record. Must be the same on all\n"
     "nodes. 64 KiB and room for UCP's header by default.",
     ucs_offsetof(IfaceConfig, segment_size), UCS_CONFIG_TYPE_MEMUNITS},

    {"MAX_IOV", "6", "Largest number of buffers in one operation, at most 6.",
     ucs_offsetof(IfaceConfig, max_iov), UCS_CONFIG_TYPE_ULONG},

    {"PREFER_DEFAULT", "y",
     "Give higher priority to the device of the default route; of crypto_tcp only.",
     ucs_offsetof(IfaceConfig, prefer_default), UCS_CONFIG_TYPE_BOOL},

    {"PUT_ENABLE", "y", "Enable PUT zcopy.", ucs_offsetof(IfaceConfig, put_enable),
     UCS_CONFIG_TYPE_BOOL},

    {"NODELAY", "y", "Set TCP_NODELAY.", ucs_offsetof(IfaceConfig, nodelay), UCS_CONFIG_TYPE_BOOL},

    {"SNDBUF", "auto", "Size of the socket's send buffer in bytes.",
     ucs_offsetof(IfaceConfig, send_buffer), UCS_CONFIG_TYPE_MEMUNITS},

    {"RCVBUF", "auto", "Size of the socket's receive buffer in bytes.",
     ucs_offsetof(IfaceConfig, receive_buffer), UCS_CONFIG_TYPE_MEMUNITS},

    {"PORT_RANGE", "0",
     "TCP ports to listen on, as FIRST-LAST. Zero: the operating system chooses.",
     ucs_offsetof(IfaceConfig, port_range), UCS_CONFIG_TYPE_RANGE_SPEC},

    {"HANDSHAKE_TIMEOUT", "20s",
     "Time after which a handshake fails; as much of it as this process could make progress in. "
     "In\n"
     "whole seconds, rounded up.",
     ucs_offsetof(IfaceConfig, handshake_timeout), UCS_CONFIG_TYPE_TIME},

    {"KEEPALIVE_INTERVAL", "10s",
     "Time between authenticated keepalive records on a connection; 0 disables them. In whole\n"
     "seconds, rounded up.",
     ucs_offsetof(IfaceConfig, keepalive_interval), UCS_CONFIG_TYPE_TIME},

    {"MAX_HANDSHAKES", "256",
     "Handshakes of others at the same time, at least 1. Further connections take the place of "
     "the\n"
     "oldest that have said nothing yet, or what another one says, else they wait in the kernel.",
     ucs_offsetof(IfaceConfig, max_handshakes), UCS_CONFIG_TYPE_UINT},

    {"ON_FAILURE", "abort",
     "What happens when a connection fails and no error handler of the application takes it:\n"
     "  abort - the process ends with a message; MPI jobs would hang otherwise\n"
     "  error - the error is reported through UCX only",
     ucs_offsetof(IfaceConfig, on_failure), UCS_CONFIG_TYPE_ENUM(on_failure_names)},

    {"COALESCE", "progress",
     "Which messages to one peer may leave in one system call:\n"
     "  none     - each leaves by itself\n"
     "  progress - those that are sent while UCX makes progress\n"
     "  burst    - also messages of up to 1 KiB that follow each other: they wait until UCX makes\n"
     "             progress, for 16 KiB of them, or for 250 us. Many more messages per second; "
     "one\n"
     "             whose sender turns to something else arrives later.",
     ucs_offsetof(IfaceConfig, coalescing), UCS_CONFIG_TYPE_ENUM(coalescing_names)},

    {nullptr, nullptr, nullptr, 0, {}}};

namespace {

size_t buffer_size(size_t configured) {
    return configured == UCS_MEMUNITS_AUTO ? 0 : configured;
}

/// The engine counts seconds.
Result<unsigned> whole_seconds(const std::string& name, double seconds, bool may_be_zero) {
    constexpr double kMost = 24 * 3600;
    // Written so that it holds for what is no number, too, which UCX's parser lets through.
    if (!(seconds <= kMost && (seconds > 0 || (may_be_zero && seconds == 0)))) {
        char found[32];
        std::snprintf(found, sizeof(found), "%g", seconds);
        return Error(ErrorCode::kInvalidArgument, name + ": expected " +
                                                      (may_be_zero ? "0" : "more than 0") +
                                                      " to 86400 s, found " + found + " s");
    }
    return static_cast<unsigned>(std::ceil(seconds));
}

}  // namespace

Status configure(IfaceState& state, const IfaceConfig& config, tcp::EngineSettings& settings) {
    const std::string prefix = state.settings_prefix;
    constexpr size_t kSmallest = 1024;
    constexpr size_t kLargest = record::kMaxPlaintextLimit / 2;
    if (config.segment_size < kSmallest || config.segment_size > kLargest) {
        return Error(ErrorCode::kInvalidArgument, prefix + "SEG_SIZE: expected " +
                                                      std::to_string(kSmallest) + " to " +
                                                      std::to_string(kLargest) + ", found " +
                                                      std::to_string(config.segment_size));
    }
    constexpr size_t kMostIov = 6;
    if (config.max_iov == 0 || config.max_iov > kMostIov) {
        return Error(ErrorCode::kInvalidArgument, prefix + "MAX_IOV: expected 1 to " +
                                                      std::to_string(kMostIov) + ", found " +
                                                      std::to_string(config.max_iov));
    }
    const ucs_range_spec_t& ports = config.port_range;
    const bool any_port = ports.first == 0 && ports.last == 0;
    if (!any_port && (ports.first == 0 || ports.last > UINT16_MAX || ports.first > ports.last)) {
        return Error(ErrorCode::kInvalidArgument,
                     prefix + "PORT_RANGE: expected 0, or FIRST-LAST within 1-65535, found " +
                         std::to_string(ports.first) + "-" + std::to_string(ports.last));
    }
    if (config.max_handshakes == 0) {
        return Error(ErrorCode::kInvalidArgument,
                     prefix + "MAX_HANDSHAKES: expected at least 1, found 0");
    }
    state.segment_size = config.segment_size;
    state.max_iov = config.max_iov;
    state.put_enable = config.put_enable != 0;
    state.prefer_default = config.prefer_default != 0;
    state.on_failure = static_cast<OnFailure>(config.on_failure);
    state.pack_buffer = std::make_unique<uint8_t[]>(config.segment_size);
    settings.segment_size = config.segment_size;
    settings.socket = {config.nodelay != 0, buffer_size(config.send_buffer),
                       buffer_size(config.receive_buffer)};
    settings.first_port = static_cast<uint16_t>(config.port_range.first);
    settings.last_port = static_cast<uint16_t>(config.port_range.last);
    settings.handshake_timeout = UCX_CRYPTO_TRY(
        whole_seconds(prefix + "HANDSHAKE_TIMEOUT", config.handshake_timeout, false));
    settings.keepalive_interval = UCX_CRYPTO_TRY(
        whole_seconds(prefix + "KEEPALIVE_INTERVAL", config.keepalive_interval, true));
    settings.max_handshakes = config.max_handshakes;
    settings.coalescing = static_cast<tcp::Coalescing>(config.coalescing);
    if (settings.coalescing == tcp::Coalescing::kBurst &&
        state.async()->mode == UCS_ASYNC_MODE_POLL) {
        UCX_CRYPTO_WARN(
            "%sCOALESCE=burst: expected an asynchronous thread of UCX that ends the waiting, found "
            "none; 'progress' is used",
            prefix.c_str());
        settings.coalescing = tcp::Coalescing::kProgress;
    }
    state.coalesces = settings.coalescing != tcp::Coalescing::kNone;
    return success();
}

}  // namespace ucx_crypto::uct
