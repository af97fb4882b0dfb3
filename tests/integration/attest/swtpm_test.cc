// The vTPM's path over a real TPM 2.0 in software (swtpm), with this test as the paravisor.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <tss2/tss2_tcti_swtpm.h>
#include <unistd.h>
#include <csignal>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "tests/unit/attest/snp/hcl_builder.h"
#include "ucx_crypto/attest/snp/paravisor_evidence.h"
#include "ucx_crypto/attest/snp/vtpm_report.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

constexpr char kProgram[] = "/usr/bin/swtpm";

int bound_socket(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int reuse = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// Two ports that follow each other, as tpm2-tss expects them; the lower one.
uint16_t free_ports() {
    for (int i = 0; i < 50; ++i) {
        const int first = bound_socket(0);
        REQUIRE(first >= 0);
        const uint16_t port = port_of(first);
        const int second = port == 65535 ? -1 : bound_socket(static_cast<uint16_t>(port + 1));
        close(first);
        if (second >= 0) {
            close(second);
            return port;
        }
    }
    return 0;
}

bool listens(uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool connected = connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    return connected;
}

/// The program, and a transport of tpm2-tss to it.
class SoftwareTpm {
  public:
    SoftwareTpm() {
        char folder[] = "/tmp/ucx-crypto-swtpm-XXXXXX";
        REQUIRE(mkdtemp(folder) != nullptr);
        folder_ = folder;
        port_ = free_ports();
        REQUIRE(port_ != 0);
        child_ = fork();
        REQUIRE(child_ >= 0);
        if (child_ == 0) {
            const std::string state = "dir=" + folder_;
            const std::string on = "type=tcp,disconnect,port=" + std::to_string(port_);
            const std::string with = "type=tcp,port=" + std::to_string(port_ + 1);
            execl(kProgram, kProgram, "socket", "--tpm2", "--tpmstate", state.c_str(), "--server",
                  on.c_str(), "--ctrl", with.c_str(), "--flags", "not-need-init,startup-clear",
                  static_cast<char*>(nullptr));
            _exit(127);
        }
        int tries = 0;
        while (!listens(port_) && ++tries < 500) {
            REQUIRE(waitpid(child_, nullptr, WNOHANG) == 0);
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        REQUIRE(tries < 500);
        const std::string where = "host=127.0.0.1,port=" + std::to_string(port_);
        size_t size = 0;
        REQUIRE(Tss2_Tcti_Swtpm_Init(nullptr, &size, where.c_str()) == TSS2_RC_SUCCESS);
        memory_.resize(size / sizeof(uint64_t) + 1);
        REQUIRE(Tss2_Tcti_Swtpm_Init(context(), &size, where.c_str()) == TSS2_RC_SUCCESS);
    }
    ~SoftwareTpm() {
        Tss2_Tcti_Finalize(context());
        kill(child_, SIGTERM);
        waitpid(child_, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }
    SoftwareTpm(const SoftwareTpm&) = delete;
    SoftwareTpm& operator=(const SoftwareTpm&) = delete;

    TSS2_TCTI_CONTEXT* context() { return reinterpret_cast<TSS2_TCTI_CONTEXT*>(memory_.data()); }

  private:
    std::string folder_;
    uint16_t port_ = 0;
    pid_t child_ = -1;
    std::vector<uint64_t> memory_;
};

/// What fits into an index of this TPM, with zeros behind it.
constexpr size_t kIndexSize = 1700;

ReportData data_of(uint8_t byte) {
    ReportData data;
    data.fill(byte);
    return data;
}

Bytes report_over(ByteView data) {
    Bytes bytes = unsigned_hcl_report(runtime_claims(data));
    bytes.resize(kIndexSize);
    return bytes;
}

/// The real code, whose writes a paravisor notices: at once, or when the guest has looked in vain.
class NoticedTpm final : public Tpm {
  public:
    NoticedTpm(TSS2_TCTI_CONTEXT* transport, bool at_once)
        : tpm_(open_tpm_over(transport).value()), at_once_(at_once) {}

    Result<bool> has(uint32_t index) override { return tpm_->has(index); }
    Result<Bytes> read(uint32_t index) override { return tpm_->read(index); }
    Status write(uint32_t index, ByteView bytes) override {
        UCX_CRYPTO_TRY(tpm_->write(index, bytes));
        if (at_once_) {
            notice();
        }
        return success();
    }
    Status lock() override { return tpm_->lock(); }
    void wait(std::chrono::milliseconds /*time*/) override { notice(); }

  private:
    void notice() {
        const auto data = tpm_->read(kVtpmUserDataIndex);
        REQUIRE(data.ok());
        REQUIRE(tpm_->write(kVtpmReportIndex, report_over(*data)).ok());
    }

    const std::unique_ptr<Tpm> tpm_;
    const bool at_once_;
};

bool is_missing() {
    if (access(kProgram, X_OK) == 0) {
        return false;
    }
    WARN("SKIP: expected " << kProgram << ", found none; install swtpm");
    return true;
}

}  // namespace

TEST_CASE("a real TPM's indexes are found, defined, written and read whole") {
    if (is_missing()) {
        return;
    }
    SoftwareTpm software;
    const auto opened = open_tpm_over(software.context());
    INFO((opened.ok() ? "" : opened.error().message()));
    REQUIRE(opened.ok());
    Tpm& tpm = **opened;
    CHECK_FALSE(tpm.has(kVtpmReportIndex).value());
    CHECK(tpm.read(kVtpmReportIndex).error().code() == ErrorCode::kNotFound);
    const Bytes report = report_over(data_of(0));
    REQUIRE(tpm.write(kVtpmReportIndex, report).ok());
    CHECK(tpm.has(kVtpmReportIndex).value());
    CHECK_FALSE(tpm.has(kVtpmUserDataIndex).value());
    CHECK_FALSE(tpm.has(kVtpmReportIndex - 1).value());
    CHECK(tpm.read(kVtpmReportIndex).value() == report);
    CHECK_FALSE(tpm.write(kVtpmReportIndex, Bytes(kIndexSize + 1)).ok());
    CHECK(tpm.read(kVtpmReportIndex).value().size() == kIndexSize);
}

TEST_CASE("a real TPM gives reports over what was asked for, again and again") {
    if (is_missing()) {
        return;
    }
    SoftwareTpm software;
    const auto source = [&software](bool at_once) {
        return VtpmReporter::open([&software, at_once] {
            return Result<std::unique_ptr<Tpm>>(
                std::make_unique<NoticedTpm>(software.context(), at_once));
        });
    };
    CHECK(source(true).error().code() == ErrorCode::kNotFound);
    REQUIRE(open_tpm_over(software.context())
                .value()
                ->write(kVtpmReportIndex, report_over(data_of(0)))
                .ok());
    for (const uint8_t byte : {uint8_t{1}, uint8_t{2}, uint8_t{2}, uint8_t{3}}) {
        const auto answer = source(byte != 3).value()->get(data_of(byte));
        INFO((answer.ok() ? "" : answer.error().message()));
        REQUIRE(answer.ok());
        const auto evidence = open_report(answer->report);
        REQUIRE(evidence.ok());
        CHECK(check_bound_data(*evidence, data_of(byte)).ok());
        CHECK_FALSE(check_bound_data(*evidence, data_of(9)).ok());
    }
}
