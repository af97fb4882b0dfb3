// A Tpm over tpm2-tss's enhanced system API.
#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "ucx_crypto/attest/snp/esys_library.h"
#include "ucx_crypto/attest/snp/tpm.h"
#include "ucx_crypto/base/unique_fd.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr size_t kMaxIndexSize = 32 * 1024;
constexpr size_t kMaxCommandData = 512;  // what every TPM takes in one NV command
constexpr std::chrono::milliseconds kLockPause{50};
constexpr int kLockTries = 600;  // half a minute

class EsysTpm final : public Tpm {
  public:
    EsysTpm(const Esys& esys, UniqueFd device) : esys_(esys), device_(std::move(device)) {}
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
        return code == TSS2_RC_SUCCESS ? success() : Status(tpm_failed("be initialized", code));
    }

    Result<bool> has(uint32_t index) override {
        TPMI_YES_NO more = TPM2_NO;
        TPMS_CAPABILITY_DATA* data = nullptr;
        const TSS2_RC code =
            esys_.get_capability(context_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                 TPM2_CAP_HANDLES, index, 1, &more, &data);
        if (code != TSS2_RC_SUCCESS) {
            return tpm_failed("list its indexes", code);
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
            return tpm_failed("tell the size of an index", code);
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
                return tpm_failed("read an index", code);
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
                return tpm_failed("write an index", code);
            }
            at += part.size();
        }
        return success();
    }

    Status lock() override {
        for (int i = 0; device_.valid(); ++i) {
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
            return tpm_failed("find an index", code);
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
            return tpm_failed("define an index", code);
        }
        esys_.close(context_, &handle);
        return success();
    }

    const Esys esys_;
    const UniqueFd device_;  ///< for the lock
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
    UniqueFd device(open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!device.valid()) {
        return cannot_open(path, errno);
    }
    const Esys esys = UCX_CRYPTO_TRY(load_esys());
    auto tpm = std::make_unique<EsysTpm>(esys, std::move(device));
    UCX_CRYPTO_TRY(tpm->open_device(path));
    return std::unique_ptr<Tpm>(std::move(tpm));
}

Result<std::unique_ptr<Tpm>> open_tpm_over(TSS2_TCTI_OPAQUE_CONTEXT_BLOB* transport) {
    const Esys esys = UCX_CRYPTO_TRY(load_esys());
    auto tpm = std::make_unique<EsysTpm>(esys, UniqueFd());
    UCX_CRYPTO_TRY(tpm->open_over(transport));
    return std::unique_ptr<Tpm>(std::move(tpm));
}

}  // namespace ucx_crypto::attest::snp
