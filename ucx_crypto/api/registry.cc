// ucx_crypto/attestation.h: registration, and how the transport takes it.
#include "ucx_crypto/api/registry.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "ucx_crypto/api/failure.h"
#include "ucx_crypto/attest/registered.h"

namespace ucx_crypto::api {
namespace {

constexpr size_t kMaxVerifiers = 16;
static_assert(UCX_CRYPTO_MAX_TYPE == attest::kMaxEvidenceTypeSize);
static_assert(UCX_CRYPTO_REPORT_DATA_SIZE == attest::kReportDataSize);

template <typename Callbacks>
struct Registered {
    std::string type;
    Callbacks callbacks;
    void* context;
};

struct Contents {
    std::mutex mutex;
    bool taken = false;
    std::optional<Registered<ucx_crypto_attester_t>> attester;
    std::map<std::string, Registered<ucx_crypto_verifier_t>> verifiers;
    std::optional<PolicyText> policy;
};

/// Never destroyed: the program may call from its own destructors.
Contents& contents() {
    static Contents* const the_contents = new Contents;
    return *the_contents;
}

ucx_crypto_status_t too_late() {
    return fail(UCX_CRYPTO_ERR_TOO_LATE,
                "expected a call before the first UCX worker (before MPI_Init), found that this "
                "process has its identity already");
}

/// A program of an older version has a shorter structure; one of a newer version has members that
/// this library does not know, and may not ask for anything by them.
template <typename Callbacks>
Result<Callbacks> copy_of(const Callbacks* given) {
    constexpr size_t kFirstVersion = sizeof(Callbacks);
    if (given == nullptr || given->struct_size < kFirstVersion) {
        return Error(ErrorCode::kInvalidArgument,
                     "callbacks: expected struct_size of at least " +
                         std::to_string(kFirstVersion) + ", found " +
                         (given == nullptr ? "no structure" : std::to_string(given->struct_size)));
    }
    const auto* bytes = reinterpret_cast<const uint8_t*>(given);
    if (std::any_of(bytes + sizeof(Callbacks), bytes + given->struct_size,
                    [](uint8_t byte) { return byte != 0; })) {
        return Error(ErrorCode::kUnsupported,
                     "callbacks: expected none of a later version, found some; this library is " +
                         std::string(ucx_crypto_version()));
    }
    Callbacks copy = *given;
    copy.struct_size = sizeof(Callbacks);
    return copy;
}

template <typename Callbacks>
Result<Registered<Callbacks>> check(const char* type, const Callbacks* given, void* context) {
    if (type == nullptr || !attest::is_evidence_type(type)) {
        return Error(ErrorCode::kInvalidArgument,
                     "evidence type: expected 1 to 32 of a-z, 0-9, '.', '_', '-', and no built-in "
                     "name, found '" +
                         std::string(type == nullptr ? "" : type).substr(0, 80) + "'");
    }
    return Registered<Callbacks> {
        type, UCX_CRYPTO_TRY(copy_of(given))
        , context
    };
}

Error no_function(const char* what) {
    return {ErrorCode::kInvalidArgument,
            std::string("callbacks: expected a function ") + what + ", found NULL"};
}

void take(const RegistryVisitor* visitor) {
    Contents& all = contents();
    const std::lock_guard lock(all.mutex);
    all.taken = true;
    if (all.attester) {
        visitor->attester(visitor->argument, all.attester->type.c_str(), &all.attester->callbacks,
                          all.attester->context);
    }
    for (const auto& [type, verifier] : all.verifiers) {
        visitor->verifier(visitor->argument, type.c_str(), &verifier.callbacks, verifier.context);
    }
    if (all.policy) {
        visitor->policy(visitor->argument, all.policy->name.c_str(), all.policy->text.data(),
                        all.policy->text.size());
    }
}

}  // namespace

ucx_crypto_status_t keep_policy(PolicyText policy) {
    const std::lock_guard lock(contents().mutex);
    if (contents().taken) {
        return too_late();
    }
    contents().policy = std::move(policy);
    return UCX_CRYPTO_OK;
}

}  // namespace ucx_crypto::api

extern "C" {

ucx_crypto_status_t ucx_crypto_register_attester(const char* type,
                                                 const ucx_crypto_attester_t* attester,
                                                 void* context) {
    namespace api = ucx_crypto::api;
    return api::guarded([&] {
        auto checked = api::check(type, attester, context);
        if (!checked.ok()) {
            return api::fail(checked.error());
        }
        if (checked->callbacks.attest == nullptr) {
            return api::fail(api::no_function("attest"));
        }
        const std::lock_guard lock(api::contents().mutex);
        if (api::contents().taken) {
            return api::too_late();
        }
        if (api::contents().attester) {
            return api::fail(UCX_CRYPTO_ERR_EXHAUSTED,
                             "attester " + checked->type + ": expected one per process, found " +
                                 api::contents().attester->type + " registered before");
        }
        api::contents().attester = std::move(*checked);
        return ucx_crypto_status_t{UCX_CRYPTO_OK};
    });
}

ucx_crypto_status_t ucx_crypto_register_verifier(const char* type,
                                                 const ucx_crypto_verifier_t* verifier,
                                                 void* context) {
    namespace api = ucx_crypto::api;
    return api::guarded([&] {
        auto checked = api::check(type, verifier, context);
        if (!checked.ok()) {
            return api::fail(checked.error());
        }
        if (checked->callbacks.verify == nullptr) {
            return api::fail(api::no_function("verify"));
        }
        const std::lock_guard lock(api::contents().mutex);
        auto& verifiers = api::contents().verifiers;
        if (api::contents().taken) {
            return api::too_late();
        }
        if (verifiers.size() == api::kMaxVerifiers || verifiers.contains(checked->type)) {
            return api::fail(UCX_CRYPTO_ERR_EXHAUSTED,
                             "verifier " + checked->type + ": expected one per type and at most " +
                                 std::to_string(api::kMaxVerifiers) + ", found more");
        }
        verifiers.emplace(type, std::move(*checked));
        return ucx_crypto_status_t{UCX_CRYPTO_OK};
    });
}

/// Not for programs: the transport looks for it.
UCX_CRYPTO_API const ucx_crypto::api::Registry* ucx_crypto_private_registry() {
    static constexpr ucx_crypto::api::Registry kRegistry{ucx_crypto::api::kBridgeVersion,
                                                         ucx_crypto::api::take};
    return &kRegistry;
}
}
