#include "ucx_crypto/uct/identities.h"

#include <atomic>
#include <mutex>
#include <vector>

#include "ucx_crypto/api/registrations.h"

namespace ucx_crypto::uct {

namespace {

struct Identities {
    std::mutex mutex;
    std::vector<std::weak_ptr<channel::Identity>> all;
};

Identities& identities() {
    static Identities* const the_identities = new Identities;  // asked until the process ends
    return *the_identities;
}

}  // namespace

Result<std::shared_ptr<channel::Identity>> process_identity(const channel::Settings& given) {
    channel::Settings settings = given;
    const std::lock_guard lock(identities().mutex);
    UCX_CRYPTO_TRY(api::fill_in(settings.attestation));
    auto& all = identities().all;
    std::erase_if(all, [](const auto& identity) { return identity.expired(); });
    for (const auto& identity : all) {
        if (auto existing = identity.lock(); existing && existing->settings() == settings) {
            return existing;
        }
    }
    auto created = UCX_CRYPTO_TRY(channel::Identity::create(settings));
    all.push_back(created);
    return created;
}

std::shared_ptr<channel::Identity> existing_identity() {
    const std::lock_guard lock(identities().mutex);
    for (const auto& identity : identities().all) {
        if (auto existing = identity.lock()) {
            return existing;
        }
    }
    return nullptr;
}

uint32_t next_interface_counter() {
    static std::atomic<uint32_t> counter{0};
    return ++counter;
}

}  // namespace ucx_crypto::uct
