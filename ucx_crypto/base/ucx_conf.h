// What UCX's configuration file says of transports. Uses the standard library only, since the
// preload library is built from it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ucx_crypto {

/// The file that UCX reads from the working directory, which may belong to anybody
/// (src/ucs/config/parser.c, ucs_config_parse_config_files).
inline constexpr const char* kUcxConf = "ucx.conf";

/// Variables that is_transport_list() with their values, as the lines "NAME = VALUE" of `path` set
/// them; none where there is no such file. UCX takes lines that this does not understand for
/// others: a help for messages, while the fence is what holds.
std::vector<std::pair<std::string, std::string>> transport_lists_in_file(const char* path);

}  // namespace ucx_crypto
