// cores_near() by hwloc.
//
// The library is loaded when a process first moves much data, and never linked: placement makes
// things quicker and nothing else, so that a node without it, or a program that sends little, does
// without.
#include "ucx_crypto/helpers/machine.h"

#ifdef UCX_CRYPTO_HAS_HWLOC
#include <dlfcn.h>
#include <hwloc.h>
#endif

namespace ucx_crypto::helpers {

#ifdef UCX_CRYPTO_HAS_HWLOC
namespace {

/// The functions of hwloc 2 that are used.
struct Hwloc {
    decltype(&hwloc_topology_init) init;
    decltype(&hwloc_topology_load) load;
    decltype(&hwloc_topology_destroy) destroy;
    decltype(&hwloc_topology_get_allowed_cpuset) allowed;
    decltype(&hwloc_get_type_depth) type_depth;
    decltype(&hwloc_get_obj_by_depth) object;
    decltype(&hwloc_get_nbobjs_by_depth) object_count;
    decltype(&hwloc_bitmap_next) next;
    decltype(&hwloc_bitmap_isset) contains;
};

template <typename Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

/// Never unloaded.
const Hwloc* load_hwloc() {
    static_assert(HWLOC_API_VERSION >= 0x20000, "hwloc 2, whose library is libhwloc.so.15");
    void* library = dlopen("libhwloc.so.15", RTLD_NOW | RTLD_LOCAL);
    static Hwloc hwloc{};
    const bool complete = library != nullptr && find(library, "hwloc_topology_init", hwloc.init) &&
                          find(library, "hwloc_topology_load", hwloc.load) &&
                          find(library, "hwloc_topology_destroy", hwloc.destroy) &&
                          find(library, "hwloc_topology_get_allowed_cpuset", hwloc.allowed) &&
                          find(library, "hwloc_get_type_depth", hwloc.type_depth) &&
                          find(library, "hwloc_get_obj_by_depth", hwloc.object) &&
                          find(library, "hwloc_get_nbobjs_by_depth", hwloc.object_count) &&
                          find(library, "hwloc_bitmap_next", hwloc.next) &&
                          find(library, "hwloc_bitmap_isset", hwloc.contains);
    return complete ? &hwloc : nullptr;
}

class Topology {
  public:
    explicit Topology(const Hwloc& hwloc) : hwloc_(hwloc) {
        if (hwloc_.init(&topology_) != 0) {
            topology_ = nullptr;
        } else if (hwloc_.load(topology_) != 0) {
            hwloc_.destroy(topology_);
            topology_ = nullptr;
        }
    }
    ~Topology() {
        if (topology_ != nullptr) {
            hwloc_.destroy(topology_);
        }
    }
    Topology(const Topology&) = delete;
    Topology& operator=(const Topology&) = delete;

    bool loaded() const { return topology_ != nullptr; }

    /// The processors of each object of a type that this process's control group allows.
    std::vector<ProcessorSet> objects(hwloc_obj_type_t type) const {
        std::vector<ProcessorSet> found;
        const int depth = hwloc_.type_depth(topology_, type);
        const hwloc_const_cpuset_t allowed = hwloc_.allowed(topology_);
        const unsigned count = hwloc_.object_count(topology_, depth);
        for (unsigned i = 0; i < count; ++i) {
            const hwloc_obj_t object = hwloc_.object(topology_, depth, i);
            ProcessorSet processors;
            for (int each = hwloc_.next(object->cpuset, -1); each >= 0;
                 each = hwloc_.next(object->cpuset, each)) {
                if (hwloc_.contains(allowed, static_cast<unsigned>(each)) != 0) {
                    processors.insert(static_cast<unsigned>(each));
                }
            }
            if (!processors.empty()) {
                found.push_back(std::move(processors));
            }
        }
        return found;
    }

  private:
    const Hwloc& hwloc_;
    hwloc_topology_t topology_ = nullptr;
};

}  // namespace

Result<std::vector<ProcessorSet>> cores_near(const ProcessorSet& near) {
    static const Hwloc* const hwloc = load_hwloc();
    if (hwloc == nullptr) {
        return Error(ErrorCode::kUnsupported,
                     "expected libhwloc.so.15 (Debian: libhwloc15), found none");
    }
    const Topology topology(*hwloc);
    if (!topology.loaded()) {
        return Error(ErrorCode::kUnsupported, "hwloc cannot tell this machine's topology");
    }
    ProcessorSet local;
    for (const ProcessorSet& node : topology.objects(HWLOC_OBJ_NUMANODE)) {
        if (meet(node, near)) {
            local.insert(node.begin(), node.end());
        }
    }
    std::vector<ProcessorSet> cores = topology.objects(HWLOC_OBJ_CORE);
    std::erase_if(cores, [&local](const ProcessorSet& core) { return !meet(core, local); });
    if (cores.empty()) {
        return Error(ErrorCode::kUnsupported, "hwloc knows no cores of this machine");
    }
    return cores;
}
#else
Result<std::vector<ProcessorSet>> cores_near(const ProcessorSet&) {
    return Error(ErrorCode::kUnsupported, "this build is without hwloc");
}
#endif

}  // namespace ucx_crypto::helpers
