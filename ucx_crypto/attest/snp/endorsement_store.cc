#include "ucx_crypto/attest/snp/endorsement_store.h"

#include <array>
#include <filesystem>

#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/snp/certificate_file.h"
#include "ucx_crypto/attest/snp/endorsements.h"
#include "ucx_crypto/base/wire.h"

namespace ucx_crypto::attest::snp {
namespace {

std::string hex_of(uint64_t value) {
    std::array<uint8_t, 8> bytes{};
    WireWriter(bytes).u64(value);
    return to_hex(bytes);
}

Status make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    return error ? Status(Error(ErrorCode::kIo, "endorsement store " + folder.string() +
                                                    ": cannot be made: " + error.message()))
                 : success();
}

}  // namespace

std::string EndorsementStore::chain_folder(Product product) const {
    return folder_ + "/" + std::string(to_string(product)) + "/chain";
}

std::string EndorsementStore::leaf_file(const Report& report, Product product) const {
    const std::string tcb = hex_of(report.reported_tcb) + ".der";
    const std::string name = report.signer() == Signer::kVlek
                                 ? "/vlek/" + tcb
                                 : "/vcek/" + to_hex(report.chip_id) + "-" + tcb;
    return folder_ + "/" + std::string(to_string(product)) + name;
}

Result<Bytes> EndorsementStore::find(const Report& report) const {
    const auto known = product_of(report.cpu_family, report.cpu_model);
    for (const Product product : {Product::kMilan, Product::kGenoa, Product::kTurin}) {
        if (report.version >= 3 && product != known) {
            continue;
        }
        const std::string file = leaf_file(report, product);
        const auto leaf = read_certificates(file);
        if (leaf.ok()) {
            return complete_chain(leaf->front(), chain_folder(product));
        }
        if (leaf.error().code() != ErrorCode::kNotFound) {
            return leaf.error();
        }
    }
    return Error(ErrorCode::kNotFound, "endorsement store " + folder_ +
                                           ": expected the certificate of chip " +
                                           to_hex(ByteView(report.chip_id).first(8)) +
                                           "... at TCB " + hex_of(report.reported_tcb) +
                                           ", found none; run `ucx-crypto endorsements fetch`");
}

Status EndorsementStore::add(const Report& report, Product product, ByteView endorsements) const {
    const auto list = UCX_CRYPTO_TRY(decode_endorsements(endorsements));
    const std::filesystem::path leaf = leaf_file(report, product);
    const std::filesystem::path chain = chain_folder(product);
    UCX_CRYPTO_TRY(make_folder(leaf.parent_path()));
    UCX_CRYPTO_TRY(make_folder(chain));
    for (size_t i = 1; i < kChainLength; ++i) {
        const std::string name = i == 2                             ? "ark.der"
                                 : report.signer() == Signer::kVlek ? "asvk.der"
                                                                    : "ask.der";
        UCX_CRYPTO_TRY(replace_file(chain / name, list[i]));
    }
    return replace_file(leaf, list[0]);  // last: a leaf in the store has its chain
}

}  // namespace ucx_crypto::attest::snp
