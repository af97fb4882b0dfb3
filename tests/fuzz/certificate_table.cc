// The host's certificate table.
#include <algorithm>

#include "tests/fuzz/target.h"
#include "tests/unit/attest/snp/table_builder.h"
#include "ucx_crypto/attest/snp/certificate_table.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest::snp;

std::vector<std::pair<TestGuid, Bytes>> given(const HostCertificates& found) {
    std::vector<std::pair<TestGuid, Bytes>> all;
    const std::pair<TestGuid, const Bytes*> kinds[] = {{kVcekGuid, &found.vcek},
                                                       {kVlekGuid, &found.vlek},
                                                       {kAskGuid, &found.ask},
                                                       {kArkGuid, &found.ark}};
    for (const auto& [guid, der] : kinds) {
        if (!der->empty()) {
            all.emplace_back(guid, *der);
        }
    }
    return all;
}

bool same(const HostCertificates& a, const HostCertificates& b) {
    return equal(a.vcek, b.vcek) && equal(a.vlek, b.vlek) && equal(a.ask, b.ask) &&
           equal(a.ark, b.ark);
}

}  // namespace

void one_input(ByteView input) {
    const auto found = parse_certificate_table(input);
    if (!found.ok()) {
        UCX_CRYPTO_PROMISE(found.error().code() == ErrorCode::kProtocol);
        return;
    }
    const auto certificates = given(*found);
    size_t total = 0;
    for (const auto& [guid, der] : certificates) {
        total += der.size();
        UCX_CRYPTO_PROMISE(std::search(input.begin(), input.end(), guid.begin(), guid.end()) !=
                           input.end());
        UCX_CRYPTO_PROMISE(std::search(input.begin(), input.end(), der.begin(), der.end()) !=
                           input.end());
    }
    // Apart from each other and from their entries.
    const size_t entries = certificates.empty() ? 0 : 24 * (certificates.size() + 1);
    UCX_CRYPTO_PROMISE(total + entries <= input.size());
    const auto again = parse_certificate_table(TableBuilder::of(certificates));
    UCX_CRYPTO_PROMISE(again.ok() && same(*again, *found));
    // What follows belongs to nobody.
    Bytes longer = to_bytes(input);
    longer.push_back(1);
    const auto padded = parse_certificate_table(longer);
    UCX_CRYPTO_PROMISE(input.empty() || (padded.ok() && same(*padded, *found)));
}

std::vector<Bytes> seeds() {
    const Bytes small(20, 0x30);
    TableBuilder unknown;
    unknown.entry({1, 2, 3}, 72, 8).entry(kVcekGuid, 80, 8).end();
    TableBuilder wrong;
    wrong.entry(kVcekGuid, 60, 0xfffffff0).entry(kAskGuid, 64, 16).end();
    return {{},
            TableBuilder().end().bytes(0),
            TableBuilder::of({{kVcekGuid, small}, {kAskGuid, small}, {kArkGuid, small}}),
            TableBuilder::of({{kVlekGuid, small}, {kAskGuid, small}, {kArkGuid, small}}),
            TableBuilder::of({{kVcekGuid, small}, {kVcekGuid, small}}),
            unknown.bytes(100),
            wrong.bytes(100)};
}

}  // namespace ucx_crypto::fuzz
