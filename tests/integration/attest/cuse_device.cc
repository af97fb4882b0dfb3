// /dev/sev-guest as a character device in userspace (CUSE), for a machine that has none: the ioctls
// of Linux's sev-guest driver with reports of a software_chip, as many bytes copied in and out as
// the driver does. Tells every answer on standard output. usage: cuse_device [BYTES], to which the
// host's certificate table is filled up
#define FUSE_USE_VERSION 31
#include <cuse_lowlevel.h>
#include <fuse_opt.h>
#include <linux/sev-guest.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/integration/attest/software_chip.h"

namespace {

constexpr uint32_t kPage = 4096;
constexpr uint32_t kMaxTable = 16 * 1024;         // SEV_FW_BLOB_MAX_SIZE
constexpr uint32_t kNoFirmwareCall = 0xffffffff;  // what fw_error says until the firmware was asked

size_t least_table = 0;

void tell(const char* request, const char* answer) {
    std::printf("sev-guest: %s: %s\n", request, answer);
    std::fflush(stdout);
}

iovec at(uint64_t address, size_t size) {
    return {reinterpret_cast<void*>(address), size};
}

/// What the kernel has copied from the caller for an ioctl. It comes to know piece by piece where
/// the pieces are, each call asking for the next one.
class Caller {
  public:
    Caller(fuse_req_t request, bool extended, void* argument, const void* in, size_t size)
        : request_(request),
          extended_(extended),
          request_size_(extended ? sizeof(snp_ext_report_req) : sizeof(snp_report_req)),
          argument_(reinterpret_cast<uintptr_t>(argument)) {
        const auto* bytes = static_cast<const std::byte*>(in);
        has_message_ = size >= sizeof message_;
        if (has_message_) {
            std::memcpy(&message_, bytes, sizeof message_);
        }
        has_body_ = has_message_ && size == sizeof message_ + request_size_;
        if (has_body_) {
            std::memcpy(&body_, bytes + sizeof message_, request_size_);
        }
    }

    void serve(bool can_answer) {
        if (!has_message_) {
            return ask({at(argument_, sizeof message_)}, {});
        }
        if (message_.msg_version == 0 || message_.req_data == 0 || message_.resp_data == 0) {
            return refuse(EINVAL);
        }
        const std::vector<iovec> in = {at(argument_, sizeof message_),
                                       at(message_.req_data, request_size_)};
        if (!has_body_) {
            return ask(in, {});
        }
        if (extended_ && (body_.certs_len > kMaxTable || body_.certs_len % kPage != 0)) {
            return refuse(EINVAL);
        }
        if (!can_answer) {
            std::vector<iovec> out = in;
            out.push_back(at(message_.resp_data, sizeof(snp_report_resp)));
            if (extended_ && body_.certs_len != 0) {
                out.push_back(at(body_.certs_address, body_.certs_len));
            }
            return ask(in, out);
        }
        answer();
    }

  private:
    void ask(const std::vector<iovec>& in, const std::vector<iovec>& out) {
        fuse_reply_ioctl_retry(request_, in.data(), in.size(), out.data(), out.size());
    }

    void refuse(int error) {
        tell(name(), "refused");
        fuse_reply_err(request_, error);
    }

    void answer() {
        message_.fw_error = kNoFirmwareCall;
        message_.vmm_error = 0;
        ucx_crypto::Bytes table;
        if (extended_) {
            table = certificate_table();
            table.resize(std::max(table.size(), least_table));
        }
        if (table.size() > body_.certs_len) {
            message_.vmm_error = SNP_GUEST_VMM_ERR_INVALID_LEN;
            body_.certs_len = static_cast<uint32_t>((table.size() + kPage - 1) / kPage * kPage);
            tell(name(), "too small a buffer for the certificates");
            return reply(-EIO, {});
        }
        std::array<uint8_t, sizeof(snp_report_resp) + kMaxTable> bytes{};
        if (!respond(body_.data.user_data, bytes.data())) {
            return refuse(EIO);
        }
        message_.fw_error = 0;
        std::copy(table.begin(), table.end(), bytes.begin() + sizeof(snp_report_resp));
        tell(name(), "a report");
        reply(0, {bytes.data(), sizeof(snp_report_resp) + (extended_ ? body_.certs_len : 0)});
    }

    void reply(int result, ucx_crypto::ByteView rest) {
        ucx_crypto::Bytes all(sizeof message_ + request_size_);
        std::memcpy(all.data(), &message_, sizeof message_);
        std::memcpy(all.data() + sizeof message_, &body_, request_size_);
        all.insert(all.end(), rest.begin(), rest.end());
        fuse_reply_ioctl(request_, result, all.data(), all.size());
    }

    const char* name() const { return extended_ ? "SNP_GET_EXT_REPORT" : "SNP_GET_REPORT"; }

    const fuse_req_t request_;
    const bool extended_;
    const size_t request_size_;
    const uint64_t argument_;
    bool has_message_ = false;
    bool has_body_ = false;
    snp_guest_request_ioctl message_{};
    snp_ext_report_req body_{};  // both kinds of request begin with the same
};

void on_open(fuse_req_t request, fuse_file_info* file) {
    fuse_reply_open(request, file);
}

void on_ioctl(fuse_req_t request, int number, void* argument, fuse_file_info* /*file*/,
              unsigned flags, const void* in, size_t in_size, size_t out_size) {
    const auto command = static_cast<unsigned>(number);
    if ((flags & FUSE_IOCTL_COMPAT) != 0 ||
        (command != SNP_GET_REPORT && command != SNP_GET_EXT_REPORT)) {
        tell("another ioctl", "refused");
        fuse_reply_err(request, ENOTTY);
        return;
    }
    Caller(request, command == SNP_GET_EXT_REPORT, argument, in, in_size).serve(out_size != 0);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1) {
        least_table = std::strtoul(argv[1], nullptr, 10);
    }
    const char* device[] = {"DEVNAME=sev-guest"};
    cuse_info info{};
    info.dev_info_argc = 1;
    info.dev_info_argv = device;
    info.flags = CUSE_UNRESTRICTED_IOCTL;
    cuse_lowlevel_ops operations{};
    operations.open = on_open;
    operations.ioctl = on_ioctl;
    char foreground[] = "-f";
    char one_thread[] = "-s";
    char* options[] = {argv[0], foreground, one_thread, nullptr};
    return cuse_lowlevel_main(3, options, &info, &operations, nullptr);
}
