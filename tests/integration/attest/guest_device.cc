// A guest device for programs that are started with this library as LD_PRELOAD: /dev/sev-guest
// opens, and its ioctls give reports of a software_chip.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/sev-guest.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "tests/integration/attest/software_chip.h"

namespace {

int device = -1;

template <typename T>
T* at(uint64_t address) {
    return reinterpret_cast<T*>(address);
}

int answer(unsigned long number, snp_guest_request_ioctl& message) {
    const auto& request = *at<const snp_ext_report_req>(message.req_data);
    if (!respond(request.data.user_data, at<snp_report_resp>(message.resp_data)->data)) {
        return EIO;
    }
    if (number == SNP_GET_EXT_REPORT) {
        const ucx_crypto::Bytes certificates = certificate_table();
        if (certificates.size() > request.certs_len) {
            message.vmm_error = SNP_GUEST_VMM_ERR_INVALID_LEN;
            return EIO;
        }
        std::memcpy(at<uint8_t>(request.certs_address), certificates.data(), certificates.size());
    }
    std::fprintf(stderr, "guest device of the test: a report\n");
    return 0;
}

template <typename Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    auto* next = real<int(const char*, int, ...)>("open");
    if (std::strcmp(path, "/dev/sev-guest") != 0) {
        return next(path, flags, mode);
    }
    device = next("/dev/null", flags);
    return device;
}

extern "C" __attribute__((visibility("default"))) int ioctl(int file, unsigned long number, ...) {
    va_list arguments;
    va_start(arguments, number);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);
    if (number != SNP_GET_REPORT && number != SNP_GET_EXT_REPORT) {
        return real<int(int, unsigned long, ...)>("ioctl")(file, number, argument);
    }
    errno =
        file == device ? answer(number, *static_cast<snp_guest_request_ioctl*>(argument)) : ENOTTY;
    return errno == 0 ? 0 : -1;
}
