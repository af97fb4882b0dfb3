// The memory that peers may write with PUT: registered regions and the tokens that name them.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "ucx_crypto/tcp/frame.h"

namespace ucx_crypto::tcp {

/// A registered range of this process's memory.
struct Region {
    uint64_t address;
    uint64_t length;
    std::optional<Token> token;  ///< minted when a remote key is first packed
};

/// Shared by all workers of a memory domain; every method may be called from any thread.
class RegionTable {
  public:
    /// The region is not reachable by any peer until its token is minted.
    std::shared_ptr<Region> add(uint64_t address, uint64_t length);

    /// Token of `region`: 16 bytes of the operating system's random generator, the same at each
    /// call.
    Token mint(Region& region);

    /// Revokes the token. Waits for a write() under way; a PUT that has begun ends its connection
    /// when it writes again.
    void remove(const std::shared_ptr<Region>& region);

    /// Copies `payload` to `address` + `offset`, if the token is valid now and the whole range lies
    /// inside its region. The lock is held while copying, so that remove() returns only when no
    /// peer's byte can arrive any more. kAuthentication when the token or the range is not good.
    Status write(const Token& token, uint64_t address, uint64_t offset, ByteView payload);

    /// Whether the token names a region that contains [address, address + length).
    bool contains(const Token& token, uint64_t address, uint64_t length) const;

    /// Regions whose tokens are valid now.
    size_t size() const;

  private:
    bool contains_locked(const Token& token, uint64_t address, uint64_t length) const;

    mutable std::mutex mutex_;
    std::map<Token, std::shared_ptr<Region>> by_token_;
};

}  // namespace ucx_crypto::tcp
