#include "ucx_crypto/attest/snp/vtpm_report.h"

#include "ucx_crypto/attest/snp/paravisor_evidence.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr int kRounds = 3;          // writes, where others overwrite ours
constexpr int kReadsPerRound = 25;  // with pauses, five seconds
constexpr std::chrono::milliseconds kPause{200};

/// What the index holds now, without its filling. A report that is exchanged between two commands
/// reads as one whose hash is wrong.
struct Snapshot {
    Bytes report;
    ReportData data{};
};

Result<Snapshot> look(Tpm& tpm) {
    const Bytes contents = UCX_CRYPTO_TRY(tpm.read(kVtpmReportIndex));
    Snapshot snapshot;
    snapshot.report = UCX_CRYPTO_TRY(without_filling(contents));
    const auto opened = UCX_CRYPTO_TRY(open_report(snapshot.report));
    snapshot.data = UCX_CRYPTO_TRY(user_data(opened.runtime_claims));
    return snapshot;
}

bool may_be_torn(const Error& error) {
    return error.code() == ErrorCode::kProtocol || error.code() == ErrorCode::kAuthentication;
}

/// One round's answer; empty when it is to be written again. `last` is the last look that failed.
Result<std::optional<Bytes>> read_until(Tpm& tpm, const ReportData& data,
                                        const std::optional<ReportData>& before, Status& last) {
    for (int i = 0; i < kReadsPerRound; ++i) {
        auto found = look(tpm);
        if (!found.ok() && !may_be_torn(found.error())) {
            return std::move(found).error();
        }
        if (found.ok() && found->data == data) {
            return std::optional(std::move(found->report));
        }
        if (found.ok() && (!before || found->data != *before)) {
            return std::optional<Bytes>();  // somebody else's
        }
        last = found.ok() ? success() : Status(std::move(found).error());
        tpm.wait(kPause);
    }
    return std::optional<Bytes>();
}

}  // namespace

Result<std::unique_ptr<ReportSource>> VtpmReporter::open(Opener opener) {
    auto tpm = UCX_CRYPTO_TRY(opener());
    if (!UCX_CRYPTO_TRY(tpm->has(kVtpmReportIndex))) {
        return Error(ErrorCode::kNotFound,
                     "vTPM: expected a report at NV index 0x01400001, found none");
    }
    return std::unique_ptr<ReportSource>(new VtpmReporter(std::move(opener)));
}

Result<SignedReport> VtpmReporter::get(const ReportData& data) {
    const auto tpm = UCX_CRYPTO_TRY(opener_());
    UCX_CRYPTO_TRY(tpm->lock());
    Status last = success();
    for (int round = 0; round < kRounds; ++round) {
        const auto before = look(*tpm);
        UCX_CRYPTO_TRY(tpm->write(kVtpmUserDataIndex, data));
        auto report = UCX_CRYPTO_TRY(
            read_until(*tpm, data, before.ok() ? std::optional(before->data) : std::nullopt, last));
        if (!report) {
            continue;
        }
        if (report->size() > kMaxEvidenceSize) {
            return Error(ErrorCode::kProtocol,
                         "vTPM: expected a report of at most " + std::to_string(kMaxEvidenceSize) +
                             " bytes, found " + std::to_string(report->size()));
        }
        return SignedReport{std::move(*report), {}};
    }
    if (!last.ok()) {
        return std::move(last).error().in("vTPM");
    }
    return Error(ErrorCode::kTimedOut,
                 "vTPM: expected a report over the data that was asked for, found others only; "
                 "another program may write to NV index 0x01400002");
}

}  // namespace ucx_crypto::attest::snp
