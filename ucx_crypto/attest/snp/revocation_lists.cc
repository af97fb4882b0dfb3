#include "ucx_crypto/attest/snp/revocation_lists.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>

#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/snp/no_passphrase.h"

namespace ucx_crypto::attest::snp {
namespace {

using State = RevocationStatus::State;
using Time = std::chrono::system_clock::time_point;

constexpr size_t kMaxListSize = 64 * 1024;
constexpr size_t kMaxLists = 8;

struct ListDeleter {
    void operator()(X509_CRL* list) const { X509_CRL_free(list); }
};
using List = std::unique_ptr<X509_CRL, ListDeleter>;

Error bad_list(const std::string& expected, const std::string& found) {
    ERR_clear_error();
    return {ErrorCode::kAuthentication,
            "revocation list: expected " + expected + ", found " + found};
}

Result<List> parse_list(ByteView contents) {
    const uint8_t* position = contents.data();
    List list(d2i_X509_CRL(nullptr, &position, static_cast<long>(contents.size())));
    if (list && position != contents.data() + contents.size()) {
        list.reset();
    }
    if (!list) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> input(
            BIO_new_mem_buf(contents.data(), static_cast<int>(contents.size())), BIO_free);
        list.reset(input ? PEM_read_bio_X509_CRL(input.get(), nullptr, no_passphrase, nullptr)
                         : nullptr);
    }
    ERR_clear_error();
    if (!list) {
        return bad_list("one list in DER or PEM", "other bytes");
    }
    return list;
}

/// Indirect and partial lists say so by critical extensions: none of them is understood.
Status check_extensions(const X509_CRL* list) {
    for (int i = 0; i < X509_CRL_get_ext_count(list); ++i) {
        if (X509_EXTENSION_get_critical(X509_CRL_get_ext(list, i)) != 0) {
            return bad_list("no critical extensions", "one");
        }
    }
    return success();
}

Status check_list(X509_CRL* list, X509* issuer) {
    const ASN1_BIT_STRING* signature = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    X509_CRL_get0_signature(list, &signature, &algorithm);
    uint8_t* signed_part = nullptr;
    const int size = i2d_re_X509_CRL_tbs(list, &signed_part);
    const std::unique_ptr<uint8_t, void (*)(uint8_t*)> owner(
        signed_part, [](uint8_t* memory) { OPENSSL_free(memory); });
    if (size <= 0) {
        return bad_list("a signed list", "another");
    }
    UCX_CRYPTO_TRY(check_pss_signature({signed_part, static_cast<size_t>(size)}, *signature,
                                       *algorithm, issuer, "revocation list, a"));
    return check_extensions(list);
}

bool is_named(const X509_NAME* name, const Certificate& certificate) {
    return X509_NAME_cmp(name, X509_get_subject_name(certificate.get())) == 0;
}

bool revokes(X509_CRL* list, const Certificate& certificate) {
    constexpr int kRevoked = 1;
    X509_REVOKED* entry = nullptr;
    return X509_CRL_get0_by_cert(list, &entry, certificate.get()) == kRevoked;
}

std::optional<Time> time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
        return std::nullopt;
    }
    return utc_time(parts);
}

/// Takes what one list says into account. Revoked outdoes invalid outdoes listed.
void take(RevocationStatus& status, RevocationStatus found) {
    const bool younger = found.state == State::kListed && status.state == State::kListed &&
                         found.age >= std::chrono::seconds(0) && found.age < status.age;
    if (found.state > status.state || younger) {
        status = std::move(found);
    }
}

/// Whether the folder no longer has an entry `path`. A symbolic link that leads nowhere is one
/// still, and its list is missed.
bool is_removed(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) != 0 && errno == ENOENT;
}

Result<RevocationStatus> read_list(const std::string& path, const CertificateChain& chain,
                                   Time now) {
    const auto invalid = [&path](const Error& error) {
        return RevocationStatus{State::kInvalid, {}, false, path + ": " + error.message()};
    };
    const auto contents = read_bounded_file(path, "revocation list", kMaxListSize);
    if (!contents.ok()) {
        if (is_removed(path)) {  // since the folder was read
            return RevocationStatus{};
        }
        return contents.error().code() == ErrorCode::kExhausted
                   ? Result<RevocationStatus>(contents.error())
                   : invalid(contents.error());
    }
    const auto list = parse_list(*contents);
    if (!list.ok()) {
        return invalid(list.error());
    }
    X509_CRL* const crl = list->get();
    const X509_NAME* const issuer = X509_CRL_get_issuer(crl);
    const bool by_root = is_named(issuer, chain.root);
    if (!by_root && !is_named(issuer, chain.intermediate)) {
        return RevocationStatus{};
    }
    const Certificate& signer = by_root ? chain.root : chain.intermediate;
    if (const Status genuine = check_list(crl, signer.get()); !genuine.ok()) {
        return invalid(genuine.error());
    }
    const Certificate& subject = by_root ? chain.intermediate : chain.leaf;
    if (revokes(crl, subject)) {
        return RevocationStatus{
            State::kRevoked,
            {},
            false,
            path + " revokes " + common_name(X509_get_subject_name(subject.get()))};
    }
    const auto issued = time_of(X509_CRL_get0_lastUpdate(crl));
    const auto next = time_of(X509_CRL_get0_nextUpdate(crl));
    if (!issued) {
        return invalid(bad_list("a time of issue", "none"));
    }
    if (!by_root) {
        return RevocationStatus{};  // it says nothing of the intermediate, for which the root's
                                    // list counts
    }
    return RevocationStatus{State::kListed,
                            std::chrono::duration_cast<std::chrono::seconds>(now - *issued),
                            *issued > now || !next || *next <= now, path};
}

}  // namespace

std::string RevocationLists::folder_of(Product product) const {
    return store_ + "/" + std::string(to_string(product)) + "/crl";
}

Result<RevocationStatus> RevocationLists::examine(ByteView endorsements, Product product,
                                                  Time now) const {
    RevocationStatus status;
    const auto chain = CertificateChain::parse(endorsements);
    if (store_.empty() || !chain.ok()) {
        return status;
    }
    std::error_code error;
    std::vector<std::string> paths;
    for (std::filesystem::directory_iterator entry(folder_of(product), error), end;
         !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() == ".crl") {
            paths.push_back(entry->path().string());
        }
    }
    if (error == std::errc::too_many_files_open || error == std::errc::not_enough_memory ||
        error == std::errc::too_many_files_open_in_system) {
        return Error(ErrorCode::kExhausted,
                     folder_of(product) + ": expected to read it, found: " + error.message());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return RevocationStatus{
            State::kInvalid, {}, false, folder_of(product) + ": " + error.message()};
    }
    if (paths.size() > kMaxLists) {
        return RevocationStatus{State::kInvalid,
                                {},
                                false,
                                folder_of(product) + ": expected at most " +
                                    std::to_string(kMaxLists) + " lists, found " +
                                    std::to_string(paths.size())};
    }
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) {
        take(status, UCX_CRYPTO_TRY(read_list(path, *chain, now)));
    }
    return status;
}

Result<std::string> RevocationLists::add(ByteView list, ByteView endorsements, Product product,
                                         Signer kind) const {
    const auto chain = UCX_CRYPTO_TRY(CertificateChain::parse(endorsements));
    const List parsed = UCX_CRYPTO_TRY(parse_list(list));
    if (!is_named(X509_CRL_get_issuer(parsed.get()), chain.root)) {
        return bad_list("one by the chain's root", "one by another issuer");
    }
    UCX_CRYPTO_TRY(check_list(parsed.get(), chain.root.get()));
    std::error_code error;
    std::filesystem::create_directories(folder_of(product), error);
    if (error) {
        return Error(ErrorCode::kIo, folder_of(product) + ": cannot be made: " + error.message());
    }
    const std::string path =
        folder_of(product) + (kind == Signer::kVlek ? "/vlek.crl" : "/vcek.crl");
    UCX_CRYPTO_TRY(replace_file(path, list));
    return path;
}

}  // namespace ucx_crypto::attest::snp
