// The settings under which plain `mpirun`, `ucx_info` and `ucx_perftest` use the crypto transports
// on this host and on those that a job is started on.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::loader {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// Loadable files of this installation.
struct Installation {
    std::string module_folder;  ///< libuct_crypto.so.0, libucx_crypto_preload.so
    std::string preload() const { return module_folder + "/libucx_crypto_preload.so"; }
    std::string open_mpi_folder() const { return module_folder + "/openmpi"; }
};

/// The installation that the running program belongs to: the module folder relative to the program,
/// in a build tree or under an install prefix. kNotFound when neither has the preload library.
Result<Installation> find_installation();

/// Open MPI's settings without which it would go on in clear, or not at all (read by mpirun and
/// forwarded to every process). Values that the environment has for these are replaced.
const Variables& open_mpi_settings();

/// What to set beside `environment` (as ::environ): LD_PRELOAD extended, the hook's folder, Open
/// MPI's settings, UCX_TLS=crypto_tcp where no UCX_TLS is set, and mca_base_env_list with what
/// other hosts need (UCX_*, *_UCX_TLS, LD_PRELOAD and what was listed before), since Open MPI does
/// not forward it by itself.
Variables job_environment(const Installation& installation, const char* const* environment);

/// `text` as one word of a POSIX shell.
std::string shell_quoted(const std::string& text);

}  // namespace ucx_crypto::loader
