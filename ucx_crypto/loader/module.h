// Finding and loading the UCT module, and the end of a process that may not go on without it.
#pragma once

#include <string>

namespace ucx_crypto::loader {

inline constexpr const char* kModuleFile = "libuct_crypto.so.0";
/// Folder of the shared object that contains `symbol`, without symbolic links; empty on failure.
std::string folder_of(const void* symbol);

/// Loads `folder`/libuct_crypto.so.0 for good, once; its constructor registers the transports and
/// raises the fence. Returns what went wrong, or an empty string. `handle` may be null.
std::string load_module(const std::string& folder, void** handle);

/// Prints one message and ends the process with status 1, without running any destructor: nothing
/// may be sent any more.
[[noreturn]] void end_process(const std::string& message);

}  // namespace ucx_crypto::loader
