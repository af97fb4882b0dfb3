#include "ucx_crypto/base/ucx_conf.h"

#include <fstream>
#include <string_view>

#include "ucx_crypto/base/transport_list.h"

namespace ucx_crypto {
namespace {

std::string trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> transport_lists_in_file(const char* path) {
    std::vector<std::pair<std::string, std::string>> found;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const size_t separator = line.find_first_of("=:");
        if (separator == std::string::npos) {
            continue;
        }
        std::string name = trimmed(line.substr(0, separator));
        if (is_transport_list(name) && name.find_first_of("#;[") == std::string::npos) {
            const std::string value = line.substr(separator + 1);
            found.emplace_back(std::move(name), trimmed(value.substr(0, value.find(" ;"))));
        }
    }
    return found;
}

}  // namespace ucx_crypto
