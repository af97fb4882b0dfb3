#include "bench/duel/contestant.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace ucx_crypto::duel {
namespace {

constexpr ucp_tag_t kTag = 1;
constexpr ucp_tag_t kWholeTag = ~ucp_tag_t{0};
constexpr std::chrono::seconds kPatience(60);

Error failed(const std::string& what, ucs_status_t status) {
    return {ErrorCode::kIo, what + ": " + ucs_status_string(status)};
}

/// Variables of the environment for as long as this object lives.
class EnvironmentScope {
  public:
    explicit EnvironmentScope(const Configuration& configuration) {
        for (const auto& [name, value] : configuration.variables) {
            const char* found = std::getenv(name.c_str());
            before_.emplace_back(
                name, found != nullptr ? std::optional<std::string>(found) : std::nullopt);
            setenv(name.c_str(), value.c_str(), 1);
        }
    }
    ~EnvironmentScope() {
        for (const auto& [name, value] : before_) {
            if (value) {
                setenv(name.c_str(), value->c_str(), 1);
            } else {
                unsetenv(name.c_str());
            }
        }
    }
    EnvironmentScope(const EnvironmentScope&) = delete;
    EnvironmentScope& operator=(const EnvironmentScope&) = delete;

  private:
    std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

Result<ucp_context_h> open_context(const Configuration& configuration) {
    ucp_config_t* config = nullptr;
    ucs_status_t status = ucp_config_read(nullptr, nullptr, &config);
    if (status != UCS_OK) {
        return failed("ucp_config_read", status);
    }
    // Not through the environment: there the name of a crypto transport would be a demand that the
    // whole process uses no transport in clear.
    status = ucp_config_modify(config, "TLS", configuration.transports.c_str());
    ucp_context_h context = nullptr;
    if (status == UCS_OK) {
        ucp_params_t params{};
        params.field_mask = UCP_PARAM_FIELD_FEATURES;
        params.features = UCP_FEATURE_TAG | UCP_FEATURE_RMA;
        status = ucp_init(&params, config, &context);
    }
    ucp_config_release(config);
    if (status != UCS_OK) {
        return failed("expected a UCP context over " + configuration.transports, status);
    }
    return context;
}

}  // namespace

Result<Contestant> Contestant::open(const Configuration& configuration,
                                    std::span<std::byte> memory) {
    const EnvironmentScope scope(configuration);
    Contestant result;
    result.context_ = UCX_CRYPTO_TRY(open_context(configuration));
    ucp_worker_params_t worker{};
    worker.field_mask = UCP_WORKER_PARAM_FIELD_THREAD_MODE;
    worker.thread_mode = UCS_THREAD_MODE_SINGLE;
    ucs_status_t status = ucp_worker_create(result.context_, &worker, &result.worker_);
    if (status != UCS_OK) {
        return failed("expected a UCP worker over " + configuration.transports, status);
    }
    ucp_mem_map_params_t map{};
    map.field_mask = UCP_MEM_MAP_PARAM_FIELD_ADDRESS | UCP_MEM_MAP_PARAM_FIELD_LENGTH;
    map.address = memory.data();
    map.length = memory.size();
    status = ucp_mem_map(result.context_, &map, &result.memory_);
    if (status != UCS_OK) {
        return failed("ucp_mem_map", status);
    }
    result.local_target_ = reinterpret_cast<uint64_t>(memory.data());
    return result;
}

Contestant::Contestant(Contestant&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)),
      worker_(std::exchange(other.worker_, nullptr)),
      memory_(std::exchange(other.memory_, nullptr)),
      endpoint_(std::exchange(other.endpoint_, nullptr)),
      remote_key_(std::exchange(other.remote_key_, nullptr)),
      local_target_(other.local_target_),
      target_(other.target_),
      requests_(std::move(other.requests_)) {}

Contestant::~Contestant() {
    if (remote_key_ != nullptr) {
        ucp_rkey_destroy(remote_key_);
    }
    if (memory_ != nullptr) {
        ucp_mem_unmap(context_, memory_);
    }
    if (worker_ != nullptr) {
        ucp_worker_destroy(worker_);
    }
    if (context_ != nullptr) {
        ucp_cleanup(context_);
    }
}

Result<Addresses> Contestant::addresses() const {
    Addresses result;
    ucp_address_t* address = nullptr;
    size_t length = 0;
    ucs_status_t status = ucp_worker_get_address(worker_, &address, &length);
    if (status != UCS_OK) {
        return failed("ucp_worker_get_address", status);
    }
    const auto* bytes = reinterpret_cast<const std::byte*>(address);
    result.worker.assign(bytes, bytes + length);
    ucp_worker_release_address(worker_, address);

    void* key = nullptr;
    status = ucp_rkey_pack(context_, memory_, &key, &length);
    if (status != UCS_OK) {
        return failed("ucp_rkey_pack", status);
    }
    bytes = static_cast<const std::byte*>(key);
    result.remote_key.assign(bytes, bytes + length);
    ucp_rkey_buffer_release(key);
    result.target = local_target_;
    return result;
}

Status Contestant::connect(const Addresses& peer) {
    ucp_ep_params_t params{};
    params.field_mask = UCP_EP_PARAM_FIELD_REMOTE_ADDRESS;
    params.address = reinterpret_cast<const ucp_address_t*>(peer.worker.data());
    ucs_status_t status = ucp_ep_create(worker_, &params, &endpoint_);
    if (status != UCS_OK) {
        return failed("ucp_ep_create", status);
    }
    status = ucp_ep_rkey_unpack(endpoint_, peer.remote_key.data(), &remote_key_);
    if (status != UCS_OK) {
        return failed("ucp_ep_rkey_unpack", status);
    }
    target_ = peer.target;
    return success();
}

Status Contestant::wait(ucs_status_ptr_t request, const char* what) {
    if (request == nullptr) {
        return success();
    }
    if (UCS_PTR_IS_ERR(request)) {
        return failed(what, UCS_PTR_STATUS(request));
    }
    constexpr unsigned kSpins = 1U << 16;  // between two looks at the clock
    const auto start = std::chrono::steady_clock::now();
    ucs_status_t status = UCS_INPROGRESS;
    for (unsigned spins = 1; (status = ucp_request_check_status(request)) == UCS_INPROGRESS;
         ++spins) {
        ucp_worker_progress(worker_);
        if (spins % kSpins == 0 && std::chrono::steady_clock::now() - start > kPatience) {
            return Error(ErrorCode::kTimedOut,
                         std::string(what) + ": expected its end within " +
                             std::to_string(kPatience.count()) +
                             " s, found none; can the hosts "
                             "reach each other by this transport? Name the network, for example "
                             "UCX_NET_DEVICES=eth0");
        }
    }
    ucp_request_free(request);
    if (status != UCS_OK) {
        return failed(what, status);
    }
    return success();
}

Status Contestant::wait_all(const char* what) {
    for (ucs_status_ptr_t request : requests_) {
        UCX_CRYPTO_TRY(wait(request, what));
    }
    requests_.clear();
    return success();
}

ucs_status_ptr_t Contestant::start_send(std::span<const std::byte> message) {
    ucp_request_param_t params{};
    return ucp_tag_send_nbx(endpoint_, message.data(), message.size(), kTag, &params);
}

ucs_status_ptr_t Contestant::start_receive(std::span<std::byte> message) {
    ucp_request_param_t params{};
    return ucp_tag_recv_nbx(worker_, message.data(), message.size(), kTag, kWholeTag, &params);
}

Status Contestant::send(std::span<const std::byte> message) {
    return wait(start_send(message), "send");
}

Status Contestant::receive(std::span<std::byte> message) {
    return wait(start_receive(message), "receive");
}

Status Contestant::send_window(std::span<const std::byte> message, unsigned window) {
    for (unsigned i = 0; i < window; ++i) {
        requests_.push_back(start_send(message));
    }
    return wait_all("send");
}

Status Contestant::receive_window(std::span<std::byte> message, unsigned window) {
    for (unsigned i = 0; i < window; ++i) {
        requests_.push_back(start_receive(message));
    }
    return wait_all("receive");
}

Status Contestant::put_window(std::span<const std::byte> message, unsigned window) {
    ucp_request_param_t params{};
    for (unsigned i = 0; i < window; ++i) {
        requests_.push_back(
            ucp_put_nbx(endpoint_, message.data(), message.size(), target_, remote_key_, &params));
    }
    requests_.push_back(ucp_ep_flush_nbx(endpoint_, &params));
    return wait_all("put");
}

Status Contestant::close() {
    if (remote_key_ != nullptr) {
        ucp_rkey_destroy(std::exchange(remote_key_, nullptr));
    }
    if (endpoint_ == nullptr) {
        return success();
    }
    ucp_request_param_t params{};
    return wait(ucp_ep_close_nbx(std::exchange(endpoint_, nullptr), &params), "close");
}

}  // namespace ucx_crypto::duel
