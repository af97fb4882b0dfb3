// The Merkle tree of RFC 9162 (section 2.1) with SHA-256: one hash commits to a list, and a short
// path shows that something stands at one place of it.
#pragma once

#include <vector>

#include "ucx_crypto/attest/attestation.h"

namespace ucx_crypto::attest::agent {

/// More leaves than a node has ranks; a bound for what peers send.
inline constexpr uint32_t kMaxTreeSize = 1024;
inline constexpr size_t kMaxPathLength = 10;
static_assert(kMaxTreeSize == 1U << kMaxPathLength);

/// SHA-256(0x00 || entry). Inner nodes begin with 0x01, so that none of them passes for a leaf.
Digest leaf_hash(ByteView entry);

class MerkleTree {
  public:
    /// `leaves` are leaf_hash() values, 1 to kMaxTreeSize of them.
    explicit MerkleTree(std::vector<Digest> leaves);

    uint32_t size() const { return static_cast<uint32_t>(levels_.front().size()); }
    const Digest& root() const { return levels_.back().front(); }
    /// The hashes beside the way from leaf `index` (below size()) to the root.
    std::vector<Digest> path(uint32_t index) const;

  private:
    std::vector<std::vector<Digest>> levels_;  // leaves first; a last one without a pair moves up
};

/// The root of a tree of `size` leaves with `leaf` at `index` and `path` beside its way. The path
/// must have exactly the length that index and size ask for, so that a leaf has one place only;
/// kAuthentication otherwise. Whoever compares the root must also know the size from the same hand.
Result<Digest> root_of_path(const Digest& leaf, uint32_t index, uint32_t size,
                            const std::vector<Digest>& path);

}  // namespace ucx_crypto::attest::agent
