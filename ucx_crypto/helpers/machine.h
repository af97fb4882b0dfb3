// What make_plan() wants to know of this machine and this job.
#pragma once

#include <chrono>

#include "ucx_crypto/helpers/plan.h"

namespace ucx_crypto::helpers {

/// Looks at the topology (some 30 ms), the bindings of this process and its siblings, the
/// launcher's environment and, for as long as `watch` says, at how busy the processors are. For the
/// calling thread's binding: to be called by one that has not been placed yet.
///
/// kUnsupported where the library hwloc is missing.
Result<Situation> look_around(std::chrono::milliseconds watch);

/// Cores of the NUMA nodes of `near`, less what the control group withholds; each with its
/// processors.
Result<std::vector<ProcessorSet>> cores_near(const ProcessorSet& near);

/// Lets the calling thread run on these processors only.
Status run_on(const ProcessorSet& processors);

/// Seconds without work of each processor since the machine started, as /proc/stat tells it. Lines
/// that are not as expected are passed over.
std::vector<std::pair<unsigned, double>> idle_seconds(std::string_view proc_stat);

}  // namespace ucx_crypto::helpers
