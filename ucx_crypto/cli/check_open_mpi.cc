#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "ucx_crypto/base/enforcement.h"
#include "ucx_crypto/base/site.h"
#include "ucx_crypto/cli/checks.h"
#include "ucx_crypto/cli/child.h"
#include "ucx_crypto/cli/open_mpi.h"

namespace ucx_crypto::cli {
namespace {

constexpr int kNoSuchProgram = 127;

/// Everything that ompi_info knows, without its warnings.
int run_ompi_info() {
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDERR_FILENO);
    execlp("ompi_info", "ompi_info", "--parsable", "--param", "all", "all", "--level", "9",
           static_cast<char*>(nullptr));
    return kNoSuchProgram;
}

/// Open MPI launches by the batch system that it finds itself in.
std::string batch_system() {
    for (const auto& [variable, name] : {std::pair{"SLURM_JOB_ID", "Slurm"},
                                         {"PBS_JOBID", "PBS"},
                                         {"LSB_JOBID", "LSF"},
                                         {"ALPS_APP_ID", "ALPS"}}) {
        if (std::getenv(variable) != nullptr) {
            return name;
        }
    }
    return {};
}

}  // namespace

std::vector<Finding> check_open_mpi() {
    Result<std::string> text = output_of_child(run_ompi_info);
    if (!text) {
        return {{"open mpi", Verdict::kWarning,
                 "ompi_info cannot be asked: " + text.error().message(),
                 "Install Open MPI 4.1 (openmpi-bin) if jobs are to be run by it"}};
    }
    Result<Site> site = load_site(kSiteFile);
    bool encrypt = decide_enforcement(!site || site->require).enforced;
    OpenMpi open_mpi = parse_ompi_info(*text);
    return {judge_selection(open_mpi, encrypt), judge_hook(open_mpi),
            judge_launch_channel(open_mpi, batch_system())};
}

}  // namespace ucx_crypto::cli
