// Settings of the memory domain: UCX_CRYPTO_*.
#pragma once

#include "ucx_crypto/channel/secure_channel.h"
#include "ucx_crypto/helpers/plan.h"
#include "ucx_crypto/stats/interface_stats.h"
#include "ucx_crypto/uct/ucx.h"

namespace ucx_crypto::uct {

/// As UCX's parser writes it.
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

/// What follows from them.
struct MdSettings {
    channel::Settings channel;
    stats::Report stats_report;
    helpers::Setting helpers;
};
/// kInvalidArgument and kRefused (a setting that decides whom we trust, and not from the
/// environment) name the setting.
Result<MdSettings> read_settings(const MdConfig& config);

}  // namespace ucx_crypto::uct
