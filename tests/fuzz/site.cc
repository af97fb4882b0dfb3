// The site's configuration: JSON text.
#include "ucx_crypto/base/site.h"
#include "tests/fuzz/target.h"

namespace ucx_crypto::fuzz {
namespace {

bool same(const Site& a, const Site& b) {
    return a.require == b.require && a.policy == b.policy && a.attestation == b.attestation &&
           a.domain_key == b.domain_key;
}

}  // namespace

void one_input(ByteView input) {
    const std::string text(as_text(input));
    const auto site = parse_site(text);
    if (!site.ok()) {
        UCX_CRYPTO_PROMISE(site.error().code() == ErrorCode::kInvalidArgument);
        return;
    }
    const auto spaced = parse_site(" \n" + text + "\t ");
    UCX_CRYPTO_PROMISE(spaced.ok() && same(*spaced, *site));
    const size_t end = text.rfind('}');
    UCX_CRYPTO_PROMISE(end != std::string::npos);
    const std::string open = text.substr(0, end);
    // No second member of a name takes back what the first demands, and no other name is ignored.
    if (site->require) {
        UCX_CRYPTO_PROMISE(!parse_site(open + R"(,"require":false})").ok());
    }
    if (!site->policy.empty()) {
        UCX_CRYPTO_PROMISE(!parse_site(open + R"(,"policy":""})").ok());
    }
    UCX_CRYPTO_PROMISE(!parse_site(open + R"(,"required":true})").ok());
    UCX_CRYPTO_PROMISE(!parse_site(open).ok());
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    for (
        const std::string_view text :
        {R"({})", R"({"require": true})",
         R"({"require": false, "policy": "/etc/p.json", "attestation": "snp", "domain_key": "/k"})",
         R"({"require": true, "require": false})", R"({"require": {"require": true}})",
         R"({"policy": "é😀"})", R"([true])", R"({"policy": [[[[]]]]})"}) {
        all.push_back(to_bytes(as_bytes(text)));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
