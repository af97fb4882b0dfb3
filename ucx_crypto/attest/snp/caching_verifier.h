// Evidence that was genuine a while ago is not verified again.
#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "ucx_crypto/attest/snp/verifier.h"
#include "ucx_crypto/base/hash.h"

namespace ucx_crypto::attest::snp {

/// A Verifier that remembers what was genuine, and only that: REPORT_DATA, policy and membership
/// are the caller's to check each time, and what was refused is verified anew. An entry is found by
/// a hash of every byte of report and endorsements. Usable from any thread.
class CachingVerifier {
  public:
    struct Limits {
        size_t entries = 1024;                ///< the oldest makes way; at least 1
        std::chrono::seconds lifetime{3600};  ///< from verification, and never past a certificate's
    };

    explicit CachingVerifier(std::vector<Root> roots)
        : CachingVerifier(std::move(roots), Limits{}) {}
    CachingVerifier(std::vector<Root> roots, Limits limits)
        : verifier_(std::move(roots)), limits_(limits) {}

    /// As Verifier::verify. Times need not grow from call to call: an entry counts only between its
    /// verification and its end.
    Result<Genuine> verify(const Evidence& evidence, std::chrono::system_clock::time_point now);

    /// How many verifications the cache has saved.
    uint64_t hits() const;
    size_t size() const;

  private:
    struct Entry {
        Hash key;
        std::chrono::system_clock::time_point verified;
        Genuine genuine;
    };
    struct FirstBytes {
        size_t operator()(const Hash& key) const;
    };

    std::optional<Genuine> find(const Hash& key, std::chrono::system_clock::time_point now);
    void insert(const Hash& key, std::chrono::system_clock::time_point now, const Genuine& genuine);

    const Verifier verifier_;
    const Limits limits_;
    mutable std::mutex mutex_;
    std::list<Entry> entries_;  ///< oldest first
    std::unordered_map<Hash, std::list<Entry>::iterator, FirstBytes> index_;
    uint64_t hits_ = 0;
};

}  // namespace ucx_crypto::attest::snp
