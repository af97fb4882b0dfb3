// UCT transports under ours: which there are, and their devices. Behind the fence too.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "ucx_crypto/uct/ucx.h"

struct uct_tl;

namespace ucx_crypto::uct {

struct InnerDevice {
    uct_component_h component;
    std::string md;
    std::string transport;
    uct_tl_device_resource_t resource;
};

/// A transport's own uct_tl_t::query_devices behind the fence, or null where it is not fenced.
using BehindFence = void (*(*)(const uct_tl* transport))();
/// To be called by who raises the fence, before UCT asks for devices.
void look_behind_fence(BehindFence query);

/// The devices of inner transports, as one look has found them. Any thread.
class InnerDevices {
  public:
    /// Of all transports in `names`, in no order of preference. Looks the first time only, whatever
    /// is asked later, and opens each memory domain once for it: an adapter's takes its time.
    const std::vector<InnerDevice>& find(std::span<const char* const> names);

  private:
    std::once_flag once_;
    std::vector<InnerDevice> found_;
};

/// Of the transports in `names`, which has them in order of preference: of each device only the
/// first transport that offers it.
std::vector<InnerDevice> preferred(std::span<const InnerDevice> all,
                                   std::span<const char* const> names);

}  // namespace ucx_crypto::uct
