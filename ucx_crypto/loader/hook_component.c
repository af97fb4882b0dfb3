/* mca_hook_ucx_crypto.so: the hook component as Open MPI 4.1 sees it. In C, since Open MPI's
 * internal headers are. A component of another Open MPI release series is refused by Open MPI
 * itself, which compares the version that the macro below writes. */
#include <stddef.h>
#include <string.h>

#include <ompi/mca/coll/base/base.h>
#include <ompi/mca/hook/hook.h>
#include <ompi/mca/osc/base/base.h>
#include <ompi/mca/pml/base/base.h>
#include <ompi/mca/rte/rte.h>
#include <opal/mca/btl/base/base.h>
#include "ucx_crypto/loader/hook.h"

#if OMPI_MAJOR_VERSION != 4 || OMPI_MINOR_VERSION != 1
#error "expected the headers of Open MPI 4.1"
#endif

static int one_of(const char* name, const char* const* names) {
    for (; *names != NULL; ++names) {
        if (strcmp(name, *names) == 0) {
            return 1;
        }
    }
    return 0;
}

const char* ucx_crypto_selected_pml(void) {
    return mca_pml_base_selected_component.pmlm_version.mca_component_name;
}

/* First component of a framework that is (`listed`) or is not in `names`. */
static const char* component(mca_base_framework_t* framework, const char* const* names, int listed) {
    mca_base_component_list_item_t* item;
    OPAL_LIST_FOREACH(item, &framework->framework_components, mca_base_component_list_item_t) {
        const char* name = item->cli_component->mca_component_name;
        if (one_of(name, names) == listed) {
            return name;
        }
    }
    return NULL;
}

const char* ucx_crypto_foreign_osc(void) {
    static const char* const allowed[] = {"ucx", "sm", NULL};
    return component(&ompi_osc_base_framework, allowed, 0);
}

const char* ucx_crypto_foreign_btl(void) {
    static const char* const allowed[] = {"self", "vader", "sm", NULL};
    mca_btl_base_selected_module_t* module;
    if (opal_btl_base_framework.framework_refcnt == 0) {
        return NULL;
    }
    OPAL_LIST_FOREACH(module, &mca_btl_base_modules_initialized, mca_btl_base_selected_module_t) {
        const char* name = module->btl_component->btl_version.mca_component_name;
        if (!one_of(name, allowed)) {
            return name;
        }
    }
    return NULL;
}

const char* ucx_crypto_foreign_coll(void) {
    static const char* const forbidden[] = {"hcoll", "ucc", "fca", "portals4", NULL};
    return component(&ompi_coll_base_framework, forbidden, 1);
}

int ucx_crypto_on_one_host(void) {
    return ompi_process_info.num_procs == (uint32_t)ompi_process_info.num_local_peers + 1;
}

static int open_component(void) {
    ucx_crypto_hook_open();
    return OPAL_SUCCESS;
}

static void check(int argc, char** argv, int requested, int* provided) {
    (void)argc;
    (void)argv;
    (void)requested;
    (void)provided;
    ucx_crypto_hook_check();
}

/* Open MPI looks this name up. */
__attribute__((visibility("default"))) ompi_hook_base_component_1_0_0_t mca_hook_ucx_crypto_component = {
    .hookm_version =
        {
            OMPI_HOOK_BASE_VERSION_1_0_0,
            .mca_component_name = "ucx_crypto",
            MCA_BASE_MAKE_VERSION(component, OMPI_MAJOR_VERSION, OMPI_MINOR_VERSION,
                                  OMPI_RELEASE_VERSION),
            .mca_open_component = open_component,
        },
    .hookm_data = {MCA_BASE_METADATA_PARAM_CHECKPOINT},
    .hookm_mpi_init_bottom = check,
};
