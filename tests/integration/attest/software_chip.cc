#include "tests/integration/attest/software_chip.h"

#include <dlfcn.h>
#include <linux/sev-guest.h>

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

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

namespace {

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

}  // namespace

bool respond(const uint8_t* report_data, uint8_t* response) {
    constexpr uint32_t kSize = snp::kReportSize;
    std::memset(response, 0, sizeof(snp_report_resp));
    std::memcpy(response + 4, &kSize, sizeof kSize);
    return make_report(report_data, response + 0x20);
}

Bytes certificate_table() {
    const Bytes chain = file_of_root("endorsements.bin");
    const auto list = snp::decode_endorsements(chain);
    if (!list.ok()) {
        return {};
    }
    return snp::TableBuilder::of({{snp::kVcekGuid, to_bytes(list->at(0))},
                                  {snp::kAskGuid, to_bytes(list->at(1))},
                                  {snp::kArkGuid, to_bytes(list->at(2))}});
}
