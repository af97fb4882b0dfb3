#include "ucx_crypto/attest/snp/choose_source.h"

#include "ucx_crypto/attest/snp/guest_device.h"
#include "ucx_crypto/attest/snp/tsm_report.h"
#include "ucx_crypto/attest/snp/vtpm_report.h"

namespace ucx_crypto::attest::snp {
namespace {

Result<std::unique_ptr<ReportSource>> open_guest_device() {
    auto driver = UCX_CRYPTO_TRY(open_guest_driver(kGuestDevicePath));
    return std::unique_ptr<ReportSource>(std::make_unique<GuestDevice>(std::move(driver)));
}

Error none_usable(const std::vector<Error>& errors) {
    const Error* chosen = nullptr;
    for (const Error& error : errors) {
        const bool forbidden = error.code() == ErrorCode::kPermission;
        // The last one that is forbidden: its mend is to open a device file, not to become root.
        if (forbidden || (chosen == nullptr && error.code() != ErrorCode::kNotFound)) {
            chosen = &error;
        }
    }
    if (chosen != nullptr) {
        return *chosen;
    }
    return {ErrorCode::kNotFound,
            "expected an SEV-SNP guest device (/dev/sev-guest or configfs-tsm) or Azure's vTPM, "
            "found none; "
            "on a cluster without SEV set UCX_CRYPTO_ATTESTATION=off and "
            "UCX_CRYPTO_DOMAIN_KEY=FILE, for tests make an emulated root with `ucx-crypto init "
            "--emulated DIR`"};
}

}  // namespace

const std::vector<Candidate>& guest_devices() {
    static const std::vector<Candidate> candidates = {
        {"configfs-tsm", [] { return TsmReporter::open(kTsmPath); }},
        {kGuestDevicePath, open_guest_device},
    };
    return candidates;
}

const std::vector<Candidate>& candidates_of_this_machine() {
    static const std::vector<Candidate> candidates = [] {
        auto all = guest_devices();
        all.push_back(
            {"vTPM", [] { return VtpmReporter::open([] { return open_tpm(kTpmPath); }); }});
        return all;
    }();
    return candidates;
}

Result<ChosenSource> choose_source(const std::vector<Candidate>& candidates) {
    std::vector<Error> errors;
    std::string passed_over;
    for (const Candidate& candidate : candidates) {
        auto source = candidate.open();
        if (source.ok()) {
            return ChosenSource{std::move(source).value(), candidate.name + passed_over};
        }
        const std::string& message = source.error().message();
        passed_over += std::string(passed_over.empty() ? ", since " : ", and since ") +
                       message.substr(0, message.find(';'));
        errors.push_back(std::move(source).error());
    }
    return none_usable(errors);
}

}  // namespace ucx_crypto::attest::snp
