#include "ucx_crypto/tcp/region_table.h"

#include <sodium.h>

namespace ucx_crypto::tcp {

std::shared_ptr<Region> RegionTable::add(uint64_t address, uint64_t length) {
    return std::make_shared<Region>(Region{address, length, std::nullopt});
}

Token RegionTable::mint(Region& region) {
    const std::lock_guard lock(mutex_);
    if (!region.token) {
        Token token;
        randombytes_buf(token.data(), token.size());
        region.token = token;
        by_token_.emplace(token, std::make_shared<Region>(region));
    }
    return *region.token;
}

void RegionTable::remove(const std::shared_ptr<Region>& region) {
    const std::lock_guard lock(mutex_);
    if (region->token) {
        by_token_.erase(*region->token);
        region->token.reset();
    }
}

Status RegionTable::write(const Token& token, uint64_t address, uint64_t offset, ByteView payload) {
    const std::lock_guard lock(mutex_);
    uint64_t start = 0;
    if (__builtin_add_overflow(address, offset, &start) ||
        !contains_locked(token, start, payload.size())) {
        return Error(ErrorCode::kAuthentication,
                     "PUT: expected a range inside a registered region, found one that is not, or "
                     "that has been deregistered");
    }
    if (!payload.empty()) {
        std::memcpy(reinterpret_cast<void*>(start), payload.data(), payload.size());
    }
    return success();
}

bool RegionTable::contains(const Token& token, uint64_t address, uint64_t length) const {
    const std::lock_guard lock(mutex_);
    return contains_locked(token, address, length);
}

bool RegionTable::contains_locked(const Token& token, uint64_t address, uint64_t length) const {
    const auto found = by_token_.find(token);
    if (found == by_token_.end()) {
        return false;
    }
    const Region& region = *found->second;
    // Written so that nothing can overflow: first the start, then the length that is left.
    return address >= region.address && address - region.address <= region.length &&
           length <= region.length - (address - region.address);
}

size_t RegionTable::size() const {
    const std::lock_guard lock(mutex_);
    return by_token_.size();
}

}  // namespace ucx_crypto::tcp
