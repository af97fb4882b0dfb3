// What a paravisor vouches for: options (1 byte), then the runtime claims (JSON), or all of the
// evidence.
#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/snp/paravisor_evidence.h"
#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest::snp;

constexpr uint8_t kEvidence = 1;  ///< the input is the evidence that such claims are the end of

std::string claims_with(const std::string& members) {
    return "{\"keys\":[{\"kid\":\"HCLAkPub\"}]," + members + "}";
}

void evidence(ByteView input) {
    const auto opened = open_report(input);
    if (!opened.ok()) {
        UCX_CRYPTO_PROMISE(opened.error().code() == ErrorCode::kAuthentication);
        return;
    }
    UCX_CRYPTO_PROMISE(opened->report.size() == kReportSize);
    UCX_CRYPTO_PROMISE(opened->by_paravisor() == (input.size() != kReportSize));
    if (opened->by_paravisor()) {
        // Nothing stands behind the claims.
        UCX_CRYPTO_PROMISE(opened->runtime_claims.data() + opened->runtime_claims.size() ==
                           input.data() + input.size());
    }
}

}  // namespace

void one_input(ByteView input) {
    if (input.empty()) {
        return;
    }
    const ByteView rest = input.subspan(1);
    if ((input[0] & kEvidence) != 0) {
        evidence(rest);
        return;
    }
    const auto data = user_data(rest);
    if (!data.ok()) {
        UCX_CRYPTO_PROMISE(data.error().code() == ErrorCode::kAuthentication);
        return;
    }
    // However it was worded, it is one text of 64 bytes, and there is no second one.
    const std::string member = "\"user-data\":\"" + to_hex(*data) + "\"";
    UCX_CRYPTO_PROMISE(user_data(as_bytes(claims_with(member))).value() == *data);
    UCX_CRYPTO_PROMISE(!user_data(as_bytes(claims_with(member + "," + member))).ok());
    UCX_CRYPTO_PROMISE(!user_data(join(rest, rest)).ok());
}

std::vector<Bytes> seeds() {
    const uint8_t as_claims[] = {0};
    const uint8_t as_evidence[] = {kEvidence};
    const std::string hex(128, 'a');
    std::vector<Bytes> all;
    for (const std::string& claims :
         {claims_with("\"user-data\":\"" + hex + "\""), claims_with("\"user-data\":7"),
          claims_with("\"user-data\":\"" + hex + "\",\"user-data\":\"" + hex + "\""),
          claims_with("\"vm-configuration\":{\"user-data\":\"" + hex + "\"}"),
          std::string("{\"user\\u002ddata\":\"") + hex + "\"}", std::string("[[[[[[[[[["),
          std::string("null")}) {
        all.push_back(join(as_claims, as_bytes(claims)));
    }
    all.push_back(join(as_evidence, Bytes(kReportSize)));
    for (const Bytes& real : real_files("hcl-report.bin")) {
        all.push_back(join(as_evidence, real));
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
