// What verifying the evidence of one peer costs, and that of all processes of a node.
#include "bench/micro/micro.h"
#include "bench/micro/platform.h"
#include "ucx_crypto/attest/agent/agent_evidence.h"
#include "ucx_crypto/attest/agent/attest_together.h"
#include "ucx_crypto/attest/snp/caching_verifier.h"

namespace ucx_crypto::micro {
namespace {

using attest::Evidence;
using attest::snp::CachingVerifier;
using attest::snp::Verifier;

constexpr size_t kProcesses = 64;  // of a node

std::chrono::system_clock::time_point now() {
    return std::chrono::system_clock::now();
}

Result<Evidence> report_of(attest::Attester& attester, uint8_t number) {
    attest::ReportData data{};
    data[0] = number;
    return attester.attest(data);
}

/// `state` runs over one peer's evidence.
Status one_peer(benchmark::State& state, bool cached) {
    const auto attester =
        UCX_CRYPTO_TRY(attest::EmulatedAttester::open(UCX_CRYPTO_TRY(platform())));
    const Evidence evidence = UCX_CRYPTO_TRY(report_of(*attester, 1));
    const Verifier plain({attester->root()});
    CachingVerifier caching({attester->root()});
    UCX_CRYPTO_TRY(caching.verify(evidence, now()));
    while (state.KeepRunning()) {
        UCX_CRYPTO_TRY(cached ? caching.verify(evidence, now()) : plain.verify(evidence, now()));
    }
    return success();
}

/// All processes of a node, by a verifier that has not met them: each with a report of its own, or
/// with the one that the node's agent shares out.
Status one_node(benchmark::State& state, bool agent) {
    const auto attester =
        UCX_CRYPTO_TRY(attest::EmulatedAttester::open(UCX_CRYPTO_TRY(platform())));
    std::vector<Evidence> all;
    if (agent) {
        std::vector<attest::agent::Identity> identities;
        for (size_t i = 0; i < kProcesses; ++i) {
            attest::Digest key{};
            key[0] = static_cast<uint8_t>(i);
            identities.push_back({1000, {}, key});
        }
        all = UCX_CRYPTO_TRY(
            attest::agent::attest_together(attest::Mode::kEmulated, *attester, identities));
    } else {
        for (size_t i = 0; i < kProcesses; ++i) {
            all.push_back(UCX_CRYPTO_TRY(report_of(*attester, static_cast<uint8_t>(i))));
        }
    }
    while (state.KeepRunning()) {
        CachingVerifier verifier({attester->root()});
        for (const Evidence& evidence : all) {
            if (agent) {
                auto shared = UCX_CRYPTO_TRY(attest::agent::decode_agent_evidence(evidence.report));
                UCX_CRYPTO_TRY(
                    verifier.verify({std::move(shared.report), evidence.endorsements}, now()));
            } else {
                UCX_CRYPTO_TRY(verifier.verify(evidence, now()));
            }
        }
    }
    return success();
}

}  // namespace

void register_verification() {
    const std::string node = "verification/node_of_" + std::to_string(kProcesses);
    for (const auto& [name, body, variant] :
         {std::tuple(std::string("verification/peer/without_cache"), &one_peer, false),
          std::tuple(std::string("verification/peer/with_cache"), &one_peer, true),
          std::tuple(node + "/a_report_each", &one_node, false),
          std::tuple(node + "/an_agent's_report", &one_node, true)}) {
        add(name, [run = body, variant = variant](benchmark::State& state) {
            return run(state, variant);
        }).Unit(benchmark::kMicrosecond);
    }
}

}  // namespace ucx_crypto::micro
