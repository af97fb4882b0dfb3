// Builds certificate tables, right and wrong ones.
#pragma once

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

#include "ucx_crypto/base/bytes.h"

namespace ucx_crypto::attest::snp {

using TestGuid = std::array<uint8_t, 16>;
// As printed in AMD 56421: 63da758d-e664-4564-adc5-f4b93be8accd and so on.
constexpr TestGuid kVcekGuid = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
constexpr TestGuid kVlekGuid = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                                0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
constexpr TestGuid kAskGuid = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                               0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};
constexpr TestGuid kArkGuid = {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
                               0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae};

class TableBuilder {
  public:
    TableBuilder& entry(const TestGuid& guid, uint32_t offset, uint32_t length) {
        std::copy(guid.begin(), guid.end(), std::back_inserter(head_));
        for (const uint32_t value : {offset, length}) {
            for (int shift = 0; shift < 32; shift += 8) {
                head_.push_back(static_cast<uint8_t>(value >> shift));
            }
        }
        return *this;
    }
    TableBuilder& end() { return entry({}, 0, 0); }

    /// Entries, then bytes that say where they stand.
    Bytes bytes(uint32_t size) const {
        Bytes all = content(0, std::max(size, static_cast<uint32_t>(head_.size())));
        std::copy(head_.begin(), head_.end(), all.begin());
        return all;
    }
    static Bytes content(uint32_t offset, uint32_t size) {
        Bytes bytes(size);
        for (uint32_t i = 0; i < size; ++i) {
            bytes[i] = static_cast<uint8_t>((offset + i) * 7 + 1);
        }
        return bytes;
    }

    /// A table of real certificates, one after the other.
    static Bytes of(const std::vector<std::pair<TestGuid, Bytes>>& certificates) {
        TableBuilder table;
        auto offset = static_cast<uint32_t>((certificates.size() + 1) * 24);
        Bytes rest;
        for (const auto& [guid, der] : certificates) {
            table.entry(guid, offset, static_cast<uint32_t>(der.size()));
            offset += static_cast<uint32_t>(der.size());
            rest.insert(rest.end(), der.begin(), der.end());
        }
        table.end();
        Bytes all = table.head_;
        all.insert(all.end(), rest.begin(), rest.end());
        return all;
    }

  private:
    Bytes head_;
};

}  // namespace ucx_crypto::attest::snp
