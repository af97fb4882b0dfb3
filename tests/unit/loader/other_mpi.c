/* An MPI library other than Open MPI: it takes UCX when OTHER_MPI_TAKES_UCX is set, and else goes
 * round it. */
#include <stdlib.h>

#include <ucp/api/ucp.h>

static int take_ucx(void) {
    ucp_params_t params = {.field_mask = UCP_PARAM_FIELD_FEATURES, .features = UCP_FEATURE_TAG};
    ucp_worker_params_t worker_params = {.field_mask = 0};
    ucp_config_t* config;
    ucp_context_h context;
    ucp_worker_h worker;
    if (ucp_config_read(NULL, NULL, &config) != UCS_OK ||
        ucp_init(&params, config, &context) != UCS_OK ||
        ucp_worker_create(context, &worker_params, &worker) != UCS_OK) {
        return 1;
    }
    return 0;
}

int PMPI_Init(int* count, char*** arguments) {
    (void)count;
    (void)arguments;
    return getenv("OTHER_MPI_TAKES_UCX") != NULL ? take_ucx() : 0;
}

int MPI_Init(int* count, char*** arguments) {
    return PMPI_Init(count, arguments);
}

int PMPI_Init_thread(int* count, char*** arguments, int required, int* provided) {
    *provided = required;
    return PMPI_Init(count, arguments);
}

int MPI_Init_thread(int* count, char*** arguments, int required, int* provided) {
    return PMPI_Init_thread(count, arguments, required, provided);
}
