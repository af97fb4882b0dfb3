// libucs_crypto.so.0 and libuct_crypto.so.0 as UCX >= 1.22 loads them, without preloaded library:
// the first when libucs starts, the second when UCT looks for its modules. The UCX that is here
// loads neither by itself. Both stay loaded, so the cases depend on their order in one process.
#include <dlfcn.h>
#include <ucp/api/ucp.h>
#include <uct/api/uct.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

namespace ucx_crypto {
namespace {

/// ucs_load_modules() of UCX for a framework of its own.
bool load_as_ucx_does(const char* path) {
    void* module = dlopen(path, RTLD_LAZY | RTLD_NODELETE | RTLD_GLOBAL);
    INFO((module == nullptr ? dlerror() : path));
    CHECK(module != nullptr);
    return module != nullptr;
}

/// Whether UCT has a component of this name.
bool has_component(const std::string& name) {
    uct_component_h* components = nullptr;
    unsigned count = 0;
    REQUIRE(uct_query_components(&components, &count) == UCS_OK);
    bool found = false;
    for (unsigned i = 0; i < count; ++i) {
        uct_component_attr_t attributes{};
        attributes.field_mask = UCT_COMPONENT_ATTR_FIELD_NAME;
        found = found || (uct_component_query(components[i], &attributes) == UCS_OK &&
                          attributes.name == name);
    }
    uct_release_component_list(components);
    return found;
}

/// What UCP prints of a context made under this environment, or why there is none.
std::string context_info() {
    ucp_config_t* config = nullptr;
    REQUIRE(ucp_config_read(nullptr, nullptr, &config) == UCS_OK);
    ucp_params_t params{};
    params.field_mask = UCP_PARAM_FIELD_FEATURES;
    params.features = UCP_FEATURE_TAG;
    ucp_context_h context = nullptr;
    ucs_status_t status = ucp_init(&params, config, &context);
    ucp_config_release(config);
    if (status != UCS_OK) {
        return ucs_status_string(status);
    }
    char* text = nullptr;
    size_t size = 0;
    FILE* stream = open_memstream(&text, &size);
    ucp_context_print_info(context, stream);
    std::fclose(stream);
    std::unique_ptr<char, decltype(&free)> owner(text, free);
    ucp_cleanup(context);
    return {text, size};
}

/// Settings under which the transport can be used, with a domain key of its own.
class Member {
  public:
    Member() : descriptor_(mkstemp(path_)) {
        std::ofstream(path_) << std::string(32, 'k');
        setenv("UCX_CRYPTO_ATTESTATION", "off", 1);
        setenv("UCX_CRYPTO_DOMAIN_KEY", path_, 1);
        setenv("UCX_TLS", "crypto_tcp", 1);
    }
    ~Member() {
        close(descriptor_);
        unlink(path_);
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

  private:
    char path_[32] = "/tmp/ucx-crypto-key-XXXXXX";
    int descriptor_;
};

}  // namespace

TEST_CASE("without libucs_crypto.so.0 UCX does not find crypto_tcp") {
    Member member;
    REQUIRE(load_as_ucx_does(UCT_MODULE));
    CHECK(getenv("UCX_TLS") == std::string("crypto_tcp"));
    CHECK(context_info() == ucs_status_string(UCS_ERR_NO_DEVICE));
}

TEST_CASE("with libucs_crypto.so.0 UCX finds crypto_tcp, registered before it reads UCX_TLS") {
    Member member;
    REQUIRE(load_as_ucx_does(UCS_MODULE));
    CHECK(getenv("UCX_TLS") == std::string("crypto_tc"));
    REQUIRE(load_as_ucx_does(UCT_MODULE));
    CHECK(has_component("crypto"));
    CHECK(context_info().find("crypto") != std::string::npos);
}

}  // namespace ucx_crypto
