// ucx_crypto/policy.h
#include "ucx_crypto/policy.h"

#include <cstdlib>
#include <memory>

#include "ucx_crypto/api/failure.h"
#include "ucx_crypto/api/registry.h"
#include "ucx_crypto/attest/appraisal_policy.h"
#include "ucx_crypto/base/site.h"

struct ucx_crypto_policy {
    ucx_crypto::api::PolicyText source;
    ucx_crypto::attest::Digest digest;
};

namespace ucx_crypto::api {
namespace {

Error no_argument(const char* what) {
    return {ErrorCode::kInvalidArgument, std::string("expected ") + what + ", found NULL"};
}

/// Environment and site decide; the program fills in what they leave open.
Status may_use(const std::string& name) {
    const char* variable = std::getenv("UCX_CRYPTO_POLICY");
    const Site site = UCX_CRYPTO_TRY(load_site(kSiteFile));
    const std::string set = variable == nullptr ? "" : variable;
    for (const auto& [found, where] : {std::pair(set, std::string("UCX_CRYPTO_POLICY")),
                                       std::pair(site.policy, std::string(kSiteFile))}) {
        if (!found.empty() && found != name) {
            return Error(ErrorCode::kRefused, "policy " + name + ": expected " + where +
                                                  " to name it or none, found " + found);
        }
    }
    return success();
}

}  // namespace
}  // namespace ucx_crypto::api

extern "C" {

ucx_crypto_status_t ucx_crypto_policy_load(const char* path, ucx_crypto_policy_t** policy) {
    namespace api = ucx_crypto::api;
    return api::guarded([&] {
        if (policy == nullptr || path == nullptr) {
            return api::fail(api::no_argument(policy == nullptr ? "a handle" : "a path"));
        }
        *policy = nullptr;
        auto text = ucx_crypto::attest::AppraisalPolicy::read(path);
        if (!text.ok()) {
            return api::fail(text.error());
        }
        auto parsed = ucx_crypto::attest::AppraisalPolicy::parse(*text, path);
        if (!parsed.ok()) {
            return api::fail(parsed.error());
        }
        auto made = std::make_unique<ucx_crypto_policy>();
        made->source = {path, std::move(*text)};
        made->digest = parsed->digest();
        *policy = made.release();
        return ucx_crypto_status_t{UCX_CRYPTO_OK};
    });
}

ucx_crypto_status_t ucx_crypto_policy_digest(const ucx_crypto_policy_t* policy, uint8_t* digest) {
    namespace api = ucx_crypto::api;
    return api::guarded([&] {
        if (policy == nullptr || digest == nullptr) {
            return api::fail(api::no_argument("a policy and memory for its digest"));
        }
        static_assert(sizeof policy->digest == UCX_CRYPTO_DIGEST_SIZE);
        std::copy(policy->digest.begin(), policy->digest.end(), digest);
        return ucx_crypto_status_t{UCX_CRYPTO_OK};
    });
}

ucx_crypto_status_t ucx_crypto_policy_use(const ucx_crypto_policy_t* policy) {
    namespace api = ucx_crypto::api;
    return api::guarded([&] {
        if (policy == nullptr) {
            return api::fail(api::no_argument("a policy"));
        }
        if (const auto allowed = api::may_use(policy->source.name); !allowed.ok()) {
            return api::fail(allowed.error());
        }
        return api::keep_policy(policy->source);
    });
}

void ucx_crypto_policy_free(ucx_crypto_policy_t* policy) {
    delete policy;
}
}
