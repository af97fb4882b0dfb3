// The one place that pulls in UCX's headers, and what differs between its versions.
#pragma once

// UCX's configuration, as the running version prints it (ucx_info -b), decides structure layouts.
#include <config.h>

extern "C" {
#include <ucs/async/async.h>
#include <ucs/datastruct/arbiter.h>
#include <ucs/debug/log.h>
#include <ucs/sys/sock.h>
#include <uct/base/uct_iface.h>
#include <uct/base/uct_md.h>
#include <uct/base/uct_worker.h>
#include <uct/tcp/tcp.h>
}

#include "ucx_crypto/base/result.h"

namespace ucx_crypto::uct {

/// Holds the worker's asynchronous context, so that its thread stays out of the engine.
class AsyncBlock {
  public:
    explicit AsyncBlock(ucs_async_context_t* context) : context_(context) {
        UCS_ASYNC_BLOCK(context_);
    }
    ~AsyncBlock() { UCS_ASYNC_UNBLOCK(context_); }
    AsyncBlock(const AsyncBlock&) = delete;
    AsyncBlock& operator=(const AsyncBlock&) = delete;

  private:
    ucs_async_context_t* context_;
};

ucs_status_t to_ucs_status(ErrorCode code);

/// Directs the project's log to UCX's, at UCX_LOG_LEVEL.
void use_ucx_log();

}  // namespace ucx_crypto::uct
