// How libucx_crypto.so.0, which programs link, and libuct_crypto.so.0, which UCX loads, find each
// other in a process: each looks whether the other is loaded, by its SONAME, and calls one C
// function of it. Neither needs the other, and there is one registry: the library's.
#pragma once

#include "ucx_crypto/attestation.h"
#include "ucx_crypto/connections.h"

namespace ucx_crypto::api {

inline constexpr uint32_t kBridgeVersion = 1;

inline constexpr char kLibrary[] = "libucx_crypto.so.0";
inline constexpr char kModule[] = "libuct_crypto.so.0";
inline constexpr char kRegistrySymbol[] = "ucx_crypto_private_registry";
inline constexpr char kTransportSymbol[] = "ucx_crypto_private_transport";

/// Takes what the program has registered; strings and structures are valid during the call.
struct RegistryVisitor {
    void* argument;
    void (*attester)(void* argument, const char* type, const ucx_crypto_attester_t* attester,
                     void* context);
    void (*verifier)(void* argument, const char* type, const ucx_crypto_verifier_t* verifier,
                     void* context);
    void (*policy)(void* argument, const char* name, const char* text, size_t text_size);
};

/// The library's side. `version` comes first in every version of it.
struct Registry {
    uint32_t version;
    /// Tells everything once; from then on nothing can be registered. Does not throw.
    void (*take)(const RegistryVisitor* visitor);
};
/// extern "C" const Registry* ucx_crypto_private_registry()
using RegistryFunction = const Registry* (*)();

/// The module's side.
struct Transport {
    uint32_t version;
    /// Fills in what the transport knows.
    void (*query)(ucx_crypto_process_t* process);
    /// Calls `each` for at most `most` connections and sets `total`; what `each` gets is valid
    /// during the call. UCX_CRYPTO_ERR_UNSUPPORTED in a forked child.
    ucx_crypto_status_t (*connections)(size_t most, size_t* total, void* argument,
                                       void (*each)(void* argument,
                                                    const ucx_crypto_connection_t* connection));
};
/// extern "C" const Transport* ucx_crypto_private_transport()
using TransportFunction = const Transport* (*)();

/// The function `symbol` of the loaded object `soname`, or null: nothing is loaded for it.
void* find_loaded(const char* soname, const char* symbol);

}  // namespace ucx_crypto::api
