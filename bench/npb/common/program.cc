#include "bench/npb/common/program.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace ucx_crypto::npb {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

/// Whether this process speaks for the job before MPI_Init has told it its rank.
bool is_first_process() {
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"}) {
        if (const char* rank = std::getenv(name)) {
            return std::strcmp(rank, "0") == 0;
        }
    }
    return true;
}

/// MPI from construction to the end of the scope.
class MpiScope {
  public:
    MpiScope(int* argc, char*** argv) { MPI_Init(argc, argv); }
    ~MpiScope() { MPI_Finalize(); }
    MpiScope(const MpiScope&) = delete;
    MpiScope& operator=(const MpiScope&) = delete;
};

void print(World world, const std::string& text) {
    if (world.rank == 0) {
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
    }
}

int usage_error(const Usage& usage, World world, const std::string& error) {
    if (world.rank == 0) {
        const std::string program(usage.program);
        std::fprintf(stderr, "%s: %s\n%s: see %s --help\n", program.c_str(), error.c_str(),
                     program.c_str(), program.c_str());
    }
    // mpirun ends the others as soon as one rank fails, so all wait for the message.
    MPI_Barrier(MPI_COMM_WORLD);
    return kExitUsage;
}

int measure(const Kernel& kernel, const Options& options, World world) {
    if (!options.json) {
        print(world, banner(kernel.name));
    }
    Report report{.name = kernel.name, .problem_class = options.problem_class};
    report.processes = world.size;
    kernel.run(options.problem_class, world, report);

    const double mine = report.seconds;
    MPI_Allreduce(&mine, &report.seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    int verified = report.verification.holds() ? 1 : 0;
    MPI_Allreduce(MPI_IN_PLACE, &verified, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
    report.verified = verified != 0;
    print(world, options.json ? result_json(report) : result_block(report));
    MPI_Barrier(MPI_COMM_WORLD);
    return report.verified ? 0 : kExitFailed;
}

}  // namespace

int run(int argc, char** argv, const Kernel& kernel) {
    const auto parsed =
        parse_options({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
    if (parsed.options && parsed.options->action != Action::kRun) {
        // Answered without MPI, so that it works where MPI cannot start.
        if (is_first_process()) {
            const std::string text = parsed.options->action == Action::kHelp
                                         ? help_text(kernel.usage)
                                         : std::string(kernel.usage.program) + " " +
                                               UCX_CRYPTO_NPB_VERSION + " (ucx-crypto)\n";
            std::fputs(text.c_str(), stdout);
        }
        return 0;
    }
    const MpiScope mpi(&argc, &argv);
    World world;
    MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &world.size);
    if (!parsed.options) {
        return usage_error(kernel.usage, world, parsed.error);
    }
    const std::string error = process_error(kernel.usage.rule, world.size,
                                            kernel.most_processes(parsed.options->problem_class));
    if (!error.empty()) {
        return usage_error(kernel.usage, world, error);
    }
    try {
        return measure(kernel, *parsed.options, world);
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr,
                     "%s: rank %d: not enough memory: expected room for class %c on %d processes; "
                     "use more processes or a smaller class\n",
                     std::string(kernel.usage.program).c_str(), world.rank,
                     parsed.options->problem_class, world.size);
        MPI_Abort(MPI_COMM_WORLD, kExitFailed);
    }
    return kExitFailed;
}

}  // namespace ucx_crypto::npb
