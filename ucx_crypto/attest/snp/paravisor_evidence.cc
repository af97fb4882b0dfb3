#include "ucx_crypto/attest/snp/paravisor_evidence.h"

#include <sodium.h>

#include <nlohmann/json.hpp>

#include "ucx_crypto/attest/snp/hcl_report.h"
#include "ucx_crypto/attest/snp/report.h"
#include "ucx_crypto/attest/snp/verifier.h"

namespace ucx_crypto::attest::snp {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kUserDataKey = "user-data";

Error bad_claims(const std::string& expected, const std::string& found) {
    return {ErrorCode::kAuthentication,
            "runtime claims: expected " + expected + ", found " + found};
}

/// Looks for one key of the outermost object and keeps nothing else, so that neither depth nor size
/// of what it reads costs anything. Every event that returns false ends the parsing.
class UserDataFinder final : public nlohmann::json_sax<Json> {
  public:
    bool null() override { return other_value(); }
    bool boolean(bool /*value*/) override { return other_value(); }
    bool number_integer(number_integer_t /*value*/) override { return other_value(); }
    bool number_unsigned(number_unsigned_t /*value*/) override { return other_value(); }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
        return other_value();
    }
    bool binary(binary_t& /*value*/) override { return false; }
    bool string(string_t& value) override {
        if (wanted_) {
            found_ = value;
            wanted_ = false;
        }
        return depth_ > 0;
    }
    bool start_object(size_t /*elements*/) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(size_t /*elements*/) override { return depth_ > 0 && open(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        wanted_ = depth_ == 1 && name == kUserDataKey;
        keys_ += wanted_ ? 1 : 0;
        return keys_ <= 1;
    }
    bool parse_error(size_t /*position*/, const std::string& /*token*/,
                     const Json::exception& /*error*/) override {
        return false;
    }

    const std::optional<std::string>& found() const { return found_; }

  private:
    static constexpr int kMaxDepth = 8;

    bool other_value() const { return depth_ > 0 && !wanted_; }
    bool open() {
        ++depth_;
        return !wanted_ && depth_ <= kMaxDepth;
    }
    bool close() {
        --depth_;
        return true;
    }

    int depth_ = 0;
    int keys_ = 0;
    bool wanted_ = false;  ///< the next value is the one
    std::optional<std::string> found_;
};

}  // namespace

Result<OpenedReport> open_report(ByteView bytes) {
    if (bytes.size() == kReportSize) {
        return OpenedReport{bytes, {}};
    }
    const auto parsed = parse_hcl_report(bytes);
    if (!parsed.ok()) {
        return Error(ErrorCode::kAuthentication,
                     "attestation report: expected " + std::to_string(kReportSize) +
                         " bytes or a vTPM's report, found " + std::to_string(bytes.size()) +
                         " bytes: " + parsed.error().message());
    }
    if (parsed->runtime_claims.empty() ||
        parsed->runtime_claims.data() + parsed->runtime_claims.size() !=
            bytes.data() + bytes.size()) {
        return bad_claims("them at the end of the evidence", "other bytes or none");
    }
    return OpenedReport{parsed->report, parsed->runtime_claims};
}

Result<ReportData> user_data(ByteView runtime_claims) {
    const std::string_view text = as_text(runtime_claims);
    // The library takes a zero for the end and skips the rest.
    if (text.find('\0') != std::string_view::npos) {
        return bad_claims("text", "a zero byte");
    }
    UserDataFinder finder;
    bool parsed = false;
    try {
        parsed = Json::sax_parse(text, &finder);
    } catch (const std::exception&) {
        parsed = false;
    }
    if (!parsed || !finder.found()) {
        return bad_claims("one JSON object with one text 'user-data'", "another text");
    }
    ReportData data{};
    size_t written = 0;
    const std::string& hex = *finder.found();
    if (hex.size() != 2 * data.size() ||
        sodium_hex2bin(data.data(), data.size(), hex.data(), hex.size(), nullptr, &written,
                       nullptr) != 0 ||
        written != data.size()) {
        return bad_claims("64 bytes in hexadecimal as 'user-data'", "another text");
    }
    return data;
}

Status check_bound_data(const OpenedReport& opened, const ReportData& expected) {
    if (!opened.by_paravisor()) {
        return check_report_data(UCX_CRYPTO_TRY(Report::parse(opened.report)), expected);
    }
    if (UCX_CRYPTO_TRY(user_data(opened.runtime_claims)) != expected) {
        return bad_claims("'user-data' of this connection's keys, domain and mode", "another");
    }
    return success();
}

Result<Bytes> without_filling(ByteView bytes) {
    const HclReport parsed = UCX_CRYPTO_TRY(parse_hcl_report(bytes));
    const auto size = static_cast<size_t>(parsed.runtime_claims.data() - bytes.data()) +
                      parsed.runtime_claims.size();
    return to_bytes(bytes.first(size));
}

}  // namespace ucx_crypto::attest::snp
