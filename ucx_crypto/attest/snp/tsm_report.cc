#include "ucx_crypto/attest/snp/tsm_report.h"

#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::attest::snp {
namespace {

constexpr size_t kMaxTextSize = 64;
constexpr std::string_view kProvider = "sev_guest";

Error bad(ErrorCode code, const std::string& text) {
    return {code, "configfs-tsm: " + text};
}

bool not_allowed(int error) {
    return error == EACCES || error == EPERM || error == EROFS;
}

/// What is made in configfs belongs to root (fs/configfs/inode.c), whoever makes it: no group of
/// the tree can help an ordinary user. And the tree may be there where no driver is behind it,
/// which an ordinary user cannot find out.
Error forbidden(const std::string& what, int error) {
    return bad(ErrorCode::kPermission,
               "expected to be allowed to " + what + ", found: " + std::strerror(error) +
                   "; configfs is root's: in an SEV-SNP guest give the job's users /dev/sev-guest "
                   "instead, elsewhere set UCX_CRYPTO_ATTESTATION=off");
}

/// A report folder of our own; the destructor removes it.
class Folder {
  public:
    static Result<Folder> make(TsmFiles& files, const std::string& tree);

    ~Folder() {
        const int error = path_.empty() ? 0 : files_->remove_folder(path_);
        if (error != 0) {
            UCX_CRYPTO_WARN("configfs-tsm: %s cannot be removed: %s", path_.c_str(),
                            std::strerror(error));
        }
    }
    Folder(Folder&& other) noexcept
        : files_(other.files_), path_(std::exchange(other.path_, {})), writes_(other.writes_) {}
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    Folder& operator=(Folder&&) = delete;

    Status write(const char* attribute, ByteView bytes) {
        const int error = files_->write(path_ + "/" + attribute, bytes);
        if (error != 0) {
            return not_allowed(error)
                       ? forbidden(std::string("write ") + attribute, error)
                       : bad(ErrorCode::kIo, std::string("expected to write ") + attribute +
                                                 ", found: " + std::strerror(error));
        }
        ++writes_;
        return success();
    }

    Result<Bytes> read(const char* attribute, size_t limit) {
        Bytes contents;
        const int error = files_->read(path_ + "/" + attribute, limit, contents);
        if (error == E2BIG) {
            return bad(ErrorCode::kIo, std::string("expected at most ") + std::to_string(limit) +
                                           " bytes in " + attribute + ", found more");
        }
        if (error != 0) {
            return bad(ErrorCode::kIo, std::string("expected to read ") + attribute + ", found: " +
                                           std::strerror(error) + "; see dmesg (sev-guest)");
        }
        return contents;
    }

    /// The text of an attribute, without its newline.
    Result<std::string> text(const char* attribute) {
        const Bytes bytes = UCX_CRYPTO_TRY(read(attribute, kMaxTextSize));
        const std::string_view whole = as_text(bytes);
        return std::string(whole.substr(0, whole.find('\n')));
    }

    Result<uint64_t> number(const char* attribute) {
        const std::string found = UCX_CRYPTO_TRY(text(attribute));
        uint64_t value = 0;
        const char* const end = found.data() + found.size();
        const auto parsed = std::from_chars(found.data(), end, value);
        if (parsed.ec != std::errc() || parsed.ptr != end) {
            return bad(ErrorCode::kIo,
                       std::string("expected a number in ") + attribute + ", found another text");
        }
        return value;
    }

    /// VMPL 0, or the best one that a guest below it (under an SVSM) can have.
    Status set_privilege_level() {
        const uint64_t level = UCX_CRYPTO_TRY(number("privlevel_floor"));
        return write("privlevel", as_bytes(std::to_string(level)));
    }

    /// Every write of anybody counts, also one that failed at its close in silence: what was read
    /// answers our writes only if the kernel has seen exactly those.
    Status check_generation() {
        const uint64_t generation = UCX_CRYPTO_TRY(number("generation"));
        if (generation != writes_) {
            return bad(ErrorCode::kIo, "expected generation " + std::to_string(writes_) +
                                           ", found " + std::to_string(generation) +
                                           "; another program may write to the same folder");
        }
        return success();
    }

  private:
    Folder(TsmFiles& files, std::string path) : files_(&files), path_(std::move(path)) {}

    TsmFiles* files_;
    std::string path_;
    uint64_t writes_ = 0;
};

Result<Folder> Folder::make(TsmFiles& files, const std::string& tree) {
    // The process id tells an administrator whose folder it is; after a kill it may be left behind.
    uint8_t unique[8];
    randombytes_buf(unique, sizeof unique);
    std::string path = tree + "/ucx-crypto-" + std::to_string(getpid()) + "-" + to_hex(unique);
    const int error = files.make_folder(path);
    switch (error) {
        case 0:
            return Folder(files, std::move(path));
        case ENOENT:
        case ENOTDIR:
            return bad(ErrorCode::kNotFound, "expected " + tree + ", found none");
        case ENXIO:  // tsm.c: no driver has registered
            return bad(ErrorCode::kNotFound, "expected a driver behind " + tree + ", found none");
        default:
            return not_allowed(error) ? forbidden("make a folder in " + tree, error)
                                      : bad(ErrorCode::kIo, "expected to make a folder in " + tree +
                                                                ", found: " + std::strerror(error));
    }
}

}  // namespace

Result<std::unique_ptr<ReportSource>> TsmReporter::open(const std::string& path,
                                                        std::unique_ptr<TsmFiles> files) {
    Folder folder = UCX_CRYPTO_TRY(Folder::make(*files, path));
    const std::string provider = UCX_CRYPTO_TRY(folder.text("provider"));
    if (provider != kProvider) {
        return bad(ErrorCode::kUnsupported, "expected provider " + std::string(kProvider) +
                                                ", found '" + provider + "', which is no SEV-SNP");
    }
    // Finds out now whether this process may write there; nobody is asked for a report.
    UCX_CRYPTO_TRY(folder.set_privilege_level());
    return std::unique_ptr<ReportSource>(new TsmReporter(path, std::move(files)));
}

Result<SignedReport> TsmReporter::get(const ReportData& data) {
    Folder folder = UCX_CRYPTO_TRY(Folder::make(*files_, path_));
    UCX_CRYPTO_TRY(folder.set_privilege_level());
    UCX_CRYPTO_TRY(folder.write("inblob", data));

    SignedReport answer;
    answer.report = UCX_CRYPTO_TRY(folder.read("outblob", kReportSize));
    answer.certificate_table = UCX_CRYPTO_TRY(folder.read("auxblob", kMaxCertificateTableSize));
    const std::string provider = UCX_CRYPTO_TRY(folder.text("provider"));
    UCX_CRYPTO_TRY(folder.check_generation());
    if (provider != kProvider) {
        return bad(ErrorCode::kIo,
                   "expected provider " + std::string(kProvider) + ", found '" + provider + "'");
    }
    return answer;
}

}  // namespace ucx_crypto::attest::snp
