// The helper threads of this process, which start when somebody first has work for them.
#pragma once

#include <memory>
#include <mutex>

#include "ucx_crypto/helpers/plan.h"
#include "ucx_crypto/helpers/pool.h"

namespace ucx_crypto::helpers {

/// Any thread.
class Service {
  public:
    explicit Service(const Setting& setting) : setting_(setting) {}

    /// The one that all users with this setting share while there is one.
    static std::shared_ptr<Service> of_process(const Setting& setting);

    /// The helpers, or null where there are none. The first call starts them; they look for their
    /// places by themselves, and until then take no tasks.
    Pool* pool() {
        Pool* const started = pool_.load(std::memory_order_acquire);
        return started != nullptr || off_ ? started : start();
    }

  private:
    Pool* start();
    bool prepare();

    const Setting setting_;
    const bool off_ = !setting_.automatic && setting_.count == 0;
    std::mutex mutex_;
    std::optional<Plan> plan_;
    std::atomic<Pool*> pool_{nullptr};
    std::unique_ptr<Pool> owner_;
};

/// What a process with this setting, and the binding of the calling thread, would do.
Plan plan_here(const Setting& setting, std::chrono::milliseconds watch);

}  // namespace ucx_crypto::helpers
