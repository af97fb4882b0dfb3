// configfs-tsm whose attributes say anything: errors, texts and blobs.
#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "tests/fuzz/target.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/tsm_report.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::fuzz {
namespace {

using namespace attest::snp;

constexpr int kErrors[] = {EACCES, EBUSY, EIO, ENOENT, ENXIO, E2BIG, EINTR};

struct Kernel {
    std::map<std::string, Bytes> attributes{};
    std::map<std::string, int> errors{};  ///< by attribute, "make" and "remove"
    std::set<std::string> folders{};
    uint64_t writes = 0;  ///< to the newest folder
    bool counts = false;  ///< the generation is right, whatever the attribute says
};

class Files final : public TsmFiles {
  public:
    explicit Files(Kernel& kernel) : kernel_(kernel) {}

    int make_folder(const std::string& path) override {
        const int error = kernel_.errors["make"];
        if (error == 0) {
            UCX_CRYPTO_PROMISE(kernel_.folders.insert(path).second);
            kernel_.writes = 0;
        }
        return error;
    }
    int remove_folder(const std::string& path) override {
        UCX_CRYPTO_PROMISE(kernel_.folders.erase(path) == 1);
        return kernel_.errors["remove"];
    }
    int write(const std::string& path, ByteView /*bytes*/) override {
        const int error = kernel_.errors[attribute_of(path)];
        kernel_.writes += error == 0 ? 1 : 0;
        return error;
    }
    int read(const std::string& path, size_t limit, Bytes& contents) override {
        const std::string attribute = attribute_of(path);
        if (attribute == "generation" && kernel_.counts && kernel_.errors[attribute] == 0) {
            contents = to_bytes(as_bytes(std::to_string(kernel_.writes) + "\n"));
            return 0;
        }
        contents = kernel_.attributes[attribute];
        const bool fits = contents.size() <= limit;
        contents.resize(std::min(contents.size(), limit + 1));
        return fits ? kernel_.errors[attribute] : E2BIG;
    }

  private:
    std::string attribute_of(const std::string& path) const {
        const size_t slash = path.rfind('/');
        UCX_CRYPTO_PROMISE(kernel_.folders.contains(path.substr(0, slash)));
        return path.substr(slash + 1);
    }

    Kernel& kernel_;
};

Kernel read_kernel(WireReader& choices) {
    Kernel kernel;
    const uint8_t options = choices.u8();
    kernel.counts = (options & 1) != 0;
    for (const char* name : {"provider", "privlevel_floor", "generation", "outblob", "auxblob"}) {
        kernel.attributes[name] = to_bytes(choices.field16(20000));
    }
    if ((options & 2) != 0) {
        kernel.attributes["provider"] = to_bytes(as_bytes("sev_guest\n"));
        kernel.attributes["privlevel_floor"] = to_bytes(as_bytes("0\n"));
    }
    const char* const places[] = {"make",      "remove", "provider",   "privlevel_floor",
                                  "privlevel", "inblob", "generation", "outblob",
                                  "auxblob"};
    for (size_t i = choices.u8() % 3; i > 0; --i) {
        const char* place = places[choices.u8() % std::size(places)];
        kernel.errors[place] = kErrors[choices.u8() % std::size(kErrors)];
    }
    return kernel;
}

}  // namespace

void one_input(ByteView input) {
    WireReader choices(input);
    Kernel kernel = read_kernel(choices);
    auto source = TsmReporter::open("/tsm", std::make_unique<Files>(kernel));
    UCX_CRYPTO_PROMISE(kernel.folders.empty());
    if (!source.ok()) {
        return;
    }
    const auto answer = (*source)->get({});
    UCX_CRYPTO_PROMISE(kernel.folders.empty());
    if (!answer.ok()) {
        return;
    }
    UCX_CRYPTO_PROMISE(answer->report.size() <= kReportSize &&
                       equal(answer->report, kernel.attributes["outblob"]));
    UCX_CRYPTO_PROMISE(answer->certificate_table.size() <= kMaxCertificateTableSize &&
                       equal(answer->certificate_table, kernel.attributes["auxblob"]));
    for (const auto& [place, error] : kernel.errors) {
        UCX_CRYPTO_PROMISE(error == 0 || place == "remove");
    }
    const std::string generation(as_text(kernel.attributes["generation"]));
    UCX_CRYPTO_PROMISE(kernel.writes == 2 && (kernel.counts || generation.starts_with("2") ||
                                              generation.starts_with("0")));
    UCX_CRYPTO_PROMISE(as_text(kernel.attributes["provider"]).starts_with("sev_guest"));
}

std::vector<Bytes> seeds() {
    const auto input = [](uint8_t options, std::string_view provider, std::string_view generation,
                          size_t report, ByteView errors) {
        Bytes bytes(1000 + report);
        WireWriter to(bytes);
        to.u8(options);
        to.field16(as_bytes(provider));
        to.field16(as_bytes("0\n"));
        to.field16(as_bytes(generation));
        to.field16(Bytes(report, 7));
        to.field16(Bytes(24));
        to.bytes(errors);
        return to_bytes(to.finish("seed").value());
    };
    const uint8_t none[] = {0};
    const uint8_t one[] = {1, 7, 2};
    return {input(0, "sev_guest\n", "2\n", 0x4a0, none), input(3, "", "", 0x4a1, none),
            input(1, "tdx_guest\n", "2", 16, none), input(2, "", "18446744073709551616\n", 4, none),
            input(3, "", "", 0x4a0, one)};
}

}  // namespace ucx_crypto::fuzz
