// Which inner transport a stacked one takes on which device, on a machine with adapters that this
// one need not have: a component stands for them.
#include <map>

#include "tests/unit/uct/interface.h"
#include "ucx_crypto/uct/stacked_transports.h"

extern "C" {
#include <uct/base/uct_component.h>
}

namespace ucx_crypto::uct {
namespace {

/// Adapters, and the transports that each offers, in an order that is not ours of preference.
class Adapters {
  public:
    Adapters() {
        the_one = this;
        component_.query_md_resources = query_domains;
        component_.md_open = open_domain;
        component_.md_config.name = "adapters";
        component_.md_config.prefix = "ADAPTERS_";
        component_.md_config.table = no_settings_;
        component_.md_config.size = sizeof(uct_md_config_t);
        component_.md_vfs_init = [](uct_md_h) {};
        ucs_list_head_init(&component_.tl_list);
        for (size_t i = 0; i < transports_.size(); ++i) {
            const std::array names{"ud_verbs", "rc_verbs", "rc_mlx5", "dc_mlx5"};
            const std::array queries{query<0>, query<1>, query<2>, query<3>};
            ucs_strncpy_zero(transports_[i].name, names.at(i), sizeof(transports_[i].name));
            transports_[i].query_devices = queries.at(i);
            ucs_list_add_tail(&component_.tl_list, &transports_[i].list);
        }
        ops_.query = [](uct_md_h, uct_md_attr_t*) { return UCS_ERR_UNSUPPORTED; };
        ops_.close = [](uct_md_h) { --the_one->open_now; };
        ucs_list_add_tail(&uct_components_list, &component_.list);
    }
    ~Adapters() {
        ucs_list_del(&component_.list);
        the_one = nullptr;
    }
    Adapters(const Adapters&) = delete;
    Adapters& operator=(const Adapters&) = delete;

    std::map<std::string, unsigned> opened;
    int open_now = 0;

  private:
    struct Adapter {
        uct_md_t super;
        const char* device;
        bool is_mlx5;
    };

    static ucs_status_t query_domains(uct_component_t*, uct_md_resource_desc_t** resources,
                                      unsigned* count) {
        *count = static_cast<unsigned>(the_one->adapters_.size());
        *resources = static_cast<uct_md_resource_desc_t*>(
            ucs_calloc(*count, sizeof(uct_md_resource_desc_t), "domains"));
        for (unsigned i = 0; i < *count; ++i) {
            ucs_strncpy_zero((*resources)[i].md_name, the_one->adapters_.at(i).device,
                             sizeof((*resources)[i].md_name));
        }
        return UCS_OK;
    }
    static ucs_status_t open_domain(uct_component_t* component, const char* name,
                                    const uct_md_config_t*, uct_md_h* md) {
        for (Adapter& adapter : the_one->adapters_) {
            if (std::string(name) == adapter.device) {
                ++the_one->opened[name];
                ++the_one->open_now;
                adapter.super.component = component;
                adapter.super.ops = &the_one->ops_;
                *md = &adapter.super;
                return UCS_OK;
            }
        }
        return UCS_ERR_NO_DEVICE;
    }
    /// What is of mlx5 is on its adapters alone, verbs on all.
    template <size_t kTransport>
    static ucs_status_t query(uct_md_h md, uct_tl_device_resource_t** devices, unsigned* count) {
        const auto& adapter = *reinterpret_cast<const Adapter*>(md);
        if (kTransport >= 2 && !adapter.is_mlx5) {
            return UCS_ERR_NO_DEVICE;
        }
        *count = 1;
        *devices = static_cast<uct_tl_device_resource_t*>(
            ucs_calloc(1, sizeof(uct_tl_device_resource_t), "devices"));
        std::snprintf((*devices)->name, sizeof((*devices)->name), "%s:1", adapter.device);
        return UCS_OK;
    }

    static inline Adapters* the_one = nullptr;
    ucs_config_field_t no_settings_[1]{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
    uct_component_t component_{.name = "adapters"};
#pragma GCC diagnostic pop
    std::array<uct_tl_t, 4> transports_{};
    uct_md_ops_t ops_{};
    std::array<Adapter, 2> adapters_{{{{}, "plain0", false}, {{}, "mlx5_0", true}}};
};

/// "device over transport", as an interface of the stacked transport would be opened.
std::vector<std::string> chosen(uct_md_h md, const char* stacked) {
    std::vector<std::string> all;
    for (const InnerDevice& device : inner_devices(*Md::of(md), *find_stacked_transport(stacked))) {
        if (device.md == "plain0" || device.md == "mlx5_0") {
            all.push_back(std::string(device.resource.name) + " over " + device.transport);
        }
    }
    return all;
}

}  // namespace

TEST_CASE("crypto_rc takes rc_mlx5 where an adapter has it and rc_verbs elsewhere") {
    const Adapters adapters;
    const Domain domain;
    CHECK(chosen(domain.md(), "crypto_rc") ==
          std::vector<std::string>{"mlx5_0:1 over rc_mlx5", "plain0:1 over rc_verbs"});
    CHECK(chosen(domain.md(), "crypto_dc") == std::vector<std::string>{"mlx5_0:1 over dc_mlx5"});
    CHECK(find_stacked_transport("crypto_ud") == nullptr);
}

TEST_CASE("an adapter's memory domain is opened once for the devices of all stacked transports") {
    const Adapters adapters;
    const Domain domain;
    uct_tl_resource_desc_t* resources = nullptr;
    unsigned count = 0;
    for (int i = 0; i < 2; ++i) {
        REQUIRE(uct_md_query_tl_resources(domain.md(), &resources, &count) == UCS_OK);
        std::vector<std::string> found;
        for (unsigned k = 0; k < count; ++k) {
            const std::string device = resources[k].dev_name;
            if (device == "plain0:1" || device == "mlx5_0:1") {
                found.push_back(std::string(resources[k].tl_name) + " on " + device);
            }
        }
        uct_release_tl_resource_list(resources);
        CHECK(found == std::vector<std::string>{"crypto_rc on mlx5_0:1", "crypto_rc on plain0:1",
                                                "crypto_dc on mlx5_0:1"});
    }
    CHECK(adapters.opened == std::map<std::string, unsigned>{{"plain0", 1}, {"mlx5_0", 1}});
    CHECK(adapters.open_now == 0);
}

}  // namespace ucx_crypto::uct
