#include "ucx_crypto/base/lean_provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace ucx_crypto {
namespace {

constexpr const char* kName = "ucx-crypto-lean";
// HKDF, TLS1-PRF and HMAC are keys to OpenSSL where its older functions derive or authenticate.
constexpr std::string_view kKeyTypes[] = {
    "EC", "RSA", "RSA-PSS", "X25519", "ML-KEM-768", "X25519MLKEM768", "HKDF", "TLS1-PRF", "HMAC"};
constexpr std::string_view kDecodedKeys[] = {"EC", "RSA"};

/// The first of an algorithm's names, which are separated by colons.
std::string_view first_name(const OSSL_ALGORITHM& algorithm) {
    const std::string_view names = algorithm.algorithm_names;
    return names.substr(0, names.find(':'));
}

template <size_t kCount>
bool is_one_of(const std::string_view (&names)[kCount], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_used_key_type(const OSSL_ALGORITHM& algorithm) {
    return is_one_of(kKeyTypes, first_name(algorithm));
}

bool is_used_decoder(const OSSL_ALGORITHM& algorithm) {
    const std::string_view properties = algorithm.property_definition;
    return is_one_of(kDecodedKeys, first_name(algorithm)) &&
           properties.find("structure=SubjectPublicKeyInfo") != std::string_view::npos;
}

struct Lean {
    OSSL_PROVIDER* whole = nullptr;
    std::vector<OSSL_ALGORITHM> key_types;
    std::vector<OSSL_ALGORITHM> decoders;
};

/// Written once, by make_lean_library(): a provider's entry point has no argument of its own. Never
/// destroyed, as the library context is: another thread may be in a handshake when the process
/// exits.
Lean& lean = *new Lean;

/// Ends with an empty entry, as OpenSSL's own tables.
std::vector<OSSL_ALGORITHM> select(int operation, bool (*is_used)(const OSSL_ALGORITHM&)) {
    std::vector<OSSL_ALGORITHM> selected;
    int no_cache = 0;
    const OSSL_ALGORITHM* all = OSSL_PROVIDER_query_operation(lean.whole, operation, &no_cache);
    for (; all != nullptr && all->algorithm_names != nullptr; ++all) {
        if (is_used(*all)) {
            selected.push_back(*all);
        }
    }
    selected.push_back({});
    return selected;
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
    switch (operation) {
        case OSSL_OP_KEYMGMT:
            *no_cache = 0;
            return lean.key_types.data();
        case OSSL_OP_DECODER:
            *no_cache = 0;
            return lean.decoders.data();
        default:
            return OSSL_PROVIDER_query_operation(lean.whole, operation, no_cache);
    }
}

int get_capabilities(void*, const char* capability, OSSL_CALLBACK* each, void* argument) {
    return OSSL_PROVIDER_get_capabilities(lean.whole, capability, each, argument);
}

int start(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** functions,
          void** context) {
    static const OSSL_DISPATCH kFunctions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(query)},
        {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, reinterpret_cast<void (*)()>(get_capabilities)},
        {0, nullptr}};
    *functions = kFunctions;
    *context = OSSL_PROVIDER_get0_provider_ctx(lean.whole);  // its algorithms expect their own
    return 1;
}

}  // namespace

OSSL_LIB_CTX* make_lean_library(OSSL_PROVIDER* whole) {
    lean.whole = whole;
    lean.key_types = select(OSSL_OP_KEYMGMT, is_used_key_type);
    lean.decoders = select(OSSL_OP_DECODER, is_used_decoder);
    OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
    if (library != nullptr && (OSSL_PROVIDER_add_builtin(library, kName, start) != 1 ||
                               OSSL_PROVIDER_load(library, kName) == nullptr)) {
        OSSL_LIB_CTX_free(library);
        return nullptr;
    }
    return library;
}

}  // namespace ucx_crypto
