#include "ucx_crypto/attest/snp/caching_verifier.h"

#include <cstring>

namespace ucx_crypto::attest::snp {
namespace {

/// The report's length first, so that no byte can move from one part to the other.
Result<Hash> key_of(const Evidence& evidence) {
    Bytes all;
    all.reserve(sizeof(uint64_t) + evidence.report.size() + evidence.endorsements.size());
    const uint64_t length = evidence.report.size();
    for (int shift = 56; shift >= 0; shift -= 8) {
        all.push_back(static_cast<uint8_t>(length >> shift));
    }
    all.insert(all.end(), evidence.report.begin(), evidence.report.end());
    all.insert(all.end(), evidence.endorsements.begin(), evidence.endorsements.end());
    return sha384(all);
}

}  // namespace

size_t CachingVerifier::FirstBytes::operator()(const Hash& key) const {
    size_t value = 0;
    std::memcpy(&value, key.data(), sizeof(value));
    return value;
}

Result<Genuine> CachingVerifier::verify(const Evidence& evidence,
                                        std::chrono::system_clock::time_point now) {
    const Hash key = UCX_CRYPTO_TRY(key_of(evidence));
    if (auto known = find(key, now)) {
        return std::move(*known);
    }
    // Without the lock: it takes a millisecond, and two that verify the same find the same.
    auto genuine = UCX_CRYPTO_TRY(verifier_.verify(evidence, now));
    insert(key, now, genuine);
    return genuine;
}

std::optional<Genuine> CachingVerifier::find(const Hash& key,
                                             std::chrono::system_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) {
        return std::nullopt;
    }
    const Entry& entry = *found->second;
    if (now < entry.verified || now >= entry.verified + limits_.lifetime ||
        !entry.genuine.validity.contains(now)) {
        return std::nullopt;
    }
    ++hits_;
    return entry.genuine;
}

void CachingVerifier::insert(const Hash& key, std::chrono::system_clock::time_point now,
                             const Genuine& genuine) {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
        entries_.erase(found->second);
        index_.erase(found);
    }
    while (!entries_.empty() && entries_.size() >= limits_.entries) {
        index_.erase(entries_.front().key);
        entries_.pop_front();
    }
    entries_.push_back({key, now, genuine});
    index_.emplace(key, std::prev(entries_.end()));
}

uint64_t CachingVerifier::hits() const {
    const std::lock_guard lock(mutex_);
    return hits_;
}

size_t CachingVerifier::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

}  // namespace ucx_crypto::attest::snp
