#include "ucx_crypto/helpers/service.h"

#include <algorithm>
#include <exception>
#include <vector>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/helpers/machine.h"

namespace ucx_crypto::helpers {
namespace {

/// Some ticks of the kernel's clock, and short beside a transfer for which helpers are worth it.
constexpr std::chrono::milliseconds kWatch{100};

}  // namespace

Plan plan_here(const Setting& setting, std::chrono::milliseconds watch) {
    auto situation = look_around(setting.automatic ? watch : std::chrono::milliseconds(0));
    if (!situation.ok()) {
        return {setting.automatic ? 0 : setting.count, {}, situation.error().message()};
    }
    return make_plan(setting, *situation);
}

std::shared_ptr<Service> Service::of_process(const Setting& setting) {
    static std::mutex mutex;
    static std::vector<std::weak_ptr<Service>> all;
    const std::lock_guard lock(mutex);
    std::erase_if(all, [](const auto& each) { return each.expired(); });
    for (const auto& each : all) {
        if (auto existing = each.lock(); existing && existing->setting_ == setting) {
            return existing;
        }
    }
    auto created = std::make_shared<Service>(setting);
    all.push_back(created);
    return created;
}

Pool* Service::start() {
    const std::lock_guard lock(mutex_);
    if (!owner_) {
        PoolOptions options;
        options.helpers = setting_.automatic ? 1 : setting_.count;
        options.prepare = [this] {
            try {
                return prepare();
            } catch (const std::exception& error) {
                // Nothing may leave a helper's thread, and none is needed.
                UCX_CRYPTO_WARN("helper threads: expected a plan, found '%s'; there are none",
                                error.what());
                return false;
            }
        };
        owner_ = std::make_unique<Pool>(std::move(options));
        pool_.store(owner_.get(), std::memory_order_release);
    }
    return owner_.get();
}

/// In each helper; the first one plans for all.
bool Service::prepare() {
    const std::lock_guard lock(mutex_);
    if (!plan_) {
        plan_ = plan_here(setting_, kWatch);
        UCX_CRYPTO_DEBUG(
            "%u helper threads on processors %s: %s", plan_->helpers,
            plan_->processors.empty() ? "of all kinds" : to_string(plan_->processors).c_str(),
            plan_->reason.c_str());
    }
    if (plan_->helpers != 0 && !plan_->processors.empty()) {
        if (const Status placed = run_on(plan_->processors); !placed.ok()) {
            UCX_CRYPTO_DEBUG("%s", placed.error().message().c_str());
        }
    }
    return plan_->helpers != 0;
}

}  // namespace ucx_crypto::helpers
