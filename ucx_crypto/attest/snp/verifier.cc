#include "ucx_crypto/attest/snp/verifier.h"

#include <algorithm>

#include "ucx_crypto/attest/snp/report_signature.h"

namespace ucx_crypto::attest::snp {
namespace {

Error forged(const std::string& expected, const std::string& found) {
    return {ErrorCode::kAuthentication,
            "attestation report: expected " + expected + ", found " + found};
}

/// What the steps read, and what they leave to later ones.
struct Subject {
    ByteView report_bytes;
    ByteView endorsements;
    const std::vector<Root>* roots = nullptr;
    std::chrono::system_clock::time_point now;
    Report report;
    Signer kind = Signer::kNone;
    CertificateChain chain;
    const VerifiedLeaf* leaf = nullptr;
    std::unique_ptr<VerifiedLeaf> own_leaf;
};

Status read_report(Subject& subject) {
    subject.report = UCX_CRYPTO_TRY(Report::parse(subject.report_bytes));
    return success();
}

Status check_generation(Subject& subject) {
    const Report& report = subject.report;
    if (report.version >= 3 && !product_of(report.cpu_family, report.cpu_model)) {
        return forged("a processor of Milan, Genoa or Turin",
                      "family " + std::to_string(report.cpu_family) + ", model " +
                          std::to_string(report.cpu_model));
    }
    return success();
}

Status read_endorsements(Subject& subject) {
    subject.chain = UCX_CRYPTO_TRY(CertificateChain::parse(subject.endorsements));
    subject.kind = UCX_CRYPTO_TRY(subject.chain.kind());
    return success();
}

Status check_signer(Subject& subject) {
    if (subject.report.masked_chip_key()) {
        return forged("a chip that signs with its own key", "a masked chip key");
    }
    if (subject.report.signer() != subject.kind) {
        return forged("the kind of key that the certificate has",
                      "signer " + std::to_string(static_cast<int>(subject.report.signer())));
    }
    return success();
}

Status check_chain(Subject& subject) {
    subject.own_leaf = std::make_unique<VerifiedLeaf>(
        UCX_CRYPTO_TRY(verify_chain(std::move(subject.chain), *subject.roots, subject.now)));
    subject.leaf = subject.own_leaf.get();
    return success();
}

Status check_product(Subject& subject) {
    const Report& report = subject.report;
    const Product product = subject.leaf->root.product;
    // Version 2 does not name its processor: the authenticated issuer does.
    if (report.version >= 3 && product_of(report.cpu_family, report.cpu_model) != product) {
        return forged("a processor of product " + std::string(to_string(product)), "another");
    }
    return success();
}

Status check_tcb(Subject& subject) {
    const VerifiedLeaf& leaf = *subject.leaf;
    if (Tcb::of(leaf.root.product, subject.report.reported_tcb) != leaf.tcb) {
        return forged("the certificate's TCB as reported TCB", "another");
    }
    return success();
}

Status check_chip(Subject& subject) {
    const VerifiedLeaf& leaf = *subject.leaf;
    if (leaf.signer != Signer::kVcek) {
        return success();  // a VLEK is the provider's, for all of its chips
    }
    const ByteView chip = subject.report.chip_id;
    const size_t size = leaf.root.product == Product::kTurin ? 8 : chip.size();
    const bool rest_zero = std::all_of(chip.begin() + static_cast<ptrdiff_t>(size), chip.end(),
                                       [](uint8_t byte) { return byte == 0; });
    if (!rest_zero || !equal(leaf.hardware_id, chip.first(size))) {
        return forged("the certificate's hardware id as chip id", "another chip's");
    }
    return success();
}

Status check_signature(Subject& subject) {
    return check_report_signature(subject.report_bytes, subject.report,
                                  subject.leaf->certificate.get());
}

Status check_requester(Subject& subject) {
    constexpr uint32_t kLowestVmpl = 3;
    if (subject.report.vmpl > kLowestVmpl) {
        return forged("a report that the guest asked for", "one that its host asked for");
    }
    return success();
}

Status check_guest_policy(Subject& subject) {
    if ((subject.report.policy & kPolicyAlwaysOne) == 0) {
        return forged("bit 17 of the guest policy", "it clear");
    }
    return success();
}

struct Step {
    const char* name;
    bool certificates;  ///< looks at certificates only, and is done when the leaf is verified
    Status (*run)(Subject&);
};

/// In the order in which they are taken: nothing is believed before what it rests on.
constexpr Step kSteps[] = {
    {"report format", false, read_report},
    {"processor generation", false, check_generation},
    {"endorsements", true, read_endorsements},
    {"signer", false, check_signer},
    {"certificate chain", true, check_chain},
    {"product", false, check_product},
    {"TCB of the certificate", false, check_tcb},
    {"chip of the certificate", false, check_chip},
    {"report signature", false, check_signature},
    {"requested by the guest", false, check_requester},
    {"guest policy", false, check_guest_policy},
};

Genuine result_of(const Subject& subject) {
    const Root& root = subject.leaf->root;
    return {subject.report, claims_of(subject.report, root.product, root.emulated),
            subject.leaf->validity};
}

}  // namespace

Result<Genuine> Verifier::verify(const Evidence& evidence,
                                 std::chrono::system_clock::time_point now) const {
    std::vector<Check> ignored;
    return explain(evidence, now, ignored);
}

Result<Genuine> Verifier::explain(const Evidence& evidence,
                                  std::chrono::system_clock::time_point now,
                                  std::vector<Check>& steps) const {
    Subject subject;
    subject.report_bytes = evidence.report;
    subject.endorsements = evidence.endorsements;
    subject.roots = &roots_;
    subject.now = now;
    Status status = success();
    for (const Step& step : kSteps) {
        if (!status.ok()) {
            steps.push_back({step.name, Check::Outcome::kSkipped, "after a failure"});
            continue;
        }
        status = step.run(subject);
        steps.push_back(status.ok()
                            ? Check{step.name, Check::Outcome::kPassed, ""}
                            : Check{step.name, Check::Outcome::kFailed, status.error().message()});
    }
    if (!status.ok()) {
        return std::move(status).error();
    }
    return result_of(subject);
}

Result<Genuine> verify_report(ByteView report, const VerifiedLeaf& leaf) {
    Subject subject;
    subject.report_bytes = report;
    subject.kind = leaf.signer;
    subject.leaf = &leaf;
    for (const Step& step : kSteps) {
        if (!step.certificates) {
            UCX_CRYPTO_TRY(step.run(subject));
        }
    }
    return result_of(subject);
}

Claims claims_of(const Report& report, Product product, bool emulated) {
    Claims claims;
    claims.mode = emulated ? Mode::kEmulated : Mode::kSnp;
    claims.emulated = emulated;
    claims.product = to_string(product);
    claims.measurement = to_bytes(report.measurement);
    claims.chip_id = to_bytes(report.chip_id);
    claims.host_data = to_bytes(report.host_data);
    claims.id_key_digest = to_bytes(report.id_key_digest);
    if (report.author_key_enabled()) {
        claims.author_key_digest = to_bytes(report.author_key_digest);
    }
    claims.guest_policy = report.policy;
    claims.platform_info = report.platform_info;
    claims.reported_tcb = report.reported_tcb;
    claims.launch_tcb = report.launch_tcb;
    claims.vmpl = report.vmpl;
    return claims;
}

Status check_report_data(const Report& report, const ReportData& expected) {
    if (report.report_data != expected) {
        return forged("REPORT_DATA of this connection's keys, domain and mode", "another");
    }
    return success();
}

}  // namespace ucx_crypto::attest::snp
