#include "ucx_crypto/cli/doctor.h"

#include <fmt/core.h>

#include "ucx_crypto/cli/checks.h"

namespace ucx_crypto::cli {

std::vector<Finding> examine() {
    std::vector<Finding> findings;
    for (Finding (*check)() : {check_cpu, check_aead, check_helpers, check_tee_device, check_rdma,
                               check_site, check_node_agent, check_ucx_library}) {
        findings.push_back(check());
    }
    for (std::vector<Finding> (*check)() : {check_module, check_open_mpi}) {
        for (Finding& finding : check()) {
            findings.push_back(std::move(finding));
        }
    }
    for (Finding (*check)() :
         {check_alias, check_transports, check_attestation, check_domain_key, check_policy}) {
        findings.push_back(check());
    }
    return findings;
}

int print_findings(bool json) {
    std::vector<Finding> findings = examine();
    fmt::print("{}", json ? as_json(findings) : as_lines(findings));
    return exit_status(findings);
}

}  // namespace ucx_crypto::cli
