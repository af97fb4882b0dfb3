#include "ucx_crypto/stats/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "ucx_crypto/base/kernel_file.h"

namespace ucx_crypto::stats {
namespace {

struct CloseFolder {
    void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

std::optional<uint32_t> number(std::string_view text) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(value) : std::nullopt;
}

/// The entries of `path` that are numbers.
Result<std::vector<uint32_t>> numbers_in(const std::string& path) {
    const Folder folder(opendir(path.c_str()));
    if (!folder) {
        const int reason = errno;
        const bool refused = reason == EACCES || reason == EPERM;
        return Error(refused            ? ErrorCode::kPermission
                     : reason == ENOENT ? ErrorCode::kNotFound
                                        : ErrorCode::kIo,
                     "expected to read " + path + ", found: " + std::strerror(reason) +
                         (refused ? "; ask as the process's user or as root" : ""));
    }
    std::vector<uint32_t> numbers;
    while (const dirent* entry = readdir(folder.get())) {
        if (const auto value = number(entry->d_name)) {
            numbers.push_back(*value);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

std::string command_of(const std::string& process) {
    std::string command = read_kernel_file(process + "/comm");
    command.erase(std::find(command.begin(), command.end(), '\n'), command.end());
    return printable(std::move(command));
}

/// The PID of a process in the innermost namespace that it is in.
std::optional<uint32_t> own_pid_of(const std::string& process) {
    const std::string status = read_kernel_file(process + "/status");
    const size_t line = status.find("\nNSpid:");
    if (line == std::string::npos) {
        return std::nullopt;
    }
    const size_t end = std::min(status.find('\n', line + 1), status.size());
    const size_t last = status.find_last_of("\t ", end - 1);
    return number(std::string_view(status).substr(last + 1, end - last - 1));
}

/// Whether what `path` leads to has the name of a page.
bool is_named_as_page(const std::string& path) {
    char target[64];
    const std::string expected = std::string("/memfd:") + kPageName + " ";
    const ssize_t length = readlink(path.c_str(), target, sizeof target);
    return length >= 0 &&
           std::string_view(target, static_cast<size_t>(length)).starts_with(expected);
}

/// The page that the descriptor at `path` is, or nothing.
///
/// Its process may put something else there at any time, a device that does something when it is
/// opened: what has been looked at is held without opening it (O_PATH), and that is opened.
UniqueFd open_page(const std::string& path, uint64_t& serial) {
    if (!is_named_as_page(path)) {
        return {};  // nearly all descriptors are something else, for one call each
    }
    const UniqueFd held(open(path.c_str(), O_PATH | O_CLOEXEC));
    const std::string ours = "/proc/self/fd/" + std::to_string(held.get());
    struct stat status {};
    if (!held.valid() || !is_named_as_page(ours) || fstat(held.get(), &status) != 0 ||
        !S_ISREG(status.st_mode)) {
        return {};
    }
    serial = status.st_ino;
    return UniqueFd(open(ours.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

void look_into(uint32_t pid, const std::vector<uint32_t>& descriptors, Census& census) {
    const std::string process = "/proc/" + std::to_string(pid);
    const size_t first = census.interfaces.size();
    for (const uint32_t descriptor : descriptors) {
        uint64_t serial = 0;
        const UniqueFd memory = open_page(process + "/fd/" + std::to_string(descriptor), serial);
        if (!memory.valid()) {
            continue;
        }
        auto snapshot = read(memory);
        if (!snapshot.ok()) {
            census.other_versions += snapshot.error().code() == ErrorCode::kUnsupported ? 1 : 0;
            continue;
        }
        const bool known = std::any_of(
            census.interfaces.begin() + static_cast<ptrdiff_t>(first), census.interfaces.end(),
            [serial](const Found& found) { return found.serial == serial; });
        // A forked child has its parent's descriptors, and no connection.
        if (!known && own_pid_of(process) == snapshot->pid) {
            census.interfaces.push_back(
                {pid, command_of(process), serial, std::move(snapshot).value()});
        }
    }
    std::stable_sort(
        census.interfaces.begin() + static_cast<ptrdiff_t>(first), census.interfaces.end(),
        [](const Found& a, const Found& b) { return a.snapshot.opened < b.snapshot.opened; });
}

}  // namespace

Result<Census> find_interfaces(std::optional<uint32_t> pid) {
    Census census;
    if (pid) {
        auto descriptors = numbers_in("/proc/" + std::to_string(*pid) + "/fd");
        if (!descriptors.ok()) {
            return std::move(descriptors).error().in("process " + std::to_string(*pid));
        }
        look_into(*pid, *descriptors, census);
        return census;
    }
    const std::vector<uint32_t> processes = UCX_CRYPTO_TRY(numbers_in("/proc"));
    for (const uint32_t process : processes) {
        const auto descriptors = numbers_in("/proc/" + std::to_string(process) + "/fd");
        if (descriptors.ok()) {
            look_into(process, *descriptors, census);
        }
    }
    return census;
}

}  // namespace ucx_crypto::stats
