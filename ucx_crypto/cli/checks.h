// The checks of `ucx-crypto doctor`, by what they look at. They read the process's environment.
#pragma once

#include <vector>

#include "ucx_crypto/cli/finding.h"

namespace ucx_crypto::cli {

// check_machine.cc
Finding check_cpu();
Finding check_aead();        ///< of the records: algorithm, provider, its self test
Finding check_tee_device();  ///< what attestation modes auto and snp would use, and why that
Finding check_node_agent();  ///< whether ucx-cryptod listens, and jobs use it

// check_helpers.cc
Finding check_helpers();  ///< how many a process would have, where and why

// check_rdma.cc
Finding check_rdma();  ///< RDMA devices, and what is not known about them in a confidential guest
/// The same of devices that are entries of `folder`, in such a guest or not.
Finding examine_rdma(const std::string& folder, bool confidential_guest);

// check_ucx.cc: UCX's libraries are loaded in a child process, which may crash
Finding check_ucx_library();
/// That libuct_crypto.so.0 loads into this UCX and raises the fence; and, as it tells which they
/// are, that the environment names no other transports and variables.
std::vector<Finding> check_module();

// check_open_mpi.cc
/// What Open MPI would select, whether the hook looks at it, and the channel that starts the ranks.
std::vector<Finding> check_open_mpi();

// check_settings.cc
/// A variable of the environment; empty where it is not set.
std::string variable(const char* name);
/// Also puts the site's settings into the environment, as every process of a job would: later
/// checks look at those.
Finding check_site();
Finding check_alias();       ///< who makes crypto_tc of crypto_tcp
Finding check_transports();  ///< UCX_TLS and its prefixed forms
Finding check_attestation();
Finding check_domain_key();
Finding check_policy();

}  // namespace ucx_crypto::cli
