// Which of a machine's report sources modes `auto` and `snp` use, and why.
#pragma once

#include <functional>

#include "ucx_crypto/attest/snp/report_source.h"

namespace ucx_crypto::attest::snp {

/// A source that a machine may have.
struct Candidate {
    std::string name;
    /// kNotFound where the machine has none, kPermission where it has and this process may not.
    std::function<Result<std::unique_ptr<ReportSource>>()> open;
};

/// configfs-tsm, then /dev/sev-guest: configfs-tsm knows the privilege level of a guest under an
/// SVSM, and its folders keep processes apart.
const std::vector<Candidate>& guest_devices();
/// Guest devices, then a vTPM that holds a report: its paravisor is one more to trust.
const std::vector<Candidate>& candidates_of_this_machine();

struct ChosenSource {
    std::unique_ptr<ReportSource> source;
    std::string description;  ///< its name, and why none before it
};

/// The first candidate that opens. Without one: kPermission with the mend when one is there that
/// this process may not use, else the first error that is not kNotFound, else kNotFound with the
/// settings for machines without SEV-SNP.
Result<ChosenSource> choose_source(const std::vector<Candidate>& candidates);

}  // namespace ucx_crypto::attest::snp
