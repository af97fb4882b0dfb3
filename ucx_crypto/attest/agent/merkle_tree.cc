#include "ucx_crypto/attest/agent/merkle_tree.h"

#include <sodium.h>

namespace ucx_crypto::attest::agent {
namespace {

constexpr uint8_t kLeafPrefix = 0;
constexpr uint8_t kNodePrefix = 1;

Digest hash(uint8_t prefix, ByteView first, ByteView second) {
    Digest digest{};
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, &prefix, 1);
    crypto_hash_sha256_update(&state, first.data(), first.size());
    crypto_hash_sha256_update(&state, second.data(), second.size());
    crypto_hash_sha256_final(&state, digest.data());
    return digest;
}

Digest node_hash(const Digest& left, const Digest& right) {
    return hash(kNodePrefix, left, right);
}

/// Whether the node at `index` of a level has one beside it.
bool has_pair(size_t index, size_t level_size) {
    return (index ^ 1) < level_size;
}

}  // namespace

Digest leaf_hash(ByteView entry) {
    return hash(kLeafPrefix, entry, {});
}

MerkleTree::MerkleTree(std::vector<Digest> leaves) {
    levels_.push_back(std::move(leaves));
    while (levels_.back().size() > 1) {
        const std::vector<Digest>& below = levels_.back();
        std::vector<Digest> level;
        for (size_t i = 0; i < below.size(); i += 2) {
            level.push_back(has_pair(i, below.size()) ? node_hash(below[i], below[i + 1])
                                                      : below[i]);
        }
        levels_.push_back(std::move(level));
    }
}

std::vector<Digest> MerkleTree::path(uint32_t index) const {
    std::vector<Digest> path;
    size_t at = index;
    for (const auto& level : levels_) {
        if (has_pair(at, level.size())) {
            path.push_back(level[at ^ 1]);
        }
        at /= 2;
    }
    return path;
}

Result<Digest> root_of_path(const Digest& leaf, uint32_t index, uint32_t size,
                            const std::vector<Digest>& path) {
    if (size == 0 || size > kMaxTreeSize || index >= size) {
        return Error(ErrorCode::kAuthentication,
                     "Merkle path: expected a place in a tree of 1 to " +
                         std::to_string(kMaxTreeSize) + " leaves, found leaf " +
                         std::to_string(index) + " of " + std::to_string(size));
    }
    Digest hash = leaf;
    size_t used = 0;
    size_t at = index;
    for (size_t level_size = size; level_size > 1; level_size = (level_size + 1) / 2, at /= 2) {
        if (!has_pair(at, level_size)) {
            continue;
        }
        if (used == path.size()) {
            return Error(ErrorCode::kAuthentication,
                         "Merkle path: expected more than " + std::to_string(used) +
                             " hashes for leaf " + std::to_string(index) + " of " +
                             std::to_string(size) + ", found no more");
        }
        const Digest& pair = path[used++];
        hash = at % 2 == 1 ? node_hash(pair, hash) : node_hash(hash, pair);
    }
    if (used != path.size()) {
        return Error(ErrorCode::kAuthentication, "Merkle path: expected " + std::to_string(used) +
                                                     " hashes for leaf " + std::to_string(index) +
                                                     " of " + std::to_string(size) + ", found " +
                                                     std::to_string(path.size()));
    }
    return hash;
}

}  // namespace ucx_crypto::attest::agent
