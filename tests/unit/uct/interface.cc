#include "tests/unit/uct/interface.h"

#include <cstdarg>
#include <cstdlib>
#include <string>

#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/uct/component.h"
#include "ucx_crypto/uct/ucx.h"

namespace ucx_crypto::uct {
namespace {

int logged_lines = 0;

/// What the interfaces are of: crypto_tcp on the loopback device, unless the environment names a
/// stacked transport.
struct Choice {
    std::string transport = "crypto_tc";
    std::string device = "lo";
};

const Choice& choice() {
    static const Choice the_choice = [] {
        const char* name = std::getenv("UCX_CRYPTO_TEST_STACKED");
        const char* device = std::getenv("UCX_CRYPTO_TEST_DEVICE");
        return name != nullptr ? Choice{name, device != nullptr ? device : "memory"} : Choice();
    }();
    return the_choice;
}

/// The module's constructor does the same. The settings are the environment's, as in a job.
uct_component_h registered_component() {
    static const uct_component_h component = [] {
        static const TemporaryFolder folder;
        const std::string key = folder.write("domain.key", std::string(32, 'k'), 0600);
        setenv("UCX_CRYPTO_ATTESTATION", "off", 1);
        setenv("UCX_CRYPTO_DOMAIN_KEY", key.c_str(), 1);
        for (const char* name : {"UCX_CRYPTO_TCP_ON_FAILURE", "UCX_CRYPTO_POSIX_ON_FAILURE",
                                 "UCX_CRYPTO_SYSV_ON_FAILURE", "UCX_CRYPTO_RC_ON_FAILURE"}) {
            setenv(name, "error", 1);
        }
        register_component();
        uct_component_h* components = nullptr;
        unsigned count = 0;
        REQUIRE(uct_query_components(&components, &count) == UCS_OK);
        uct_component_h found = nullptr;
        for (unsigned i = 0; i < count; ++i) {
            uct_component_attr_t attributes{};
            attributes.field_mask = UCT_COMPONENT_ATTR_FIELD_NAME;
            REQUIRE(uct_component_query(components[i], &attributes) == UCS_OK);
            if (std::string(attributes.name) == "crypto") {
                found = components[i];
            }
        }
        uct_release_component_list(components);
        REQUIRE(found != nullptr);
        return found;
    }();
    return component;
}

ucs_status_t on_message(void* argument, void* data, size_t length, unsigned) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    auto& interface = *static_cast<Interface*>(argument);
    if (interface.message_hook) {
        interface.message_hook();
    }
    interface.received.emplace_back(bytes, bytes + length);
    return UCS_OK;
}

ucs_status_t on_error(void* argument, uct_ep_h ep, ucs_status_t status) {
    auto& interface = *static_cast<Interface*>(argument);
    interface.failed.push_back(ep);
    return interface.error_handler ? interface.error_handler(ep, status) : UCS_OK;
}

}  // namespace

Domain::Domain() : component_(registered_component()) {
    uct_md_config_t* config = nullptr;
    REQUIRE(uct_md_config_read(component_, nullptr, nullptr, &config) == UCS_OK);
    REQUIRE(uct_md_open(component_, "crypto", config, &md_) == UCS_OK);
    uct_config_release(config);
}

Domain::~Domain() {
    uct_md_close(md_);
}

Interface::Interface() {
    // A mutex, and not a spin lock: thread sanitizers know it.
    REQUIRE(ucs_async_context_create(UCS_ASYNC_MODE_THREAD_MUTEX, &async_) == UCS_OK);
    REQUIRE(uct_worker_create(async_, UCS_THREAD_MODE_SINGLE, &worker_) == UCS_OK);

    uct_iface_config_t* config = nullptr;
    REQUIRE(uct_md_iface_config_read(md(), choice().transport.c_str(), nullptr, nullptr, &config) ==
            UCS_OK);
    uct_iface_params_t params{};
    params.field_mask = UCT_IFACE_PARAM_FIELD_OPEN_MODE | UCT_IFACE_PARAM_FIELD_DEVICE |
                        UCT_IFACE_PARAM_FIELD_ERR_HANDLER | UCT_IFACE_PARAM_FIELD_ERR_HANDLER_ARG |
                        UCT_IFACE_PARAM_FIELD_ERR_HANDLER_FLAGS;
    params.open_mode = UCT_IFACE_OPEN_MODE_DEVICE;
    params.mode.device.tl_name = choice().transport.c_str();
    params.mode.device.dev_name = choice().device.c_str();
    params.err_handler = on_error;
    params.err_handler_arg = this;
    REQUIRE(uct_iface_open(md(), worker_, &params, config, &iface_) == UCS_OK);
    uct_config_release(config);

    REQUIRE(uct_iface_query(iface_, &attributes_) == UCS_OK);
    REQUIRE(uct_iface_set_am_handler(iface_, kAmId, on_message, this, 0) == UCS_OK);
    uct_iface_progress_enable(iface_, UCT_PROGRESS_SEND | UCT_PROGRESS_RECV);
}

Interface::~Interface() {
    uct_iface_close(iface_);
    uct_worker_destroy(worker_);
    ucs_async_context_destroy(async_);
}

uct_ep_h Interface::connect(const Interface& other) const {
    Bytes device(other.attributes_.device_addr_len);
    Bytes address(other.attributes_.iface_addr_len);
    auto* device_address = reinterpret_cast<uct_device_addr_t*>(device.data());
    auto* iface_address = reinterpret_cast<uct_iface_addr_t*>(address.data());
    REQUIRE(uct_iface_get_device_address(other.iface_, device_address) == UCS_OK);
    REQUIRE(uct_iface_get_address(other.iface_, iface_address) == UCS_OK);
    REQUIRE(uct_iface_is_reachable(iface_, device_address, iface_address) != 0);
    uct_ep_params_t params{};
    params.field_mask =
        UCT_EP_PARAM_FIELD_IFACE | UCT_EP_PARAM_FIELD_DEV_ADDR | UCT_EP_PARAM_FIELD_IFACE_ADDR;
    params.iface = iface_;
    params.dev_addr = device_address;
    params.iface_addr = iface_address;
    uct_ep_h ep = nullptr;
    REQUIRE(uct_ep_create(&params, &ep) == UCS_OK);
    return ep;
}

ucs_status_t send(uct_ep_h ep, uint64_t value, ByteView payload) {
    return uct_ep_am_short(ep, kAmId, value, payload.data(), static_cast<unsigned>(payload.size()));
}

std::vector<uint64_t> values(const Interface& interface) {
    std::vector<uint64_t> all;
    for (const Bytes& message : interface.received) {
        REQUIRE(message.size() >= sizeof(uint64_t));
        std::memcpy(&all.emplace_back(), message.data(), sizeof(uint64_t));
    }
    return all;
}

LogCount::LogCount() {
    logged_lines = 0;
    ucs_log_push_handler([](const char*, unsigned, const char*, ucs_log_level_t level,
                            const ucs_log_component_config_t*, const char*, va_list) {
        logged_lines += level <= UCS_LOG_LEVEL_WARN ? 1 : 0;
        return UCS_LOG_FUNC_RC_STOP;
    });
}

LogCount::~LogCount() {
    ucs_log_pop_handler();
}

int LogCount::lines() const {
    return logged_lines;
}

Pair::Pair() : ep(a.connect(b)) {
    REQUIRE(until([&] { return send(ep, 0) == UCS_OK; }));
    REQUIRE(until([&] { return !b.received.empty(); }));
    b.received.clear();
}

Pair::~Pair() {
    uct_ep_destroy(ep);
}

uint64_t Pair::fill() const {
    const Bytes payload(60000);
    uint64_t count = 0;
    for (const size_t size : {payload.size(), size_t{0}}) {
        while (send(ep, count, ByteView(payload).first(size)) == UCS_OK) {
            ++count;
        }
    }
    return count;
}

}  // namespace ucx_crypto::uct
