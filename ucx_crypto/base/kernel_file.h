#pragma once

#include <string>

namespace ucx_crypto {

/// Text of a file that the kernel makes when it is read (/proc, /sys). What had been read when it
/// ended or failed, nothing where it cannot be opened: a process in /proc may go between open and
/// read, which is no error of its reader's (a std::filebuf throws there).
std::string read_kernel_file(const std::string& path);

}  // namespace ucx_crypto
