// /dev/sev-guest: attestation reports by the ioctls of Linux's driver
// (include/uapi/linux/sev-guest.h, Documentation/virt/coco/sev-guest.rst).
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "ucx_crypto/attest/snp/report_source.h"

struct snp_guest_request_ioctl;

namespace ucx_crypto::attest::snp {

/// The system calls that GuestDevice makes; tests play the driver and the firmware behind it.
class GuestDriver {
  public:
    virtual ~GuestDriver() = default;
    /// ioctl(2) on the device: 0, or errno.
    virtual int request(unsigned long number, snp_guest_request_ioctl& message) = 0;
    virtual void wait(std::chrono::milliseconds time) = 0;
};

inline constexpr char kGuestDevicePath[] = "/dev/sev-guest";

/// The driver behind the device file `path`. kNotFound: there is none; kPermission: this process
/// may not open it, with the mend in the message.
Result<std::unique_ptr<GuestDriver>> open_guest_driver(const std::string& path);

/// Requests over /dev/sev-guest.
///
/// The guest's messages to the firmware are encrypted with AES-GCM under the VM's key (VMPCK), and
/// their nonce is a sequence number that advances only with a complete exchange. A different
/// message under an old number would give the host two ciphertexts under one nonce; so Linux
/// disables the key after a failure, until the VM starts anew, and its releases before 6.1 rely on
/// the caller. Therefore a request is repeated only as the same bytes, and only where the driver
/// says that nothing is wrong but the moment (the host throttles) or the size (the host's
/// certificates do not fit, and the driver has completed the exchange without them). What a
/// throttling host left unanswered is asked before anything else, and after any other failure of
/// the driver nothing more: get() then returns that failure again. Usable from any thread, one
/// request at a time.
class GuestDevice final : public ReportSource {
  public:
    explicit GuestDevice(std::unique_ptr<GuestDriver> driver) : driver_(std::move(driver)) {}

    /// kIo: the driver, host or firmware failed, by name; kTimedOut: the host throttled for longer
    /// than all waits; kUnsupported: the file is not this device or its key is disabled.
    Result<SignedReport> get(const ReportData& data) override;

  private:
    Result<SignedReport> ask(const ReportData& data);

    const std::unique_ptr<GuestDriver> driver_;
    std::mutex mutex_;
    std::optional<ReportData> unanswered_;  // its number may be in use
    std::optional<Error> failure_;
};

}  // namespace ucx_crypto::attest::snp
