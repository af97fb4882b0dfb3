#include "ucx_crypto/uct/inner_interface.h"

#include <endian.h>

#include <algorithm>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/stacked/path_address.h"
#include "ucx_crypto/uct/c_boundary.h"

namespace ucx_crypto::uct {
namespace {

constexpr uint8_t kInnerAmId = 1;  // of the inner interface's own table
constexpr unsigned kRingAccess =
    UCT_MD_MEM_ACCESS_LOCAL_READ | UCT_MD_MEM_ACCESS_LOCAL_WRITE | UCT_MD_MEM_ACCESS_REMOTE_PUT;

Error inner_error(const std::string& what, ucs_status_t status) {
    const bool gone = status == UCS_ERR_CONNECTION_RESET || status == UCS_ERR_ENDPOINT_TIMEOUT ||
                      status == UCS_ERR_UNREACHABLE;
    return Error(gone ? ErrorCode::kClosed : ErrorCode::kIo,
                 what + ": " + ucs_status_string(status));
}

uct_iface_addr_t* as_interface(Bytes& bytes) {
    return reinterpret_cast<uct_iface_addr_t*>(bytes.data());
}

/// UCX reads of an address what the flags in it promise, whatever its size: behind one whose flags
/// lie there must be something else than our heap.
stacked::InnerAddress padded(stacked::InnerAddress address) {
    for (Bytes* part : {&address.device, &address.interface, &address.endpoint}) {
        part->resize(stacked::kMaxAddressSize);
    }
    return address;
}

/// What the pack callback copies: all of it is sealed but the id.
struct Packet {
    uint64_t id;  // big-endian
    ByteView bytes;
};

size_t pack(void* destination, void* argument) noexcept {
    const auto& packet = *static_cast<const Packet*>(argument);
    auto* out = static_cast<uint8_t*>(destination);
    memcpy(out, &packet.id, sizeof(packet.id));
    memcpy(out + sizeof(packet.id), packet.bytes.data(), packet.bytes.size());
    return sizeof(packet.id) + packet.bytes.size();
}

}  // namespace

class InnerInterface::Endpoint final : public stacked::InnerEndpoint {
  public:
    explicit Endpoint(InnerInterface& interface) : interface_(interface) {
        interface_.endpoints_.push_back(this);
    }
    ~Endpoint() override {
        std::erase(interface_.endpoints_, this);
        if (ep_ != nullptr) {
            uct_ep_destroy(ep_);  // may end puts
        }
    }
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;

    Result<stacked::InnerAddress> address() override {
        const uct_iface_attr_t& attributes = interface_.attributes_;
        stacked::InnerAddress address;
        address.device.resize(attributes.device_addr_len);
        ucs_status_t status = uct_iface_get_device_address(
            interface_.iface_, reinterpret_cast<uct_device_addr_t*>(address.device.data()));
        if (status == UCS_OK && attributes.iface_addr_len != 0) {
            address.interface.resize(attributes.iface_addr_len);
            status = uct_iface_get_address(interface_.iface_, as_interface(address.interface));
        }
        if (status == UCS_OK && !to_interface()) {
            UCX_CRYPTO_TRY(create(nullptr));
            address.endpoint.resize(attributes.ep_addr_len);
            status =
                uct_ep_get_address(ep_, reinterpret_cast<uct_ep_addr_t*>(address.endpoint.data()));
        }
        if (status != UCS_OK) {
            return inner_error("address of an endpoint over " + interface_.name_, status);
        }
        if (interface_.ring_size_ != 0) {
            ring_ = interface_.make_ring(interface_.ring_size_, address.ring);
        }
        return address;
    }

    Status connect(const stacked::InnerAddress& address) override {
        const uct_iface_attr_t& attributes = interface_.attributes_;
        const size_t endpoint = to_interface() ? 0 : attributes.ep_addr_len;
        if (address.device.size() != attributes.device_addr_len ||
            address.interface.size() != attributes.iface_addr_len ||
            address.endpoint.size() != endpoint) {
            return Error(ErrorCode::kProtocol,
                         "expected addresses of the sizes that " + interface_.name_ +
                             " has here (" + std::to_string(attributes.device_addr_len) + ", " +
                             std::to_string(attributes.iface_addr_len) + " and " +
                             std::to_string(endpoint) + " bytes), found others");
        }
        const stacked::InnerAddress peer = padded(address);
        if (peer.ring.size != 0 && interface_.ring_size_ != 0) {
            writer_ = UCX_CRYPTO_TRY(InnerRingWriter::create(interface_.md_, attributes, peer.ring,
                                                             interface_.abandoned_puts_));
        }
        if (to_interface()) {
            return create(&peer);
        }
        const ucs_status_t status = uct_ep_connect_to_ep(
            ep_, reinterpret_cast<const uct_device_addr_t*>(peer.device.data()),
            reinterpret_cast<const uct_ep_addr_t*>(peer.endpoint.data()));
        return status == UCS_OK ? success()
                                : Status(inner_error("connect over " + interface_.name_, status));
    }

    Result<bool> send(stacked::SessionId id, ByteView bytes) override {
        if (failed_) {
            return inner_error("send over " + interface_.name_, UCS_ERR_CONNECTION_RESET);
        }
        Packet packet{htobe64(id), bytes};
        const uct_iface_attr_t& attributes = interface_.attributes_;
        const bool is_short = (attributes.cap.flags & UCT_IFACE_FLAG_AM_SHORT) != 0 &&
                              sizeof(packet.id) + bytes.size() <= attributes.cap.am.max_short;
        // The header of a short message lies in front of its payload, as our pack() has it.
        const ssize_t sent =
            is_short
                ? static_cast<ssize_t>(uct_ep_am_short(ep_, kInnerAmId, packet.id, bytes.data(),
                                                       static_cast<unsigned>(bytes.size())))
                : uct_ep_am_bcopy(ep_, kInnerAmId, for_c(pack), &packet, 0);
        if (sent == UCS_ERR_NO_RESOURCE) {
            return false;
        }
        if (sent < 0) {
            return inner_error("send over " + interface_.name_, static_cast<ucs_status_t>(sent));
        }
        return true;
    }

    ByteView ring() const override { return ring_ ? ByteView(ring_->bytes()) : ByteView(); }
    size_t max_put() const override {
        return writer_ ? InnerRingWriter::max_put(interface_.attributes_) : 0;
    }
    Result<bool> put(size_t offset, ByteView bytes) override {
        if (failed_) {
            return inner_error("put over " + interface_.name_, UCS_ERR_CONNECTION_RESET);
        }
        return writer_->put(ep_, offset, bytes);
    }

    bool flushed() override {
        if (failed_ || ep_ == nullptr) {
            return true;
        }
        const ucs_status_t status = uct_ep_flush(ep_, UCT_FLUSH_FLAG_LOCAL, nullptr);
        if (status != UCS_INPROGRESS && status != UCS_ERR_NO_RESOURCE) {
            return true;
        }
        interface_.progress();
        return false;
    }

    uct_ep_h ep() const { return ep_; }
    void set_failed() { failed_ = true; }

  private:
    bool to_interface() const {
        return (interface_.attributes_.cap.flags & UCT_IFACE_FLAG_CONNECT_TO_IFACE) != 0;
    }

    /// To the peer's interface, or to be connected later.
    Status create(const stacked::InnerAddress* peer) {
        uct_ep_params_t params{};
        params.field_mask = UCT_EP_PARAM_FIELD_IFACE;
        params.iface = interface_.iface_;
        if (peer != nullptr) {
            params.field_mask |= UCT_EP_PARAM_FIELD_DEV_ADDR | UCT_EP_PARAM_FIELD_IFACE_ADDR;
            params.dev_addr = reinterpret_cast<const uct_device_addr_t*>(peer->device.data());
            params.iface_addr = reinterpret_cast<const uct_iface_addr_t*>(peer->interface.data());
        }
        const ucs_status_t status = uct_ep_create(&params, &ep_);
        if (status != UCS_OK) {
            ep_ = nullptr;
            return inner_error("endpoint over " + interface_.name_, status);
        }
        return success();
    }

    InnerInterface& interface_;
    uct_ep_h ep_ = nullptr;
    bool failed_ = false;
    std::unique_ptr<InnerMemory> ring_;
    std::unique_ptr<InnerRingWriter> writer_;
};

Result<std::unique_ptr<InnerInterface>> InnerInterface::open(const InnerDevice& device,
                                                             uct_worker_h worker,
                                                             ucs_async_context_t* async,
                                                             size_t ring_size) {
    std::unique_ptr<InnerInterface> interface(new InnerInterface(device));
    interface->async_ = async;
    UCX_CRYPTO_TRY(interface->start(device, worker));
    interface->use_rings(ring_size);
    return interface;
}

Status InnerInterface::start(const InnerDevice& device, uct_worker_h worker) {
    const std::string what = device.transport + " on " + device.resource.name;
    uct_md_config_t* md_config = nullptr;
    ucs_status_t status = uct_md_config_read(device.component, nullptr, nullptr, &md_config);
    if (status == UCS_OK) {
        status = uct_md_open(device.component, device.md.c_str(), md_config, &md_);
        uct_config_release(md_config);
    }
    if (status != UCS_OK) {
        md_ = nullptr;
        return inner_error("memory domain of " + what, status);
    }
    uct_iface_config_t* config = nullptr;
    status = uct_md_iface_config_read(md_, device.transport.c_str(), nullptr, nullptr, &config);
    if (status != UCS_OK) {
        return inner_error("settings of " + what, status);
    }
    uct_iface_params_t params{};
    params.field_mask = UCT_IFACE_PARAM_FIELD_OPEN_MODE | UCT_IFACE_PARAM_FIELD_DEVICE |
                        UCT_IFACE_PARAM_FIELD_ERR_HANDLER | UCT_IFACE_PARAM_FIELD_ERR_HANDLER_ARG |
                        UCT_IFACE_PARAM_FIELD_ERR_HANDLER_FLAGS | UCT_IFACE_PARAM_FIELD_FEATURES;
    params.open_mode = UCT_IFACE_OPEN_MODE_DEVICE;
    params.mode.device.tl_name = device.transport.c_str();
    params.mode.device.dev_name = device.resource.name;
    params.err_handler = for_c(on_error);
    params.err_handler_arg = this;
    params.features = UCT_IFACE_FEATURE_AM | UCT_IFACE_FEATURE_PUT;
    status = uct_iface_open(md_, worker, &params, config, &iface_);
    uct_config_release(config);
    if (status == UCS_OK) {
        status = uct_iface_query(iface_, &attributes_);
    }
    // UCX logs each message of an id without a handler: whoever reaches the interface could fill
    // the log.
    const auto drop = [](void*, void*, size_t, unsigned) noexcept { return UCS_OK; };
    for (uint8_t id = 0; id < UCT_AM_ID_MAX && status == UCS_OK; ++id) {
        status = uct_iface_set_am_handler(iface_, id, for_c(id == kInnerAmId ? on_message : +drop),
                                          this, 0);
    }
    if (status != UCS_OK) {
        return inner_error(what, status);
    }
    UCX_CRYPTO_TRY(check_capabilities());
    if ((attributes_.cap.event_flags & UCT_IFACE_FLAG_EVENT_FD) != 0 &&
        uct_iface_event_fd_get(iface_, &event_fd_) != UCS_OK) {
        event_fd_ = -1;
    }
    // Enabling also posts receives; progress itself is ours alone to make.
    uct_iface_progress_enable(iface_, UCT_PROGRESS_SEND | UCT_PROGRESS_RECV);
    uct_iface_progress_disable(iface_, UCT_PROGRESS_SEND | UCT_PROGRESS_RECV);
    return success();
}

Status InnerInterface::check_capabilities() const {
    constexpr size_t kSmallest = 256;
    const uint64_t flags = attributes_.cap.flags;
    std::string missing;
    if ((flags & UCT_IFACE_FLAG_AM_BCOPY) == 0 || attributes_.cap.am.max_bcopy < kSmallest) {
        missing = "buffered active messages";
    } else if ((flags & UCT_IFACE_FLAG_CB_SYNC) == 0) {
        missing = "active messages that are handled in its progress";
    } else if ((flags & UCT_IFACE_FLAG_AM_DUP) != 0) {
        missing = "active messages that come once";
    } else if ((flags & (UCT_IFACE_FLAG_CONNECT_TO_IFACE | UCT_IFACE_FLAG_CONNECT_TO_EP)) == 0) {
        missing = "endpoints that connect to an interface or to an endpoint";
    }
    if (!missing.empty()) {
        return Error(ErrorCode::kUnsupported,
                     "inner transport " + name_ + ": expected " + missing + ", found none");
    }
    return success();
}

void InnerInterface::use_rings(size_t size) {
    stacked::InnerRing trial;
    if (size != 0 && InnerRingWriter::max_put(attributes_) != 0 && make_ring(size, trial)) {
        ring_size_ = size;
    }
}

/// Null where there is no memory for it, or not any more: without it everything goes as active
/// messages, no less protected.
std::unique_ptr<InnerMemory> InnerInterface::make_ring(size_t size,
                                                       stacked::InnerRing& description) const {
    auto memory = InnerMemory::allocate(md_, size, kRingAccess);
    auto described =
        memory.ok() ? (*memory)->describe() : Result<stacked::InnerRing>(memory.error());
    if (!described.ok()) {
        UCX_CRYPTO_DEBUG("no ring over %s: %s", name_.c_str(), described.error().message().c_str());
        return nullptr;
    }
    description = std::move(described).value();
    return std::move(memory).value();
}

InnerInterface::~InnerInterface() {
    if (iface_ != nullptr) {
        uct_iface_close(iface_);
    }
    if (md_ != nullptr) {
        uct_md_close(md_);
    }
}

bool InnerInterface::arm() {
    return uct_iface_event_arm(iface_, UCT_EVENT_SEND_COMP | UCT_EVENT_RECV) == UCS_OK;
}

size_t InnerInterface::max_bytes() const {
    return attributes_.cap.am.max_bcopy - stacked::kSessionIdSize;
}

Result<std::unique_ptr<stacked::InnerEndpoint>> InnerInterface::create_endpoint() {
    return std::unique_ptr<stacked::InnerEndpoint>(std::make_unique<Endpoint>(*this));
}

ucs_status_t InnerInterface::on_message(void* argument, void* data, size_t length,
                                        unsigned) noexcept {
    auto& self = *static_cast<InnerInterface*>(argument);
    const AsyncBlock block(self.async_);
    if (self.observer_ != nullptr) {
        self.observer_->on_inner_message({static_cast<const uint8_t*>(data), length});
    }
    return UCS_OK;  // what is kept of it has been copied
}

ucs_status_t InnerInterface::on_error(void* argument, uct_ep_h ep, ucs_status_t status) noexcept {
    auto& self = *static_cast<InnerInterface*>(argument);
    const AsyncBlock block(self.async_);
    for (Endpoint* endpoint : self.endpoints_) {
        if (endpoint->ep() == ep) {
            endpoint->set_failed();
            if (self.observer_ != nullptr) {
                self.observer_->on_inner_failure(
                    *endpoint, inner_error("connection over " + self.name_, status));
            }
            break;
        }
    }
    return UCS_OK;
}

}  // namespace ucx_crypto::uct
