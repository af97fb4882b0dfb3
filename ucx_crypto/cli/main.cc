// ucx-crypto: settings, keys and checks for users and administrators.
#include <CLI/CLI.hpp>
#include <exception>

#include "ucx_crypto/cli/commands.h"
#include "ucx_crypto/cli/doctor.h"

namespace {

int run(int argc, char** argv) {
    using namespace ucx_crypto::cli;
    CLI::App app{"Encrypts the MPI traffic of unmodified programs, by a UCX transport.",
                 "ucx-crypto"};
    app.set_version_flag("--version", "ucx-crypto " UCX_CRYPTO_CLI_VERSION);
    app.require_subcommand(1);
    app.footer(
        "Exit status: 0 success, 1 refused or failed, 2 wrong usage, 3 this machine or "
        "installation\n"
        "lacks something. `run` exits with its command's status.\n\n"
        "  eval \"$(ucx-crypto env)\"; UCX_TLS=crypto_tcp mpirun -np 2 ./program\n"
        "  ucx-crypto run -- mpirun -np 2 ./program");

    bool json = false;
    CLI::App* env = app.add_subcommand(
        "env", "Prints shell lines after which mpirun, ucx_info and ucx_perftest use crypto_tcp");
    env->add_flag("--json", json, "Prints one JSON object instead");

    std::vector<std::string> command;
    CLI::App* run =
        app.add_subcommand("run", "Runs one command under the settings that env prints");
    run->add_option("command", command, "The command and its arguments, after --")->required();

    bool doctor_json = false;
    CLI::App* doctor = app.add_subcommand(
        "doctor", "Checks this machine, the installation and the settings; status 1 if one failed");
    doctor->add_flag("--json", doctor_json, "Prints a JSON array instead");

    std::string directory;
    CLI::App* init = app.add_subcommand(
        "init", "Makes keys and policy for trying attestation on machines without SEV-SNP");
    init->add_option("--emulated", directory,
                     "Folder for root, domain key and policy of a software SNP")
        ->required();

    Action action;
    add_evidence_commands(app, action);
    add_policy_commands(app, action);
    add_endorsements_commands(app, action);
    add_status_command(app, action);

    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError& error) {
        // What was misspelt says more than what is missing because of it.
        const std::vector<std::string> unknown = app.remaining(true);
        std::cerr << error.what();
        if (!unknown.empty()) {
            std::cerr << ", found '" << unknown.front() << "'";
        }
        std::cerr << "\nRun with --help for more information.\n";
        return kUsage;
    } catch (const CLI::ParseError& error) {
        int status = app.exit(error);
        return status == 0 ? kSuccess : kUsage;
    }
    if (action) {
        return action();
    }
    if (doctor->parsed()) {
        return print_findings(doctor_json);
    }
    if (init->parsed()) {
        return init_emulated(directory);
    }
    return env->parsed() ? print_environment(json) : run_command(command);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "ucx-crypto: " << error.what() << "\n";
        return ucx_crypto::cli::kEnvironment;
    }
}
