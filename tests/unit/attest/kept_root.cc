#include "tests/unit/attest/kept_root.h"

#include <fcntl.h>
#include <sys/file.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "ucx_crypto/base/unique_fd.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

namespace {

namespace fs = std::filesystem;

emulated::InitResult make_root(const std::string& directory) {
    auto root = emulated::create_root(directory);
    INFO((root.ok() ? "" : root.error().message()));
    REQUIRE(root.ok());
    return std::move(root).value();
}

}  // namespace

emulated::InitResult kept_root(const std::string& directory) {
    const fs::path program = fs::read_symlink("/proc/self/exe");
    const fs::path kept = program.string() + "_root";
    const UniqueFd lock(
        open((kept.string() + ".lock").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    if (!lock.valid()) {
        return make_root(directory);  // a program that somebody else has built
    }
    REQUIRE(flock(lock.get(), LOCK_EX) == 0);
    const fs::path last = kept / emulated::kDomainKeyFile;
    if (!fs::exists(last) || fs::last_write_time(last) < fs::last_write_time(program)) {
        fs::remove_all(kept);
        make_root(kept);
    }
    fs::copy(kept, directory);
    return {directory, fs::path(directory) / emulated::kPolicyFile,
            fs::path(directory) / emulated::kDomainKeyFile};
}
