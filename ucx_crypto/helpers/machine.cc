#include "ucx_crypto/helpers/machine.h"

#include <dirent.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

#include "ucx_crypto/base/kernel_file.h"

namespace ucx_crypto::helpers {
namespace {

/// Value of "Name:\tvalue" in /proc/PID/status.
std::string_view status_field(std::string_view status, std::string_view name) {
    const size_t at = status.find(std::string("\n").append(name).append(":\t"));
    if (at == std::string_view::npos) {
        return {};
    }
    const std::string_view value = status.substr(at + name.size() + 3);
    return value.substr(0, value.find('\n'));
}

/// Processes of our user that our parent has started beside us: under a launcher, the other ranks.
std::vector<ProcessorSet> sibling_bindings() {
    std::vector<ProcessorSet> found;
    const std::string own = read_kernel_file("/proc/self/status");
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
    while (folder) {
        const dirent* entry = readdir(folder.get());
        if (entry == nullptr) {
            break;
        }
        const std::string name = entry->d_name;
        if (name.find_first_not_of("0123456789") != std::string::npos ||
            name == std::to_string(getpid())) {
            continue;
        }
        const std::string status = read_kernel_file("/proc/" + name + "/status");
        if (status_field(status, "PPid") != status_field(own, "PPid") ||
            status_field(status, "Uid") != status_field(own, "Uid")) {
            continue;
        }
        auto binding = parse_processors(status_field(status, "Cpus_allowed_list"));
        if (binding.ok() && !binding->empty()) {
            found.push_back(std::move(*binding));
        }
    }
    return found;
}

/// 1 where no launcher says anything.
unsigned local_ranks() {
    for (const char* name : {"OMPI_COMM_WORLD_LOCAL_SIZE", "PMIX_LOCAL_SIZE", "MPI_LOCALNRANKS",
                             "SLURM_NTASKS_PER_NODE"}) {
        const char* text = std::getenv(name);
        unsigned value = 0;
        if (text != nullptr &&
            std::from_chars(text, text + std::strlen(text), value).ec == std::errc() &&
            value != 0) {
            return value;
        }
    }
    return 1;
}

Result<ProcessorSet> own_binding() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        return Error(ErrorCode::kUnsupported,
                     std::string("sched_getaffinity: ") + std::generic_category().message(errno));
    }
    ProcessorSet binding;
    for (unsigned i = 0; i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(i, &set)) {
            binding.insert(i);
        }
    }
    return binding;
}

/// Processors of `cores` without work, on average over `watch`.
double watch_idle(const std::vector<ProcessorSet>& cores, std::chrono::milliseconds watch) {
    const auto before = idle_seconds(read_kernel_file("/proc/stat"));
    std::this_thread::sleep_for(watch);
    const auto after = idle_seconds(read_kernel_file("/proc/stat"));
    std::map<unsigned, double> idle(after.begin(), after.end());
    for (const auto& [processor, seconds] : before) {
        idle[processor] -= seconds;
    }
    double sum = 0;
    for (const ProcessorSet& core : cores) {
        double most = 1;  // a core is as idle as its busiest processor
        for (const unsigned processor : core) {
            const auto found = idle.find(processor);
            const double share = found == idle.end()
                                     ? 0
                                     : found->second / std::chrono::duration<double>(watch).count();
            most = std::min(most, share);
        }
        sum += most;
    }
    return sum;
}

}  // namespace

std::vector<std::pair<unsigned, double>> idle_seconds(std::string_view proc_stat) {
    const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
    std::vector<std::pair<unsigned, double>> found;
    std::istringstream lines{std::string(proc_stat)};
    for (std::string line; std::getline(lines, line);) {
        unsigned processor = 0;
        if (!line.starts_with("cpu") ||
            std::from_chars(line.data() + 3, line.data() + line.size(), processor).ec !=
                std::errc()) {
            continue;
        }
        std::istringstream fields(line);
        std::string name;
        double user = 0;
        double nice = 0;
        double system = 0;
        double idle = 0;
        if (fields >> name >> user >> nice >> system >> idle) {
            found.emplace_back(processor, idle / per_second);
        }
    }
    return found;
}

Result<Situation> look_around(std::chrono::milliseconds watch) {
    Situation situation;
    situation.binding = UCX_CRYPTO_TRY(own_binding());
    situation.cores = UCX_CRYPTO_TRY(cores_near(situation.binding));
    situation.local_ranks = local_ranks();
    if (situation.local_ranks > 1) {
        situation.siblings = sibling_bindings();
    }
    if (watch.count() != 0) {
        situation.idle = watch_idle(situation.cores, watch);
    }
    return situation;
}

Status run_on(const ProcessorSet& processors) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const unsigned processor : processors) {
        if (processor < CPU_SETSIZE) {
            CPU_SET(processor, &set);
        }
    }
    if (sched_setaffinity(0, sizeof(set), &set) != 0) {
        return Error(ErrorCode::kUnsupported, "helper threads cannot be placed on processors " +
                                                  to_string(processors) + ": " +
                                                  std::generic_category().message(errno));
    }
    return success();
}

}  // namespace ucx_crypto::helpers
