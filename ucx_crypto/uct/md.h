// The memory domain of crypto_tcp: settings of the secure channel, identity, registered regions.
#pragma once

#include "ucx_crypto/channel/secure_channel.h"
#include "ucx_crypto/helpers/plan.h"
#include "ucx_crypto/stats/interface_stats.h"
#include "ucx_crypto/tcp/region_table.h"
#include "ucx_crypto/uct/inner_devices.h"
#include "ucx_crypto/uct/ucx.h"

namespace ucx_crypto::uct {

/// UCX_CRYPTO_*: read by UCX's parser into a C structure.
struct MdConfig {
    uct_md_config_t super;
    char* require;
    char* enforce;
    unsigned attestation;  // of attestation_names
    char* policy;
    char* domain_key;
    char* emulated_dir;
    char* emulated_module;
    char* endorsements;
    char* agent;
    unsigned algorithm;  // of algorithm_names
    unsigned aead;       // of aead_names
    char* job;
    char* stats;
    char* num_helpers;
    size_t rekey_bytes;
    unsigned long rekey_records;
};
extern ucs_config_field_t md_config_table[];
/// What the enumerations may be, for UCX's parser; a null pointer ends each.
extern const char* attestation_names[];
extern const char* algorithm_names[];
extern const char* aead_names[];

/// One per UCP context; its workers, and so several threads, share it.
struct Md {
    uct_md_t super;
    channel::Settings settings;
    stats::Report stats_report;
    helpers::Setting helpers;
    tcp::RegionTable regions;
    InnerDevices inner_devices;

    static Md* of(uct_md_h md) { return reinterpret_cast<Md*>(md); }
};

/// The process's identity under `settings`, made when the first interface is opened (so that
/// ucx_info, which opens memory domains only, needs no key). Contexts with other settings have
/// another. An error has been logged when this returns one.
Result<std::shared_ptr<channel::Identity>> process_identity(const channel::Settings& settings);

/// One of the process's identities, or null before the first interface is opened. Any thread.
std::shared_ptr<channel::Identity> existing_identity();

/// Never reused in a process: an instance id names one interface.
uint32_t next_interface_counter();

ucs_status_t md_open(uct_component_t* component, const char* name, const uct_md_config_t* config,
                     uct_md_h* md);
ucs_status_t rkey_unpack(uct_component_t* component, const void* buffer, uct_rkey_t* rkey,
                         void** handle);
ucs_status_t rkey_release(uct_component_t* component, uct_rkey_t rkey, void* handle);

/// What an unpacked remote key points to.
struct RemoteKey {
    tcp::Token token;
};

}  // namespace ucx_crypto::uct
