// Linux's sev-guest driver with a firmware and a host behind it, as a test wants them to answer.
#pragma once

#include <linux/sev-guest.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <vector>

#include "ucx_crypto/attest/snp/guest_device.h"
#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::attest::snp {

/// What one ioctl gives back. Report and table are written even beside an error.
struct Answer {
    int error = 0;
    uint32_t firmware_error = 0;
    uint32_t host_error = 0;
    uint32_t status = 0;
    uint32_t size = kReportSize;
    Bytes report{};
    Bytes table{};
};

/// What an ioctl asked for.
struct Asked {
    unsigned long number = 0;
    uint8_t message_version = 0;
    Bytes request;  ///< the 96 bytes that the driver encrypts for the firmware
    uint32_t table_size = 0;

    bool operator==(const Asked&) const = default;
};

struct DriverLog {
    std::vector<Asked> asked;
    std::vector<std::chrono::milliseconds> waits;
};

class FakeDriver final : public GuestDriver {
  public:
    /// Answers in order, the last one again and again.
    FakeDriver(std::deque<Answer> answers, DriverLog& log)
        : FakeDriver(
              [answers = std::move(answers)](const Asked&) mutable {
                  Answer answer = answers.front();
                  if (answers.size() > 1) {
                      answers.pop_front();
                  }
                  return answer;
              },
              log) {}
    FakeDriver(std::function<Answer(const Asked&)> answer, DriverLog& log)
        : answer_(std::move(answer)), log_(log) {}

    int request(unsigned long number, snp_guest_request_ioctl& message) override {
        snp_ext_report_req request{};
        const bool extended = number == SNP_GET_EXT_REPORT;
        std::memcpy(&request, at(message.req_data), extended ? sizeof request : 96);
        const auto* bytes = reinterpret_cast<const uint8_t*>(&request);
        Asked asked{number, message.msg_version, {bytes, bytes + 96}, request.certs_len};
        log_.asked.push_back(asked);

        const Answer answer = answer_(asked);
        message.fw_error = answer.firmware_error;
        message.vmm_error = answer.host_error;
        auto* response = static_cast<uint8_t*>(at(message.resp_data));
        std::memcpy(response, &answer.status, 4);
        std::memcpy(response + 4, &answer.size, 4);
        copy(answer.report, response + 0x20);
        if (extended) {
            copy(answer.table, static_cast<uint8_t*>(at(request.certs_address)));
        }
        return answer.error;
    }

    void wait(std::chrono::milliseconds time) override { log_.waits.push_back(time); }

  private:
    static void* at(uint64_t address) { return reinterpret_cast<void*>(address); }
    static void copy(const Bytes& bytes, uint8_t* to) { std::copy(bytes.begin(), bytes.end(), to); }

    std::function<Answer(const Asked&)> answer_;
    DriverLog& log_;
};

}  // namespace ucx_crypto::attest::snp
