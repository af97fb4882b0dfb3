// What UCX's parser makes of our settings, and what we refuse of it.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "tests/unit/uct/interface.h"
#include "ucx_crypto/aead/selection.h"
#include "ucx_crypto/base/log.h"
#include "ucx_crypto/base/transport_list.h"
#include "ucx_crypto/uct/tcp_iface.h"

namespace ucx_crypto::uct {
namespace {

const ucs_config_field_t& field(const ucs_config_field_t* table, std::string_view name) {
    while (table->name != nullptr && name != table->name) {
        ++table;
    }
    REQUIRE(table->name != nullptr);
    return *table;
}

/// The type as `ucx_info -c -f` prints it.
std::string type_of(const ucs_config_field_t& of) {
    char text[256] = "";
    of.parser.help(text, sizeof(text), of.parser.arg);
    return text;
}

/// Opens and closes an interface as UCP would, under the environment's settings.
ucs_status_t try_open(uct_component_h component) {
    uct_md_config_t* md_config = nullptr;
    uct_md_h md = nullptr;
    ucs_status_t status = uct_md_config_read(component, nullptr, nullptr, &md_config);
    if (status != UCS_OK) {
        return status;
    }
    status = uct_md_open(component, "crypto", md_config, &md);
    uct_config_release(md_config);
    if (status != UCS_OK) {
        return status;
    }
    ucs_async_context_t* async = nullptr;
    uct_worker_h worker = nullptr;
    REQUIRE(ucs_async_context_create(UCS_ASYNC_MODE_THREAD_MUTEX, &async) == UCS_OK);
    REQUIRE(uct_worker_create(async, UCS_THREAD_MODE_SINGLE, &worker) == UCS_OK);
    uct_iface_config_t* config = nullptr;
    status = uct_md_iface_config_read(md, kTransportName.data(), nullptr, nullptr, &config);
    if (status == UCS_OK) {
        uct_iface_params_t params{};
        params.field_mask = UCT_IFACE_PARAM_FIELD_OPEN_MODE | UCT_IFACE_PARAM_FIELD_DEVICE;
        params.open_mode = UCT_IFACE_OPEN_MODE_DEVICE;
        params.mode.device.tl_name = kTransportName.data();
        params.mode.device.dev_name = "lo";
        uct_iface_h iface = nullptr;
        status = uct_iface_open(md, worker, &params, config, &iface);
        uct_config_release(config);
        if (status == UCS_OK) {
            uct_iface_close(iface);
        }
    }
    uct_worker_destroy(worker);
    ucs_async_context_destroy(async);
    uct_md_close(md);
    return status;
}

std::vector<std::string>& logged() {
    static std::vector<std::string> lines;
    return lines;
}

/// What UCX's log is told, at level error, while an interface is opened with `variable` set so.
struct Attempt {
    Attempt(const char* variable, const char* value) {
        const Interface proven;  // under the settings as they were
        logged().clear();
        ucs_log_push_handler([](const char*, unsigned, const char*, ucs_log_level_t level,
                                const ucs_log_component_config_t*, const char* format,
                                va_list arguments) {
            char line[1024];
            vsnprintf(line, sizeof(line), format, arguments);
            if (level == UCS_LOG_LEVEL_ERROR) {
                logged().emplace_back(line);
            }
            return UCS_LOG_FUNC_RC_STOP;
        });
        setenv(variable, value, 1);
        status = try_open(proven.component());
        unsetenv(variable);
        ucs_log_pop_handler();
        lines = logged();
    }
    ucs_status_t status;
    std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("Enumerations are shown as such, with words that we understand") {
    const auto& attestation = field(md_config_table, "ATTESTATION");
    CHECK(type_of(attestation) == "[auto|snp|emulated|registered|off]");
    for (const char** name = attestation_names; *name != nullptr; ++name) {
        CHECK(attest::parse_mode(*name).ok());
    }
    CHECK(type_of(field(md_config_table, "ALGORITHM")) ==
          "[aes256|aes128|aes-256-gcm|aes-128-gcm]");
    for (const char** name = algorithm_names; *name != nullptr; ++name) {
        CHECK(aead::parse_algorithm(*name).ok());
    }
    CHECK(type_of(field(md_config_table, "AEAD")) == "[auto|vaes|ipsec-mb|openssl|gcrypt|sodium]");
    for (const char** name = aead_names; *name != nullptr; ++name) {
        CHECK(aead::parse_choice(*name).ok());
    }
    for (const aead::Candidate& candidate : aead::candidates()) {
        const char** name = aead_names;
        while (*name != nullptr && candidate.name != *name) {
            ++name;
        }
        CHECK(*name != nullptr);
    }
}

TEST_CASE("Times have units, seconds without one, and are whole seconds in the end") {
    const char* name =
        GENERATE("UCX_CRYPTO_TCP_HANDSHAKE_TIMEOUT", "UCX_CRYPTO_TCP_KEEPALIVE_INTERVAL");
    for (const char* value : {"20", "1500ms", "2s", "1m", "1us"}) {
        CAPTURE(name, value);
        CHECK(Attempt(name, value).status == UCS_OK);
    }
    for (const char* value : {"-1", "nan", "inf", "100000", "-1ms"}) {
        CAPTURE(name, value);
        const Attempt attempt(name, value);
        CHECK(attempt.status != UCS_OK);
        REQUIRE(attempt.lines.size() == 1);
        CHECK(attempt.lines[0].find(name) != std::string::npos);
        CHECK(attempt.lines[0].find("expected ") != std::string::npos);
        CHECK(attempt.lines[0].find("found ") != std::string::npos);
    }
    CHECK(Attempt("UCX_CRYPTO_TCP_KEEPALIVE_INTERVAL", "0").status == UCS_OK);
    CHECK(Attempt("UCX_CRYPTO_TCP_HANDSHAKE_TIMEOUT", "0").status != UCS_OK);
}

TEST_CASE("A setting that cannot be is refused, with what was expected and what was found") {
    struct Case {
        const char* variable;
        const char* value;
        const char* expected;
        const char* found;
    };
    const Case cases[] = {
        {"UCX_CRYPTO_TCP_MAX_HANDSHAKES", "0", "at least 1", "found 0"},
        {"UCX_CRYPTO_TCP_PORT_RANGE", "70000-70001", "1-65535", "found 70000-70001"},
        {"UCX_CRYPTO_TCP_PORT_RANGE", "0-100", "1-65535", "found 0-100"},
        {"UCX_CRYPTO_TCP_SEG_SIZE", "100", "1024", "found 100"},
        {"UCX_CRYPTO_REKEY_BYTES", "65gb", "64gb", "found 69793218560"},
        {"UCX_CRYPTO_REKEY_BYTES", "0", "64gb", "found 0"},
        {"UCX_CRYPTO_REKEY_RECORDS", "0", "4294967296", "found 0"},
        {"UCX_CRYPTO_ALGORITHM", "des", "aes256", "des"},
        {"UCX_CRYPTO_ATTESTATION", "none", "auto|snp", "none"},
    };
    for (const Case& each : cases) {
        CAPTURE(each.variable, each.value);
        const char* before = std::getenv(each.variable);
        const std::string restore = before != nullptr ? before : "";
        const Attempt attempt(each.variable, each.value);
        if (before != nullptr) {
            setenv(each.variable, restore.c_str(), 1);
        }
        CHECK(attempt.status != UCS_OK);
        REQUIRE_FALSE(attempt.lines.empty());
        CHECK(attempt.lines[0].find(each.expected) != std::string::npos);
        CHECK(attempt.lines[0].find(each.found) != std::string::npos);
    }
}

TEST_CASE("Words of an enumeration have no case, as everywhere in UCX") {
    CHECK(Attempt("UCX_CRYPTO_ALGORITHM", "AES128").status == UCS_OK);
    CHECK(Attempt("UCX_CRYPTO_ALGORITHM", "AES-256-GCM").status == UCS_OK);
}

TEST_CASE("A setting of security that the environment does not have is refused") {
    // As ucx.conf would set it: UCX's parser has it, the environment does not.
    const Interface proven;
    uct_md_config_t* config = nullptr;
    REQUIRE(uct_md_config_read(proven.component(), nullptr, nullptr, &config) == UCS_OK);
    const char* name = GENERATE("ALGORITHM", "AEAD", "ATTESTATION", "JOB", "ENFORCE");
    const char* value = std::string_view(name) == "ALGORITHM"     ? "aes128"
                        : std::string_view(name) == "AEAD"        ? "openssl"
                        : std::string_view(name) == "ATTESTATION" ? "snp"
                                                                  : "n";
    REQUIRE(uct_config_modify(config, name, value) == UCS_OK);
    uct_md_h md = nullptr;
    ucs_log_push_handler([](const char*, unsigned, const char*, ucs_log_level_t,
                            const ucs_log_component_config_t*, const char*,
                            va_list) { return UCS_LOG_FUNC_RC_STOP; });
    CHECK(uct_md_open(proven.component(), "crypto", config, &md) == UCS_ERR_REJECTED);
    ucs_log_pop_handler();
    uct_config_release(config);
}

}  // namespace ucx_crypto::uct
