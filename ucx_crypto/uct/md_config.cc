#include "ucx_crypto/uct/md_config.h"

#include <charconv>
#include <climits>
#include <cstdlib>

#include "ucx_crypto/attest/snp/endorsement_store.h"

namespace ucx_crypto::uct {

const char* attestation_names[] = {"auto", "snp", "emulated", "registered", "off", nullptr};
const char* algorithm_names[] = {"aes256", "aes128", "aes-256-gcm", "aes-128-gcm", nullptr};
const char* aead_names[] = {"auto", "vaes", "ipsec-mb", "openssl", "gcrypt", "sodium", nullptr};

ucs_config_field_t md_config_table[] = {
    {"", "", nullptr, ucs_offsetof(MdConfig, super), UCS_CONFIG_TYPE_TABLE(uct_md_config_table)},

    {"REQUIRE", "n",
     "Ends every process that could use a transport in clear between hosts, also one that names "
     "no\n"
     "crypto transport. The environment only, as for all settings up to STATS: a value from\n"
     "ucx.conf is refused.",
     ucs_offsetof(MdConfig, require), UCS_CONFIG_TYPE_STRING},

    {"ENFORCE", "y",
     "n: transports in clear may be used beside a crypto transport, unless the site forbids it.",
     ucs_offsetof(MdConfig, enforce), UCS_CONFIG_TYPE_STRING},

    {"ATTESTATION", "auto",
     "Evidence that peers must present:\n"
     "  auto     - SEV-SNP report of this machine; without such a device the job ends\n"
     "  snp      - the same\n"
     "  emulated - software SNP for tests, refused by every policy that does not allow it\n"
     "  registered - of an attester that the program registers, of a type that the policy names\n"
     "  off      - none: the domain key alone (needs UCX_CRYPTO_DOMAIN_KEY)",
     ucs_offsetof(MdConfig, attestation), UCS_CONFIG_TYPE_ENUM(attestation_names)},

    {"POLICY", "", "Path of the appraisal policy (JSON). Empty: the built-in policy.",
     ucs_offsetof(MdConfig, policy), UCS_CONFIG_TYPE_STRING},

    {"DOMAIN_KEY", "",
     "Path of the 32-byte domain key, which proves membership in the tenant's set of machines.\n"
     "The file must be readable by its owner only.",
     ucs_offsetof(MdConfig, domain_key), UCS_CONFIG_TYPE_STRING},

    {"EMULATED_DIR", "", "Folder made by `ucx-crypto init --emulated`, for ATTESTATION=emulated.",
     ucs_offsetof(MdConfig, emulated_dir), UCS_CONFIG_TYPE_STRING},

    {"EMULATED_MODULE", "", "Path of libucx_crypto_emulated.so. Empty: beside this module.",
     ucs_offsetof(MdConfig, emulated_module), UCS_CONFIG_TYPE_STRING},

    {"ENDORSEMENTS", attest::snp::kDefaultStore,
     "Folder of AMD's certificates for this chip, used when the host provides none that fit\n"
     "(`ucx-crypto endorsements fetch` fills it).",
     ucs_offsetof(MdConfig, endorsements), UCS_CONFIG_TYPE_STRING},

    {"AGENT", "auto",
     "Who gets the report of this process, for ATTESTATION=auto and snp:\n"
     "  auto - the node's agent where it listens at /run/ucx-crypto/agent.sock and the policy "
     "allows\n"
     "         it, else the process itself\n"
     "  off  - the process itself\n"
     "  PATH - the agent that listens on this socket; without it the job ends",
     ucs_offsetof(MdConfig, agent), UCS_CONFIG_TYPE_STRING},

    {"ALGORITHM", "aes256", "AEAD of the records: aes256 (AES-256-GCM) or aes128 (AES-128-GCM).",
     ucs_offsetof(MdConfig, algorithm), UCS_CONFIG_TYPE_ENUM(algorithm_names)},

    {"AEAD", "auto",
     "Implementation of the AEAD, which need not be the peer's:\n"
     "  auto     - for each record size the quickest here that passes its self test\n"
     "  vaes     - our own, for processors with VAES and VPCLMULQDQ\n"
     "  ipsec-mb, openssl, gcrypt, sodium - that library's; where it is missing the job ends",
     ucs_offsetof(MdConfig, aead), UCS_CONFIG_TYPE_ENUM(aead_names)},

    {"JOB", "",
     "Job identifier that separates the keys of jobs of one domain. Empty: SLURM_JOB_ID, if set.",
     ucs_offsetof(MdConfig, job), UCS_CONFIG_TYPE_STRING},

    {"STATS", "n",
     "What every interface has counted, when it is closed or its process ends:\n"
     "  n    - is not written (`ucx-crypto status` shows it while the process runs)\n"
     "  y    - to standard error\n"
     "  NAME - as a line of JSON to the file of this name; %h: host, %p: process id, %r: rank\n"
     "The environment only, as a value from ucx.conf could name anybody's file.",
     ucs_offsetof(MdConfig, stats), UCS_CONFIG_TYPE_STRING},

    {"NUM_HELPERS", "auto",
     "Threads of this process that seal and open records of large transfers:\n"
     "  auto   - one where each rank of the node has an idle core for it outside all bindings, "
     "else none\n"
     "  0 to 16 - so many, on such cores where there are any",
     ucs_offsetof(MdConfig, num_helpers), UCS_CONFIG_TYPE_STRING},

    {"REKEY_BYTES", "64gb", "Bytes after which a direction changes keys, 1 to 64gb.",
     ucs_offsetof(MdConfig, rekey_bytes), UCS_CONFIG_TYPE_MEMUNITS},

    {"REKEY_RECORDS", "4294967296",
     "Records after which a direction changes keys, 1 to 4294967296.",
     ucs_offsetof(MdConfig, rekey_records), UCS_CONFIG_TYPE_ULONG},

    {nullptr, nullptr, nullptr, 0, {}}};

namespace {

std::string text(const char* value) {
    return value == nullptr ? "" : value;
}

/// What UCX prints for the value of `field` at `value`.
std::string as_written(const ucs_config_field_t& field, const void* value) {
    std::string written(PATH_MAX, '\0');
    field.parser.write(written.data(), written.size() - 1, value, field.parser.arg);
    return written.c_str();
}

/// The same for what somebody wrote: an enumeration's words have no case.
Result<std::string> as_written(const ucs_config_field_t& field, const char* text) {
    void* value = nullptr;  // a pointer or a number
    if (field.parser.read(text, &value, field.parser.arg) == 0) {
        return Error(ErrorCode::kInvalidArgument, std::string("UCX_CRYPTO_") + field.name +
                                                      ": found '" + text +
                                                      "', which is none of its values");
    }
    std::string written = as_written(field, static_cast<const void*>(&value));
    field.parser.release(&value, field.parser.arg);
    return written;
}

/// Settings that decide whom we trust. UCX reads ucx.conf, also in the working directory, which may
/// belong to anybody: these may come from the environment only.
Status refuse_foreign_settings(const MdConfig& config) {
    for (const char* name :
         {"REQUIRE", "ENFORCE", "ATTESTATION", "POLICY", "DOMAIN_KEY", "EMULATED_DIR",
          "EMULATED_MODULE", "ENDORSEMENTS", "AGENT", "ALGORITHM", "AEAD", "JOB", "STATS"}) {
        const ucs_config_field_t* field = md_config_table;
        while (std::string_view(field->name) != name) {
            ++field;
        }
        const std::string variable = std::string("UCX_CRYPTO_") + name;
        const char* set = std::getenv(variable.c_str());
        const void* value = reinterpret_cast<const char*>(&config) + field->offset;
        const std::string expected =
            UCX_CRYPTO_TRY(as_written(*field, set != nullptr ? set : field->dfl_value));
        const std::string found = as_written(*field, value);
        if (found != expected) {
            return Error(ErrorCode::kRefused, "expected " + variable + "=" + expected +
                                                  " as in the environment or by default, found '" +
                                                  found +
                                                  "' (from ucx.conf?); set it in the environment");
        }
    }
    return success();
}

/// The rank as the launcher gave it, for logs.
std::optional<uint32_t> launcher_rank() {
    for (const char* name : {"PMIX_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"}) {
        const std::string value = text(std::getenv(name));
        uint32_t rank = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), rank);
        if (!value.empty() && error == std::errc() && end == value.data() + value.size()) {
            return rank;
        }
    }
    return std::nullopt;
}

Result<channel::Settings> channel_settings(const MdConfig& config) {
    channel::Settings settings;
    settings.attestation.mode =
        UCX_CRYPTO_TRY(attest::parse_mode(attestation_names[config.attestation]));
    settings.attestation.policy_path = text(config.policy);
    settings.attestation.domain_key_path = text(config.domain_key);
    settings.attestation.emulated_dir = text(config.emulated_dir);
    settings.attestation.emulated_module = text(config.emulated_module);
    settings.attestation.endorsements = text(config.endorsements);
    settings.attestation.agent = text(config.agent);
    settings.algorithm = UCX_CRYPTO_TRY(aead::parse_algorithm(algorithm_names[config.algorithm]));
    settings.aead = UCX_CRYPTO_TRY(aead::parse_choice(aead_names[config.aead]));
    settings.job_id = text(config.job);
    if (settings.job_id.empty()) {
        settings.job_id = text(std::getenv("SLURM_JOB_ID"));
    }
    settings.rank = launcher_rank();
    const record::EpochLimits most;
    if (config.rekey_bytes == 0 || config.rekey_bytes > most.max_bytes) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_REKEY_BYTES: expected 1 to " + std::to_string(most.max_bytes) +
                         " (64gb), found " + std::to_string(config.rekey_bytes));
    }
    if (config.rekey_records == 0 || config.rekey_records > most.max_records) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_REKEY_RECORDS: expected 1 to " + std::to_string(most.max_records) +
                         ", found " + std::to_string(config.rekey_records));
    }
    settings.limits = {config.rekey_bytes, config.rekey_records};
    return settings;
}

}  // namespace

Result<MdSettings> read_settings(const MdConfig& config) {
    UCX_CRYPTO_TRY(refuse_foreign_settings(config));
    auto channel = UCX_CRYPTO_TRY(channel_settings(config));
    const auto helpers = UCX_CRYPTO_TRY(helpers::parse_setting(text(config.num_helpers)));
    return MdSettings{std::move(channel), stats::Report::parse(text(config.stats)), helpers};
}

}  // namespace ucx_crypto::uct
