#include "ucx_crypto/attest/snp/guest_device.h"

#include <linux/sev-guest.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "ucx_crypto/attest/snp/firmware_status.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {
namespace {

// The kernel's ABI does not change; a header that says otherwise is not the one meant here.
static_assert(SNP_GET_REPORT == 0xC0205300 && SNP_GET_EXT_REPORT == 0xC0205302);
static_assert(sizeof(snp_guest_request_ioctl) == 32);
static_assert(offsetof(snp_guest_request_ioctl, msg_version) == 0);
static_assert(offsetof(snp_guest_request_ioctl, req_data) == 8);
static_assert(offsetof(snp_guest_request_ioctl, resp_data) == 16);
static_assert(offsetof(snp_guest_request_ioctl, exitinfo2) == 24);
static_assert(offsetof(snp_guest_request_ioctl, fw_error) == 24);
static_assert(offsetof(snp_guest_request_ioctl, vmm_error) == 28);
static_assert(sizeof(snp_report_req) == 96 && sizeof(snp_report_req::user_data) == kReportDataSize);
static_assert(offsetof(snp_report_req, user_data) == 0 && offsetof(snp_report_req, vmpl) == 64);
static_assert(sizeof(snp_report_resp) == 4000);
static_assert(sizeof(snp_ext_report_req) == 112 && offsetof(snp_ext_report_req, data) == 0);
static_assert(offsetof(snp_ext_report_req, certs_address) == 96);
static_assert(offsetof(snp_ext_report_req, certs_len) == 104);

constexpr uint8_t kMessageVersion = 1;
constexpr size_t kResponseHeaderSize = 0x20;  // MSG_REPORT_RSP (AMD 56860): status, size, reserved

// Linux since 6.3 waits for a throttling host itself; these waits are for older drivers.
using std::chrono::milliseconds;
constexpr milliseconds kWaits[] = {milliseconds(100),  milliseconds(200),  milliseconds(400),
                                   milliseconds(800),  milliseconds(1600), milliseconds(2000),
                                   milliseconds(2000), milliseconds(2000)};

uint64_t address_of(void* object) {
    return reinterpret_cast<uintptr_t>(object);
}

Error failure(ErrorCode code, const std::string& text) {
    return {code, "SEV-SNP guest device: " + text};
}

/// One question to the firmware. Its bytes stay as they are however often it is asked.
class Question {
  public:
    Question(GuestDriver& driver, const ReportData& data) : driver_(driver) {
        std::memcpy(request_.data.user_data, data.data(), data.size());
        request_.data.vmpl = 0;
        request_.certs_address = address_of(table_.data());
    }

    /// Asks until the host does not throttle any more; 0 or errno.
    int ask(unsigned long number) {
        int error = ask_once(number);
        for (const milliseconds time : kWaits) {
            if (!throttled(error)) {
                break;
            }
            driver_.wait(time);
            error = ask_once(number);
        }
        return error;
    }

    /// Since the driver gives up with ETIMEDOUT after disabling the key, that is no throttling.
    bool throttled(int error) const {
        return error == EAGAIN || error == EBUSY ||
               (error == EIO && message_.vmm_error == SNP_GUEST_VMM_ERR_BUSY);
    }
    bool too_small(int error) const {
        return (error == EIO || error == ENOSPC) &&
               message_.vmm_error == SNP_GUEST_VMM_ERR_INVALID_LEN;
    }

    Error describe(int error) const;
    ByteView response() const { return response_.data; }
    ByteView table() const { return table_; }

  private:
    int ask_once(unsigned long number) {
        request_.certs_len = static_cast<uint32_t>(table_.size());
        table_.fill(0);  // nothing of an earlier answer may stay
        std::memset(&response_, 0, sizeof response_);
        message_ = {};
        message_.msg_version = kMessageVersion;
        message_.req_data = address_of(&request_);  // both kinds of request begin with the same
        message_.resp_data = address_of(&response_);
        return driver_.request(number, message_);
    }

    GuestDriver& driver_;
    snp_guest_request_ioctl message_{};
    snp_ext_report_req request_{};
    snp_report_resp response_{};
    std::array<uint8_t, kMaxCertificateTableSize> table_{};
};

Error Question::describe(int error) const {
    if (error == ENOTTY) {
        return failure(ErrorCode::kUnsupported,
                       "expected an answer, found that the driver knows no such request or has "
                       "disabled the VM's key after an earlier failure (see dmesg: VMPCK); "
                       "restart the VM");
    }
    if (throttled(error)) {
        return failure(ErrorCode::kTimedOut,
                       "expected a report, found that the host throttles requests; start fewer "
                       "processes at a time on this VM or ask its operator");
    }
    std::string found = std::strerror(error);
    found += ", firmware status " + firmware_status(message_.fw_error) + ", host's error " +
             std::to_string(message_.vmm_error);
    return failure(ErrorCode::kIo, "expected a report, found: " + found +
                                       "; see dmesg, since the driver disables the VM's key after "
                                       "such a failure until the VM restarts");
}

Result<Bytes> parse_response(ByteView response) {
    WireReader reader(response);
    const uint32_t status = reader.u32_le();
    const uint32_t size = reader.u32_le();
    if (status != 0) {
        const bool parameter = status == kStatusInvalidParameter;
        return failure(ErrorCode::kIo,
                       "expected status 0 of the report request, found " + firmware_status(status) +
                           (parameter ? "; a guest below VMPL 0 (under an SVSM) cannot have a "
                                        "report of VMPL 0, use configfs-tsm there"
                                      : "; see the firmware's release notes"));
    }
    if (size != kReportSize) {
        return failure(ErrorCode::kIo, "expected a report of " + std::to_string(kReportSize) +
                                           " bytes, found a size of " + std::to_string(size));
    }
    return to_bytes(response.subspan(kResponseHeaderSize, kReportSize));
}

}  // namespace

Result<SignedReport> GuestDevice::get(const ReportData& data) {
    const std::lock_guard lock(mutex_);
    if (unanswered_ && *unanswered_ != data) {
        UCX_CRYPTO_TRY(ask(ReportData(*unanswered_)));
    }
    return ask(data);
}

Result<SignedReport> GuestDevice::ask(const ReportData& data) {
    if (failure_) {
        return *failure_;
    }
    Question question(*driver_, data);
    int error = question.ask(SNP_GET_EXT_REPORT);
    const bool with_table = error == 0;
    if (question.too_small(error)) {
        // The driver takes no more than we offered. It has completed the exchange with the firmware
        // (and older ones have not begun it), so that asking again without a table is safe.
        error = question.ask(SNP_GET_REPORT);
    }
    unanswered_.reset();
    if (question.throttled(error)) {
        unanswered_ = data;
    } else if (error != 0) {
        failure_ = question.describe(error);
    }
    if (error != 0) {
        return question.describe(error);
    }
    SignedReport answer;
    answer.report = UCX_CRYPTO_TRY(parse_response(question.response()));
    if (with_table) {
        answer.certificate_table = to_bytes(question.table());
    }
    return answer;
}

}  // namespace ucx_crypto::attest::snp
