// A guest device for programs that are started with this library as LD_PRELOAD: /dev/sev-guest
// opens, and its ioctls give reports of an emulated root, GUEST_DEVICE_ROOT. Nobody trusts it as
// AMD's.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/sev-guest.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/unit/attest/snp/table_builder.h"
#include "ucx_crypto/attest/emulated_module.h"
#include "ucx_crypto/attest/snp/endorsements.h"
#include "ucx_crypto/attest/snp/report.h"

namespace {

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

int device = -1;

Bytes file_of_root(const char* name) {
    const char* root = std::getenv("GUEST_DEVICE_ROOT");
    std::ifstream file(std::string(root != nullptr ? root : "") + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool make_report(const uint8_t* data, uint8_t* report) {
    void* library = dlopen(std::getenv("GUEST_DEVICE_MODULE"), RTLD_NOW | RTLD_LOCAL);
    const auto* module =
        library == nullptr
            ? nullptr
            : static_cast<const EmulatedModule*>(dlsym(library, kEmulatedModuleSymbol));
    const Bytes key = file_of_root("vcek.key");
    const Bytes chain = file_of_root("endorsements.bin");
    char error[256] = "no module";
    if (module != nullptr && module->make_report(key.data(), key.size(), chain.data(), chain.size(),
                                                 data, report, error, sizeof error) == 0) {
        return true;
    }
    std::fprintf(stderr, "guest device of the test: %s\n", error);
    return false;
}

Bytes table() {
    const Bytes chain = file_of_root("endorsements.bin");
    const auto list = snp::decode_endorsements(chain);
    if (!list.ok()) {
        return {};
    }
    return snp::TableBuilder::of({{snp::kVcekGuid, to_bytes(list->at(0))},
                                  {snp::kAskGuid, to_bytes(list->at(1))},
                                  {snp::kArkGuid, to_bytes(list->at(2))}});
}

template <typename T>
T* at(uint64_t address) {
    return reinterpret_cast<T*>(address);
}

int answer(unsigned long number, snp_guest_request_ioctl& message) {
    const auto& request = *at<const snp_ext_report_req>(message.req_data);
    auto* response = at<snp_report_resp>(message.resp_data)->data;
    constexpr uint32_t kSize = snp::kReportSize;
    std::memset(response, 0, sizeof(snp_report_resp));
    std::memcpy(response + 4, &kSize, sizeof kSize);
    if (!make_report(request.data.user_data, response + 0x20)) {
        return EIO;
    }
    if (number == SNP_GET_EXT_REPORT) {
        const Bytes certificates = table();
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
