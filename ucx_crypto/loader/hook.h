/* The two halves of Open MPI's hook component: hook.cc decides, hook_component.c knows Open MPI. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* Implemented in hook.cc, called by Open MPI through the component. */
void ucx_crypto_hook_open(void);
void ucx_crypto_hook_check(void);

/* Implemented in hook_component.c: what Open MPI has selected once MPI_Init is nearly done. Names
 * live as long as their components; null: none. */
const char* ucx_crypto_selected_pml(void);
const char* ucx_crypto_foreign_osc(void);  /* that could serve a window in clear */
const char* ucx_crypto_foreign_btl(void);  /* that has a module beside self and shared memory */
const char* ucx_crypto_foreign_coll(void); /* that talks to a network by itself */

int ucx_crypto_on_one_host(void); /* all processes of this job are on this host */

#ifdef __cplusplus
}
#endif
