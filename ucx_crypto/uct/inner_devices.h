// UCT transports under ours: which there are, and their devices. Behind the fence too.
#pragma once

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

/// Devices of the transports that `names` has, in its order of preference: of each device only the
/// first that offers it. Opens memory domains for the question.
std::vector<InnerDevice> find_inner_devices(std::span<const char* const> names);

}  // namespace ucx_crypto::uct
