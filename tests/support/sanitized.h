// Whether this translation unit is compiled for a sanitizer that has an allocator of its own and
// slows all down.
#pragma once

#if !defined(__has_feature)  // clang's way to tell
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UCX_CRYPTO_SANITIZED 1
#else
#define UCX_CRYPTO_SANITIZED 0
#endif
