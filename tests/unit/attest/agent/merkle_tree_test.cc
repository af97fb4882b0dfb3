#include "ucx_crypto/attest/agent/merkle_tree.h"

#include <sodium.h>

#include <catch2/catch.hpp>

namespace ucx_crypto::attest::agent {

namespace {

std::vector<Digest> leaves(uint32_t count) {
    std::vector<Digest> all;
    for (uint32_t i = 0; i < count; ++i) {
        const std::array<uint8_t, 4> entry{0, 0, static_cast<uint8_t>(i >> 8),
                                           static_cast<uint8_t>(i)};
        all.push_back(leaf_hash(ByteView(entry)));
    }
    return all;
}

Digest sha256_of(uint8_t prefix, ByteView first, ByteView second = {}) {
    Bytes text{prefix};
    text.insert(text.end(), first.begin(), first.end());
    text.insert(text.end(), second.begin(), second.end());
    Digest digest{};
    crypto_hash_sha256(digest.data(), text.data(), text.size());
    return digest;
}

/// RFC 9162 section 2.1.1, as it is written there: split at the largest power of two below n.
Digest recursive_root(const std::vector<Digest>& all, size_t first, size_t count) {
    if (count == 1) {
        return all[first];
    }
    size_t split = 1;
    while (2 * split < count) {
        split *= 2;
    }
    return sha256_of(1, recursive_root(all, first, split),
                     recursive_root(all, first + split, count - split));
}

ErrorCode refusal(const Result<Digest>& result) {
    REQUIRE_FALSE(result.ok());
    return result.error().code();
}

}  // namespace

TEST_CASE("agent tree: leaves and nodes are hashed under different prefixes") {
    const std::string entry = "entry";
    CHECK(leaf_hash(as_bytes(entry)) == sha256_of(0, as_bytes(entry)));
    const auto two = leaves(2);
    CHECK(MerkleTree(two).root() == sha256_of(1, two[0], two[1]));
}

TEST_CASE("agent tree: roots are those of RFC 9162, and every leaf's path leads to them") {
    for (const uint32_t size : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 31U, 64U, 100U, 1000U, 1024U}) {
        const auto all = leaves(size);
        const MerkleTree tree(all);
        INFO("size " << size);
        REQUIRE(tree.size() == size);
        REQUIRE(tree.root() == recursive_root(all, 0, size));
        for (uint32_t i = 0; i < size; ++i) {
            const auto path = tree.path(i);
            REQUIRE(path.size() <= kMaxPathLength);
            const auto root = root_of_path(all[i], i, size, path);
            REQUIRE(root.ok());
            REQUIRE(*root == tree.root());
        }
    }
}

TEST_CASE("agent tree: a leaf has one place only") {
    const uint32_t size = GENERATE(2U, 3U, 6U, 7U, 13U);
    const auto all = leaves(size);
    const MerkleTree tree(all);
    for (uint32_t i = 0; i < size; ++i) {
        for (uint32_t claimed = 0; claimed < size + 2; ++claimed) {
            if (claimed != i) {
                const auto root = root_of_path(all[i], claimed, size, tree.path(i));
                CHECK((!root.ok() || *root != tree.root()));
            }
        }
    }
}

TEST_CASE("agent tree: paths too short, too long or altered lead nowhere") {
    const auto all = leaves(11);
    const MerkleTree tree(all);
    for (uint32_t i = 0; i < tree.size(); ++i) {
        auto path = tree.path(i);
        path.pop_back();
        CHECK(refusal(root_of_path(all[i], i, 11, path)) == ErrorCode::kAuthentication);
        path = tree.path(i);
        path.push_back(tree.root());
        CHECK(refusal(root_of_path(all[i], i, 11, path)) == ErrorCode::kAuthentication);
        path = tree.path(i);
        path.front()[31] ^= 1;
        CHECK(*root_of_path(all[i], i, 11, path) != tree.root());
        CHECK(*root_of_path(all[(i + 1) % 11], i, 11, tree.path(i)) != tree.root());
    }
    CHECK(refusal(root_of_path(all[0], 0, 0, {})) == ErrorCode::kAuthentication);
    CHECK(refusal(root_of_path(all[0], 11, 11, tree.path(0))) == ErrorCode::kAuthentication);
    CHECK(refusal(root_of_path(all[0], UINT32_MAX, UINT32_MAX, {})) == ErrorCode::kAuthentication);
    CHECK(refusal(root_of_path(all[0], 0, kMaxTreeSize + 1, std::vector<Digest>(11))) ==
          ErrorCode::kAuthentication);
}

TEST_CASE("agent tree: an inner node does not pass for a leaf") {
    const auto all = leaves(4);
    const MerkleTree tree(all);
    const Digest left = sha256_of(1, all[0], all[1]);
    const Digest right = sha256_of(1, all[2], all[3]);
    // The same root by a shorter tree of inner nodes: whoever compares the root compares the size.
    const auto shorter = root_of_path(left, 0, 2, {right});
    REQUIRE(shorter.ok());
    CHECK(*shorter == tree.root());
    CHECK(agent_report_data(Mode::kSnp, 2, tree.root()) !=
          agent_report_data(Mode::kSnp, 4, tree.root()));
    // And no entry has an inner node as its hash: both begin with another byte.
    Bytes children = to_bytes(all[0]);
    children.insert(children.end(), all[1].begin(), all[1].end());
    CHECK(leaf_hash(ByteView(children)) != left);
    CHECK(refusal(root_of_path(left, 0, 4, {right})) == ErrorCode::kAuthentication);
}

}  // namespace ucx_crypto::attest::agent
