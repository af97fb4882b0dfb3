#include "ucx_crypto/attest/snp/certificate_table.h"

#include <algorithm>
#include <array>
#include <vector>

#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr size_t kMaxEntries = 16;  // four kinds are defined; the others are the future's

using Guid = std::array<uint8_t, 16>;
constexpr Guid kVcek = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                        0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
constexpr Guid kVlek = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                        0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
constexpr Guid kAsk = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                       0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};
constexpr Guid kArk = {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
                       0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae};

struct Entry {
    Guid guid{};
    uint64_t offset = 0;  // 32 bits on the wire: the sum with a length does not overflow 64
    uint64_t length = 0;

    uint64_t end() const { return offset + length; }
    bool last() const { return guid == Guid{} && offset == 0 && length == 0; }
};

Error bad(const std::string& expected, const std::string& found) {
    return {ErrorCode::kProtocol, "host's certificate table: expected " + expected + ", found " +
                                      found +
                                      "; ask the host's operator, or give the certificates by the "
                                      "endorsement store"};
}

Result<std::vector<Entry>> read_entries(WireReader& reader) {
    std::vector<Entry> entries;
    while (true) {
        Entry entry;
        entry.guid = reader.array<16>();
        entry.offset = reader.u32_le();
        entry.length = reader.u32_le();
        if (!reader.ok()) {
            return bad("an entry of zeros at the end", "the end of the data");
        }
        if (entry.last()) {
            return entries;
        }
        if (entries.size() == kMaxEntries) {
            return bad("at most " + std::to_string(kMaxEntries) + " entries", "more");
        }
        entries.push_back(entry);
    }
}

Status check_places(std::vector<Entry> entries, uint64_t begin, uint64_t size) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.offset < b.offset; });
    uint64_t free_from = begin;
    for (const Entry& entry : entries) {
        const std::string found =
            std::to_string(entry.length) + " bytes at " + std::to_string(entry.offset);
        if (entry.length == 0) {
            return bad("certificates that are not empty", found);
        }
        if (entry.end() > size) {
            return bad("certificates within " + std::to_string(size) + " bytes", found);
        }
        if (entry.offset < free_from) {
            return bad("certificates apart from each other and from the entries", found);
        }
        free_from = entry.end();
    }
    return success();
}

}  // namespace

Result<HostCertificates> parse_certificate_table(ByteView table) {
    HostCertificates found;
    if (table.empty()) {
        return found;
    }
    WireReader reader(table);
    const auto entries = UCX_CRYPTO_TRY(read_entries(reader));
    UCX_CRYPTO_TRY(check_places(entries, reader.offset(), table.size()));
    const std::pair<Guid, Bytes*> kinds[] = {
        {kVcek, &found.vcek}, {kVlek, &found.vlek}, {kAsk, &found.ask}, {kArk, &found.ark}};
    for (const Entry& entry : entries) {
        for (const auto& [guid, certificate] : kinds) {
            if (entry.guid != guid) {
                continue;
            }
            if (!certificate->empty()) {
                return bad("each certificate once", "GUID " + to_hex(guid) + " again");
            }
            *certificate = to_bytes(table.subspan(entry.offset, entry.length));
        }
    }
    return found;
}

}  // namespace ucx_crypto::attest::snp
