// ucx-cryptod: the agent of a node, which gets one attestation report for many processes.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>

#include "ucx_crypto/agent/service.h"
#include "ucx_crypto/attest/emulated_attester.h"
#include "ucx_crypto/attest/snp/choose_source.h"
#include "ucx_crypto/attest/snp/snp_attester.h"
#include "ucx_crypto/base/log.h"

namespace {

using namespace ucx_crypto;
namespace protocol = attest::agent;

enum ExitStatus : int { kSuccess = 0, kUsage = 2, kEnvironment = 3 };

volatile std::sig_atomic_t stop = 0;

struct Options {
    std::string socket = protocol::kSocketPath;
    std::string emulated_dir;
    std::string emulated_module;
    std::string endorsements = attest::snp::kDefaultStore;
};

void log_to_journal(LogLevel, const char*, unsigned, const char* message) {
    std::fprintf(stderr, "ucx-cryptod: %s\n", message);
}

Result<std::unique_ptr<attest::Attester>> open_attester(const Options& options) {
    if (!options.emulated_dir.empty()) {
        attest::Settings settings;
        settings.emulated_dir = options.emulated_dir;
        settings.emulated_module = options.emulated_module;
        return std::unique_ptr<attest::Attester>(
            UCX_CRYPTO_TRY(attest::EmulatedAttester::open(settings)));
    }
    auto chosen = UCX_CRYPTO_TRY(attest::snp::choose_source(attest::snp::guest_devices()));
    return std::unique_ptr<attest::Attester>(std::make_unique<attest::snp::SnpAttester>(
        std::move(chosen.source), chosen.description, options.endorsements));
}

/// As many clients as this process may have descriptors, less some for itself.
protocol::Limits limits_of_this_process() {
    constexpr rlim_t kOwnDescriptors = 32;
    protocol::Limits limits;
    rlimit descriptors{};
    if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
        descriptors.rlim_cur = descriptors.rlim_max;
        setrlimit(RLIMIT_NOFILE, &descriptors);  // or not: what holds is asked for again
        getrlimit(RLIMIT_NOFILE, &descriptors);
        const rlim_t most = std::max(descriptors.rlim_cur, 2 * kOwnDescriptors) - kOwnDescriptors;
        limits.clients = std::min<size_t>(limits.clients, most);
        limits.clients_per_user =
            std::min(limits.clients_per_user, std::max<size_t>(limits.clients / 4, 1));
    }
    return limits;
}

/// SIGTERM and SIGINT end the service, while it waits.
sigset_t catch_signals() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop = 1; };
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : {SIGTERM, SIGINT}) {
        sigaction(signal, &action, nullptr);
        sigaddset(&blocked, signal);
    }
    sigset_t before;
    sigprocmask(SIG_BLOCK, &blocked, &before);
    sigdelset(&before, SIGTERM);
    sigdelset(&before, SIGINT);
    return before;
}

Status serve(const Options& options) {
    const sigset_t while_waiting = catch_signals();
    auto attester = UCX_CRYPTO_TRY(open_attester(options));
    const bool emulated = !options.emulated_dir.empty();
    protocol::Server server(emulated ? attest::Mode::kEmulated : attest::Mode::kSnp, *attester,
                            limits_of_this_process());
    auto listener = UCX_CRYPTO_TRY(agent::Listener::open(options.socket));
    UCX_CRYPTO_INFO("listening on %s, reports by %s", listener.description().c_str(),
                    attester->description().c_str());
    agent::Service service(std::move(listener), server);
    UCX_CRYPTO_TRY(service.run(stop, while_waiting));
    UCX_CRYPTO_INFO("ended after %zu reports", server.reports());
    return success();
}

int run(int argc, char** argv) {
    CLI::App app{
        "The agent of a node for jobs over crypto_tcp: it gets SEV-SNP attestation reports for\n"
        "their processes, which need no access to the device, and one for many of them.",
        "ucx-cryptod"};
    app.footer(
        "Exit status: 0 ended by SIGTERM or SIGINT, 2 wrong usage, 3 this machine lacks "
        "something.\n"
        "Peers accept its evidence where their policy has allow_agent.");
    Options options;
    app.add_option("--socket", options.socket,
                   "Where to listen, unless systemd passes a socket; UCX_CRYPTO_AGENT of the jobs")
        ->capture_default_str();
    app.add_option("--endorsements", options.endorsements,
                   "Folder of AMD's certificates for this chip, used when the host provides none "
                   "that fit")
        ->capture_default_str();
    auto* emulated = app.add_option(
        "--emulated", options.emulated_dir,
        "Makes emulated evidence, for tests, by the root that `ucx-crypto init --emulated` made");
    app.add_option("--emulated-module", options.emulated_module,
                   "Path of libucx_crypto_emulated.so; without it beside this program or in lib/")
        ->needs(emulated);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kSuccess : kUsage;
    }
    set_log_sink(log_to_journal, LogLevel::kInfo);
    const Status status = serve(options);
    if (!status.ok()) {
        UCX_CRYPTO_ERROR("%s", status.error().message().c_str());
        return kEnvironment;
    }
    return kSuccess;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ucx-cryptod: %s\n", error.what());
        return kEnvironment;
    }
}
