// An interface of another transport on the same worker, as stacked/ wants it: InnerTransport over
// uct.h.
#pragma once

#include "ucx_crypto/stacked/inner_transport.h"
#include "ucx_crypto/uct/inner_devices.h"
#include "ucx_crypto/uct/inner_ring.h"

namespace ucx_crypto::uct {

/// Only the thread that owns the worker uses it, with the worker's asynchronous context blocked.
/// Nothing but progress() makes progress on it: UCX's worker does not know it.
class InnerInterface final : public stacked::InnerTransport {
  public:
    /// `ring_size`: bytes of an endpoint's ring, 0 for none.
    static Result<std::unique_ptr<InnerInterface>> open(const InnerDevice& device,
                                                        uct_worker_h worker,
                                                        ucs_async_context_t* async,
                                                        size_t ring_size);
    ~InnerInterface() override;
    InnerInterface(const InnerInterface&) = delete;
    InnerInterface& operator=(const InnerInterface&) = delete;

    uct_iface_h iface() const { return iface_; }
    uct_md_h md() const { return md_; }
    const uct_iface_attr_t& attributes() const { return attributes_; }
    unsigned progress() { return uct_iface_progress(iface_); }
    /// Readable when progress() has work, once arm() has succeeded; -1 where there is none.
    int event_fd() const { return event_fd_; }
    /// False: there is work now.
    bool arm();

    std::string name() const override { return name_; }
    size_t max_bytes() const override;
    Result<std::unique_ptr<stacked::InnerEndpoint>> create_endpoint() override;
    void set_observer(stacked::InnerObserver* observer) override { observer_ = observer; }

  private:
    class Endpoint;

    explicit InnerInterface(const InnerDevice& device) : name_(device.transport) {}
    Status start(const InnerDevice& device, uct_worker_h worker);
    Status check_capabilities() const;
    void use_rings(size_t size);
    std::unique_ptr<InnerMemory> make_ring(size_t size, stacked::InnerRing& description) const;
    static ucs_status_t on_message(void* argument, void* data, size_t length,
                                   unsigned flags) noexcept;
    static ucs_status_t on_error(void* argument, uct_ep_h ep, ucs_status_t status) noexcept;

    std::string name_;
    uct_md_h md_ = nullptr;
    uct_iface_h iface_ = nullptr;
    uct_iface_attr_t attributes_{};
    int event_fd_ = -1;
    ucs_async_context_t* async_ = nullptr;
    stacked::InnerObserver* observer_ = nullptr;
    std::vector<Endpoint*> endpoints_;
    size_t ring_size_ = 0;
    std::vector<std::unique_ptr<InnerPut>> abandoned_puts_;
};

}  // namespace ucx_crypto::uct
