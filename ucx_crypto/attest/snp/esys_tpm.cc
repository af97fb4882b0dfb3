// A Tpm over tpm2-tss's enhanced system API, which is loaded when a TPM's file is there: processes
// on other machines do not carry it.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_tcti_device.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "ucx_crypto/attest/snp/tpm.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr char kEsysLibrary[] = "libtss2-esys.so.0";
constexpr char kDeviceLibrary[] = "libtss2-tcti-device.so.0";
constexpr size_t kMaxIndexSize = 32 * 1024;
constexpr size_t kMaxCommandData = 512;  // what every TPM takes in one NV command
constexpr std::chrono::milliseconds kLockPause{50};
constexpr int kLockTries = 600;  // half a minute

Error failed(const std::string& what, TSS2_RC code) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%x", code);
    return {ErrorCode::kIo, "TPM: expected to " + what + ", found TSS2 response code " + text};
}

/// The functions of ESYS that are used, of the loaded library.
struct Esys {
    decltype(&Esys_Initialize) initialize;
    decltype(&Esys_Finalize) finalize;
    decltype(&Esys_Free) free;
    decltype(&Esys_GetCapability) get_capability;
    decltype(&Esys_TR_FromTPMPublic) from_public;
    decltype(&Esys_TR_Close) close;
    decltype(&Esys_NV_ReadPublic) read_public;
    decltype(&Esys_NV_Read) read;
    decltype(&Esys_NV_Write) write;
    decltype(&Esys_NV_DefineSpace) define;
};

Result<void*> load(const char* library) {
    // Stays loaded: nothing of it may vanish under a thread.
    void* const handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == nullptr) {
        return Error(ErrorCode::kNotFound, std::string("expected ") + library +
                                               " to ask a vTPM, found none; install tpm2-tss");
    }
    return handle;
}

template <typename Function>
Status find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr) {
        return Error(ErrorCode::kNotFound,
                     std::string("tpm2-tss: expected function ") + name + ", found none");
    }
    return success();
}

Result<Esys> load_esys() {
    void* const library = UCX_CRYPTO_TRY(load(kEsysLibrary));
    Esys esys{};
    UCX_CRYPTO_TRY(find(library, "Esys_Initialize", esys.initialize));
    UCX_CRYPTO_TRY(find(library, "Esys_Finalize", esys.finalize));
    UCX_CRYPTO_TRY(find(library, "Esys_Free", esys.free));
    UCX_CRYPTO_TRY(find(library, "Esys_GetCapability", esys.get_capability));
    UCX_CRYPTO_TRY(find(library, "Esys_TR_FromTPMPublic", esys.from_public));
    UCX_CRYPTO_TRY(find(library, "Esys_TR_Close", esys.close));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_ReadPublic", esys.read_public));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_Read", esys.read));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_Write", esys.write));
    UCX_CRYPTO_TRY(find(library, "Esys_NV_DefineSpace", esys.define));
    return esys;
}

/// A way to the TPM that this project opens itself, and the memory of its context.
class DeviceTransport {
  public:
    Status open(const std::string& path) {
        void* const library = UCX_CRYPTO_TRY(load(kDeviceLibrary));
        decltype(&Tss2_Tcti_Device_Init) initialize = nullptr;
        UCX_CRYPTO_TRY(find(library, "Tss2_Tcti_Device_Init", initialize));
        size_t size = 0;
        TSS2_RC code = initialize(nullptr, &size, path.c_str());
        if (code == TSS2_RC_SUCCESS) {
            memory_.resize(size / sizeof(uint64_t) + 1);
            code = initialize(context(), &size, path.c_str());
        }
        if (code != TSS2_RC_SUCCESS) {
            return failed("open " + path, code);
        }
        open_ = true;
        return success();
    }

    DeviceTransport() = default;
    ~DeviceTransport() {
        if (open_) {
            Tss2_Tcti_Finalize(context());
        }
    }
    DeviceTransport(const DeviceTransport&) = delete;
    DeviceTransport& operator=(const DeviceTransport&) = delete;

    TSS2_TCTI_CONTEXT* context() { return reinterpret_cast<TSS2_TCTI_CONTEXT*>(memory_.data()); }

  private:
    std::vector<uint64_t> memory_;
    bool open_ = false;
};

class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor() {
        if (value_ >= 0) {
            close(value_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return value_; }
    int release() { return std::exchange(value_, -1); }

  private:
    int value_;
};

class EsysTpm final : public Tpm {
  public:
    EsysTpm(const Esys& esys, int device) : esys_(esys), device_(device) {}
    ~EsysTpm() override {
        if (context_ != nullptr) {
            esys_.finalize(&context_);
        }
    }
    EsysTpm(const EsysTpm&) = delete;
    EsysTpm& operator=(const EsysTpm&) = delete;

    Status open_device(const std::string& path) {
        UCX_CRYPTO_TRY(transport_.open(path));
        return open_over(transport_.context());
    }
    Status open_over(TSS2_TCTI_CONTEXT* transport) {
        const TSS2_RC code = esys_.initialize(&context_, transport, nullptr);
        return code == TSS2_RC_SUCCESS ? success() : Status(failed("be initialized", code));
    }

    Result<bool> has(uint32_t index) override {
        TPMI_YES_NO more = TPM2_NO;
        TPMS_CAPABILITY_DATA* data = nullptr;
        const TSS2_RC code =
            esys_.get_capability(context_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                 TPM2_CAP_HANDLES, index, 1, &more, &data);
        if (code != TSS2_RC_SUCCESS) {
            return failed("list its indexes", code);
        }
        const TPML_HANDLE& handles = data->data.handles;
        const bool found = handles.count > 0 && handles.handle[0] == index;
        esys_.free(data);
        return found;
    }

    Result<Bytes> read(uint32_t index) override {
        const ESYS_TR opened = UCX_CRYPTO_TRY(handle_of(index));
        const Handle handle(*this, opened);
        TPM2B_NV_PUBLIC* is = nullptr;
        TSS2_RC code = esys_.read_public(context_, handle.get(), ESYS_TR_NONE, ESYS_TR_NONE,
                                         ESYS_TR_NONE, &is, nullptr);
        if (code != TSS2_RC_SUCCESS) {
            return failed("tell the size of an index", code);
        }
        const size_t size = is->nvPublic.dataSize;
        esys_.free(is);
        if (size > kMaxIndexSize) {
            return Error(ErrorCode::kProtocol, "TPM: expected an index of at most " +
                                                   std::to_string(kMaxIndexSize) +
                                                   " bytes, found " + std::to_string(size));
        }
        Bytes all;
        while (all.size() < size) {
            const auto part = static_cast<uint16_t>(std::min(kMaxCommandData, size - all.size()));
            TPM2B_MAX_NV_BUFFER* data = nullptr;
            code =
                esys_.read(context_, ESYS_TR_RH_OWNER, handle.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                           ESYS_TR_NONE, part, static_cast<uint16_t>(all.size()), &data);
            if (code != TSS2_RC_SUCCESS) {
                return failed("read an index", code);
            }
            const bool complete = data->size == part;
            all.insert(all.end(), data->buffer, data->buffer + data->size);
            esys_.free(data);
            if (!complete) {
                return Error(ErrorCode::kIo,
                             "TPM: expected as many bytes as asked for, found "
                             "another number");
            }
        }
        return all;
    }

    Status write(uint32_t index, ByteView bytes) override {
        if (!UCX_CRYPTO_TRY(has(index))) {
            UCX_CRYPTO_TRY(define(index, bytes.size()));
        }
        const ESYS_TR opened = UCX_CRYPTO_TRY(handle_of(index));
        const Handle handle(*this, opened);
        for (size_t at = 0; at < bytes.size();) {
            const ByteView part = bytes.subspan(at, std::min(kMaxCommandData, bytes.size() - at));
            TPM2B_MAX_NV_BUFFER data{};
            data.size = static_cast<uint16_t>(part.size());
            std::copy(part.begin(), part.end(), data.buffer);
            const TSS2_RC code =
                esys_.write(context_, ESYS_TR_RH_OWNER, handle.get(), ESYS_TR_PASSWORD,
                            ESYS_TR_NONE, ESYS_TR_NONE, &data, static_cast<uint16_t>(at));
            if (code != TSS2_RC_SUCCESS) {
                return failed("write an index", code);
            }
            at += part.size();
        }
        return success();
    }

    Status lock() override {
        for (int i = 0; device_.get() >= 0; ++i) {
            if (flock(device_.get(), LOCK_EX | LOCK_NB) == 0) {
                break;
            }
            if (errno != EWOULDBLOCK && errno != EINTR) {
                return Error(ErrorCode::kIo,
                             std::string("TPM: cannot be locked: ") + std::strerror(errno));
            }
            if (i == kLockTries) {
                return Error(ErrorCode::kTimedOut,
                             "TPM: expected other processes to be done in half a minute, found it "
                             "locked still");
            }
            wait(kLockPause);
        }
        return success();
    }

    void wait(std::chrono::milliseconds time) override { std::this_thread::sleep_for(time); }

  private:
    /// ESYS's own name of an index.
    class Handle {
      public:
        Handle(EsysTpm& tpm, ESYS_TR value) : tpm_(tpm), value_(value) {}
        ~Handle() { tpm_.esys_.close(tpm_.context_, &value_); }
        Handle(const Handle&) = delete;
        Handle& operator=(const Handle&) = delete;
        ESYS_TR get() const { return value_; }

      private:
        EsysTpm& tpm_;
        ESYS_TR value_;
    };

    Result<ESYS_TR> handle_of(uint32_t index) {
        // Asked first: ESYS writes to standard error about an index that is not there.
        if (!UCX_CRYPTO_TRY(has(index))) {
            return Error(ErrorCode::kNotFound,
                         "TPM: expected NV index " + std::to_string(index) + ", found none");
        }
        ESYS_TR handle = ESYS_TR_NONE;
        const TSS2_RC code =
            esys_.from_public(context_, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle);
        if (code != TSS2_RC_SUCCESS) {
            return failed("find an index", code);
        }
        return handle;
    }

    Status define(uint32_t index, size_t size) {
        TPM2B_NV_PUBLIC wanted{};
        wanted.nvPublic.nvIndex = index;
        wanted.nvPublic.nameAlg = TPM2_ALG_SHA256;
        wanted.nvPublic.attributes = TPMA_NV_OWNERWRITE | TPMA_NV_OWNERREAD;
        wanted.nvPublic.dataSize = static_cast<uint16_t>(size);
        const TPM2B_AUTH none{};
        ESYS_TR handle = ESYS_TR_NONE;
        const TSS2_RC code = esys_.define(context_, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
                                          ESYS_TR_NONE, ESYS_TR_NONE, &none, &wanted, &handle);
        if (code != TSS2_RC_SUCCESS) {
            return failed("define an index", code);
        }
        esys_.close(context_, &handle);
        return success();
    }

    const Esys esys_;
    const Descriptor device_;  ///< for the lock
    DeviceTransport transport_;
    ESYS_CONTEXT* context_ = nullptr;
};

Error cannot_open(const std::string& path, int error) {
    if (error == ENOENT || error == ENOTDIR || error == ENODEV || error == ENXIO) {
        return {ErrorCode::kNotFound, path + ": expected a vTPM, found none"};
    }
    if (error == EACCES || error == EPERM) {
        return {ErrorCode::kUnsupported,
                path + ": expected to be allowed to open it for reading and writing, found: " +
                    std::strerror(error) +
                    "; in a confidential VM of Azure have the administrator put the job's users "
                    "into its group (tss), elsewhere set UCX_CRYPTO_ATTESTATION=off"};
    }
    return {ErrorCode::kIo, path + ": cannot be opened: " + std::strerror(error)};
}

}  // namespace

Result<std::unique_ptr<Tpm>> open_tpm(const std::string& path) {
    const int device = open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (device < 0) {
        return cannot_open(path, errno);
    }
    Descriptor owner(device);
    const Esys esys = UCX_CRYPTO_TRY(load_esys());
    auto tpm = std::make_unique<EsysTpm>(esys, owner.release());
    UCX_CRYPTO_TRY(tpm->open_device(path));
    return std::unique_ptr<Tpm>(std::move(tpm));
}

Result<std::unique_ptr<Tpm>> open_tpm_over(TSS2_TCTI_OPAQUE_CONTEXT_BLOB* transport) {
    const Esys esys = UCX_CRYPTO_TRY(load_esys());
    auto tpm = std::make_unique<EsysTpm>(esys, -1);
    UCX_CRYPTO_TRY(tpm->open_over(transport));
    return std::unique_ptr<Tpm>(std::move(tpm));
}

}  // namespace ucx_crypto::attest::snp
