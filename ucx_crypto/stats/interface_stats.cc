#include "ucx_crypto/stats/interface_stats.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <vector>

#include "ucx_crypto/base/fork_sentinel.h"
#include "ucx_crypto/base/log.h"
#include "ucx_crypto/stats/text.h"

namespace ucx_crypto::stats {
namespace {

/// Never destroyed: interfaces may be closed while the process's statics are.
struct Reporting {
    std::mutex mutex;
    std::vector<InterfaceStats*> open;
    bool at_exit = false;
};

Reporting& reporting() {
    static Reporting* const the_reporting = new Reporting;
    return *the_reporting;
}

Error cannot_write(const std::string& path, const std::string& found) {
    return Error(ErrorCode::kIo,
                 "UCX_CRYPTO_STATS: expected to append to the file " + path + ", found: " + found);
}

/// A regular file of this user's, made where there is none.
Result<UniqueFd> open_report(const std::string& path) {
    UniqueFd file(
        open(path.c_str(),
             O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
             S_IRUSR | S_IWUSR));
    struct stat status {};
    if (!file.valid() || fstat(file.get(), &status) != 0) {
        return cannot_write(path, std::strerror(errno));
    }
    // Another name of one of this user's files may be somebody else's doing.
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_nlink != 1) {
        return cannot_write(path,
                            "something else than a regular file of this user's with one name");
    }
    return file;
}

/// In one piece where the system lets it, so that ranks do not mix their lines.
Status write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::write(file, text.data(), text.size());
        if (size < 0 && errno != EINTR) {
            return Error(ErrorCode::kIo, std::strerror(errno));
        }
        text.remove_prefix(static_cast<size_t>(std::max<ssize_t>(size, 0)));
    }
    return success();
}

Status write_report(const Report& report, const Snapshot& snapshot) {
    const Origin origin{host_name(), snapshot.pid, printable(program_invocation_short_name)};
    if (report.file.empty()) {
        return write_all(STDERR_FILENO, to_lines(origin, snapshot));
    }
    const std::string path = expand(report.file, origin.host, snapshot.pid, snapshot.rank);
    const UniqueFd file = UCX_CRYPTO_TRY(open_report(path));
    const Status written = write_all(file.get(), to_json(origin, snapshot) + "\n");
    return written.ok() ? success() : Status(cannot_write(path, written.error().message()));
}

void report_at_exit() {
    InterfaceStats::report_all();
}

}  // namespace

Report Report::parse(const std::string& setting) {
    for (const char* no : {"", "n", "no", "off", "0"}) {
        if (strcasecmp(setting.c_str(), no) == 0) {
            return {};
        }
    }
    for (const char* yes : {"y", "yes", "on", "1"}) {
        if (strcasecmp(setting.c_str(), yes) == 0) {
            return {true, ""};
        }
    }
    return {true, setting};
}

std::string expand(const std::string& pattern, const std::string& host, uint32_t pid,
                   std::optional<uint32_t> rank) {
    std::string result;
    for (size_t i = 0; i < pattern.size(); ++i) {
        const char next = pattern[i] == '%' && i + 1 < pattern.size() ? pattern[i + 1] : '\0';
        switch (next) {
            case 'h':
                result += host;
                break;
            case 'p':
                result += std::to_string(pid);
                break;
            case 'r':
                result += rank ? std::to_string(*rank) : "none";
                break;
            case '%':
                result += '%';
                break;
            default:
                result += pattern[i];
                continue;
        }
        ++i;
    }
    return result;
}

InterfaceStats::InterfaceStats(const Description& description, Report report)
    : page_(description), report_(std::move(report)) {
    if (!report_.wanted || !in_original_process()) {
        return;
    }
    listed_ = true;
    const std::lock_guard lock(reporting().mutex);
    reporting().open.push_back(this);
    if (!std::exchange(reporting().at_exit, true)) {
        std::atexit(report_at_exit);
    }
}

InterfaceStats::~InterfaceStats() {
    if (!listed_ || !in_original_process()) {
        return;  // a forked child's copy of the mutex may be locked for ever
    }
    const std::lock_guard lock(reporting().mutex);
    report_once();
    std::erase(reporting().open, this);
}

void InterfaceStats::report_once() {
    if (!std::exchange(report_.wanted, false)) {
        return;
    }
    const auto snapshot = read(page_.page());
    const Status written =
        snapshot.ok() ? write_report(report_, *snapshot) : Status(snapshot.error());
    if (!written.ok()) {
        UCX_CRYPTO_WARN("%s", written.error().message().c_str());
    }
}

void InterfaceStats::report_all() {
    if (!in_original_process()) {
        return;
    }
    const std::lock_guard lock(reporting().mutex);
    for (InterfaceStats* stats : reporting().open) {
        stats->report_once();
    }
}

}  // namespace ucx_crypto::stats
