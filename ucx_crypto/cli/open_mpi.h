// What Open MPI says of itself (ompi_info), and what it would select under that.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ucx_crypto/cli/finding.h"

namespace ucx_crypto::cli {

struct OpenMpi {
    struct Parameter {
        std::string value;
        std::string source;  ///< "default", "environment", "file (PATH:LINE)"
    };
    std::map<std::string, Parameter> parameters;  ///< by name: "pml"
    bool hook_found = false;                      ///< our hook is on the component path
};

/// From the output of `ompi_info --parsable --param all all --level 9`.
OpenMpi parse_ompi_info(const std::string& text);

/// Whether Open MPI would select what is needed (loader/job_environment.h). `encrypt`: jobs ask for
/// encryption, so that another selection would send in clear, and is a failure.
Finding judge_selection(const OpenMpi& open_mpi, bool encrypt);

/// Whether the hook would look at what was selected.
Finding judge_hook(const OpenMpi& open_mpi);

/// By what the ranks are started; `batch_system` is empty outside of a batch job. Always a warning:
/// Open MPI's daemons carry environment and output in clear, whatever started them.
Finding judge_launch_channel(const OpenMpi& open_mpi, const std::string& batch_system);

}  // namespace ucx_crypto::cli
