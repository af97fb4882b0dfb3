// configfs-tsm: attestation reports through folders of a configfs tree
// (Linux Documentation/ABI/testing/configfs-tsm-report, drivers/virt/coco/tsm.c).
#pragma once

#include "ucx_crypto/attest/snp/report_source.h"

namespace ucx_crypto::attest::snp {

/// The file operations that TsmReporter makes, which return 0 or errno; tests play the kernel.
class TsmFiles {
  public:
    virtual ~TsmFiles() = default;
    virtual int make_folder(const std::string& path);
    virtual int remove_folder(const std::string& path);
    /// Opens, writes once and closes: binary attributes take effect at the close, which reports no
    /// error.
    virtual int write(const std::string& path, ByteView bytes);
    /// The whole file; E2BIG when it has more than `limit` bytes.
    virtual int read(const std::string& path, size_t limit, Bytes& contents);
};

inline constexpr char kTsmPath[] = "/sys/kernel/config/tsm/report";

/// One folder per report, with a name of its own, removed whatever happens.
class TsmReporter final : public ReportSource {
  public:
    /// Makes a folder in the tree `path` and asks it for its provider. kNotFound: no such tree or
    /// nobody provides reports; kPermission: this process may make no folder or write there, with
    /// the mend in the message; kUnsupported: a provider that is no SEV-SNP guest.
    static Result<std::unique_ptr<ReportSource>> open(
        const std::string& path, std::unique_ptr<TsmFiles> files = std::make_unique<TsmFiles>());

    Result<SignedReport> get(const ReportData& data) override;

  private:
    TsmReporter(std::string path, std::unique_ptr<TsmFiles> files)
        : path_(std::move(path)), files_(std::move(files)) {}

    const std::string path_;
    const std::unique_ptr<TsmFiles> files_;
};

}  // namespace ucx_crypto::attest::snp
