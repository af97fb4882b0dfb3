#include "ucx_crypto/api/convert.h"

#include "ucx_crypto/attest/snp/report.h"

namespace ucx_crypto::api {
namespace {

constexpr std::pair<ErrorCode, ucx_crypto_status_t> kCodes[] = {
    {ErrorCode::kInvalidArgument, UCX_CRYPTO_ERR_INVALID_ARGUMENT},
    {ErrorCode::kProtocol, UCX_CRYPTO_ERR_PROTOCOL},
    {ErrorCode::kAuthentication, UCX_CRYPTO_ERR_AUTHENTICATION},
    {ErrorCode::kRefused, UCX_CRYPTO_ERR_REFUSED},
    {ErrorCode::kUnsupported, UCX_CRYPTO_ERR_UNSUPPORTED},
    {ErrorCode::kExhausted, UCX_CRYPTO_ERR_EXHAUSTED},
    {ErrorCode::kPermission, UCX_CRYPTO_ERR_PERMISSION},
    {ErrorCode::kNotFound, UCX_CRYPTO_ERR_NOT_FOUND},
    {ErrorCode::kIo, UCX_CRYPTO_ERR_IO},
    {ErrorCode::kTimedOut, UCX_CRYPTO_ERR_TIMED_OUT},
    {ErrorCode::kClosed, UCX_CRYPTO_ERR_CLOSED},
    {ErrorCode::kRefusedByPeer, UCX_CRYPTO_ERR_CLOSED},  // of connections, which C does not make
    {ErrorCode::kInternal, UCX_CRYPTO_ERR_INTERNAL},
};

ucx_crypto_value_t value_of(ByteView bytes) {
    ucx_crypto_value_t value{};
    value.size = static_cast<uint32_t>(std::min<size_t>(bytes.size(), UCX_CRYPTO_MAX_VALUE));
    std::copy_n(bytes.begin(), value.size, value.data);
    return value;
}

Error bad_claims(const std::string& expected) {
    return {ErrorCode::kInvalidArgument, "claims: expected " + expected + ", found another"};
}

Result<Bytes> bytes_of(const ucx_crypto_value_t& value) {
    if (value.size > UCX_CRYPTO_MAX_VALUE) {
        return bad_claims("values of at most " + std::to_string(UCX_CRYPTO_MAX_VALUE) + " bytes");
    }
    return Bytes(value.data, value.data + value.size);
}

}  // namespace

ucx_crypto_status_t to_status(ErrorCode code) {
    const auto* found = std::find_if(std::begin(kCodes), std::end(kCodes),
                                     [code](const auto& pair) { return pair.first == code; });
    return found == std::end(kCodes) ? UCX_CRYPTO_ERR_INTERNAL : found->second;
}

ErrorCode to_error_code(ucx_crypto_status_t status) {
    const auto* found = std::find_if(std::begin(kCodes), std::end(kCodes),
                                     [status](const auto& pair) { return pair.second == status; });
    return found == std::end(kCodes) ? ErrorCode::kInternal : found->first;
}

ucx_crypto_claims_t to_c(const attest::Claims& claims) {
    ucx_crypto_claims_t out{};
    out.struct_size = sizeof out;
    copy_text(out.type, claims.evidence_type.empty() ? attest::to_string(claims.mode)
                                                     : std::string_view(claims.evidence_type));
    copy_text(out.product, claims.product);
    if (claims.emulated) {
        out.flags |= UCX_CRYPTO_CLAIM_EMULATED;
    }
    if ((claims.guest_policy & attest::snp::kPolicyDebug) != 0) {
        out.flags |= UCX_CRYPTO_CLAIM_DEBUG;
    }
    if (claims.paravisor) {
        out.flags |= UCX_CRYPTO_CLAIM_PARAVISOR;
    }
    if (claims.agent_uid) {
        out.flags |= UCX_CRYPTO_CLAIM_AGENT;
        out.agent_uid = *claims.agent_uid;
    }
    out.privilege_level = claims.vmpl;
    out.measurement = value_of(claims.measurement);
    out.platform_id = value_of(claims.chip_id);
    out.host_data = value_of(claims.host_data);
    out.id_key_digest = value_of(claims.id_key_digest);
    out.author_key_digest = value_of(claims.author_key_digest);
    out.reported_tcb = claims.reported_tcb;
    out.launch_tcb = claims.launch_tcb;
    return out;
}

Result<attest::Claims> from_c(const ucx_crypto_claims_t& claims) {
    if (std::memchr(claims.product, 0, sizeof claims.product) == nullptr) {
        return bad_claims("a product that ends with NUL");
    }
    constexpr uint32_t kKnownFlags =
        UCX_CRYPTO_CLAIM_EMULATED | UCX_CRYPTO_CLAIM_DEBUG | UCX_CRYPTO_CLAIM_PARAVISOR;
    if ((claims.flags & ~kKnownFlags) != 0) {
        return bad_claims("known flags");
    }
    attest::Claims out;
    out.mode = attest::Mode::kRegistered;
    out.emulated = (claims.flags & UCX_CRYPTO_CLAIM_EMULATED) != 0;
    out.paravisor = (claims.flags & UCX_CRYPTO_CLAIM_PARAVISOR) != 0;
    out.guest_policy = (claims.flags & UCX_CRYPTO_CLAIM_DEBUG) != 0 ? attest::snp::kPolicyDebug : 0;
    out.product = claims.product;
    out.vmpl = claims.privilege_level;
    out.measurement = UCX_CRYPTO_TRY(bytes_of(claims.measurement));
    out.chip_id = UCX_CRYPTO_TRY(bytes_of(claims.platform_id));
    out.host_data = UCX_CRYPTO_TRY(bytes_of(claims.host_data));
    out.id_key_digest = UCX_CRYPTO_TRY(bytes_of(claims.id_key_digest));
    out.author_key_digest = UCX_CRYPTO_TRY(bytes_of(claims.author_key_digest));
    out.reported_tcb = claims.reported_tcb;
    out.launch_tcb = claims.launch_tcb;
    return out;
}

}  // namespace ucx_crypto::api
