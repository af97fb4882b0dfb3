#include "ucx_crypto/uct/md.h"

#include <climits>
#include <new>

#include "ucx_crypto/base/log.h"
#include "ucx_crypto/uct/c_boundary.h"

namespace ucx_crypto::uct {

namespace {

ucs_status_t md_query(uct_md_h, uct_md_attr_t* attr) noexcept {
    attr->cap.flags = UCT_MD_FLAG_REG | UCT_MD_FLAG_NEED_RKEY;
    attr->cap.max_alloc = 0;
    attr->cap.reg_mem_types = UCS_BIT(UCS_MEMORY_TYPE_HOST);
    attr->cap.alloc_mem_types = 0;
    attr->cap.access_mem_types = UCS_BIT(UCS_MEMORY_TYPE_HOST);
    attr->cap.detect_mem_types = 0;
    attr->cap.max_reg = ULONG_MAX;
    attr->rkey_packed_size = tcp::kTokenSize;
    attr->reg_cost = ucs_linear_func_make(100e-9, 0);
    memset(&attr->local_cpus, 0xff, sizeof(attr->local_cpus));
    return UCS_OK;
}

using RegionHandle = std::shared_ptr<tcp::Region>;

ucs_status_t mem_reg(uct_md_h md, void* address, size_t length, unsigned,
                     uct_mem_h* memh) noexcept {
    auto* handle = new (std::nothrow) RegionHandle;
    if (handle == nullptr) {
        return UCS_ERR_NO_MEMORY;
    }
    *handle = Md::of(md)->regions.add(reinterpret_cast<uint64_t>(address), length);
    *memh = handle;
    return UCS_OK;
}

ucs_status_t mem_dereg(uct_md_h md, const uct_md_mem_dereg_params_t* params) noexcept {
    UCT_MD_MEM_DEREG_CHECK_PARAMS(params, 0);
    auto* region = static_cast<RegionHandle*>(params->memh);
    Md::of(md)->regions.remove(*region);
    delete region;
    return UCS_OK;
}

ucs_status_t mkey_pack(uct_md_h md, uct_mem_h memh, const uct_md_mkey_pack_params_t*,
                       void* buffer) noexcept {
    const tcp::Token token = Md::of(md)->regions.mint(**static_cast<RegionHandle*>(memh));
    memcpy(buffer, token.data(), token.size());
    return UCS_OK;
}

void md_close(uct_md_h md) noexcept {
    delete Md::of(md);
}

ucs_status_t detect_memory_type(uct_md_h, const void*, size_t, ucs_memory_type_t*) noexcept {
    return UCS_ERR_UNSUPPORTED;
}

uct_md_ops_t make_md_ops() {
    uct_md_ops_t ops{};
    ops.close = for_c(md_close);
    ops.query = for_c(md_query);
    ops.mem_reg = for_c(mem_reg);
    ops.mem_dereg = for_c(mem_dereg);
    ops.mkey_pack = for_c(mkey_pack);
    ops.detect_memory_type = for_c(detect_memory_type);
    return ops;
}

uct_md_ops_t md_ops = make_md_ops();

}  // namespace

ucs_status_t md_open(uct_component_t* component, const char*, const uct_md_config_t* config,
                     uct_md_h* md) noexcept {
    use_ucx_log();
    auto settings = read_settings(*reinterpret_cast<const MdConfig*>(config));
    if (!settings.ok()) {
        UCX_CRYPTO_ERROR("%s", settings.error().message().c_str());
        return to_ucs_status(settings.error().code());
    }
    auto* self = new (std::nothrow) Md{{&md_ops, component}, std::move(*settings), {}, {}};
    if (self == nullptr) {
        return UCS_ERR_NO_MEMORY;
    }
    *md = &self->super;
    return UCS_OK;
}

ucs_status_t rkey_unpack(uct_component_t*, const void* buffer, uct_rkey_t* rkey,
                         void** handle) noexcept {
    auto* key = new (std::nothrow) RemoteKey;
    if (key == nullptr) {
        return UCS_ERR_NO_MEMORY;
    }
    memcpy(key->token.data(), buffer, key->token.size());
    *rkey = reinterpret_cast<uct_rkey_t>(key);
    *handle = nullptr;
    return UCS_OK;
}

ucs_status_t rkey_release(uct_component_t*, uct_rkey_t rkey, void*) noexcept {
    delete reinterpret_cast<RemoteKey*>(rkey);
    return UCS_OK;
}

}  // namespace ucx_crypto::uct
