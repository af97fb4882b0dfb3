#include "ucx_crypto/attest/domain_key.h"

#include <algorithm>

#include "tests/unit/attest/temporary_folder.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;

namespace {

const std::string kKey = "0123456789abcdef0123456789abcdef";

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a domain key is the 32 raw bytes of its file") {
    const TemporaryFolder folder;
    for (const mode_t mode : {0600, 0400}) {
        const auto domain = load_domain_key(folder.write("key", kKey, mode));
        REQUIRE(domain.ok());
        CHECK(as_text(domain->key.expose()) == kKey);
        std::filesystem::remove(folder.path("key"));
    }
}

TEST_CASE("a domain key that group or others can read, write or execute is refused") {
    const TemporaryFolder folder;
    for (const mode_t mode : {0640, 0620, 0610, 0604, 0602, 0601, 0644}) {
        const std::string path = folder.write("key", kKey, mode);
        const auto domain = load_domain_key(path);
        REQUIRE_FALSE(domain.ok());
        CHECK(domain.error().code() == ErrorCode::kPermission);
        CHECK(contains(domain.error().message(), "expected mode 0600"));
        CHECK(contains(domain.error().message(), "chmod 600 " + path));
    }
}

TEST_CASE("a domain key of another size is refused") {
    const TemporaryFolder folder;
    for (const size_t size : {0, 1, 31, 33, 64, 65, 5000}) {
        const auto domain = load_domain_key(folder.write("key", std::string(size, 'k'), 0600));
        REQUIRE_FALSE(domain.ok());
        CHECK(domain.error().code() == ErrorCode::kInvalidArgument);
    }
}

TEST_CASE("a symbolic link, a folder, a FIFO and a missing file are no domain key") {
    const TemporaryFolder folder;
    const std::string key = folder.write("key", kKey, 0600);
    std::filesystem::create_symlink(key, folder.path("link"));
    CHECK(load_domain_key(folder.path("link")).error().code() == ErrorCode::kPermission);
    std::filesystem::create_directory(folder.path("folder"));
    CHECK(load_domain_key(folder.path("folder")).error().code() == ErrorCode::kPermission);
    REQUIRE(mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    CHECK(load_domain_key(folder.path("fifo")).error().code() == ErrorCode::kPermission);
    CHECK(load_domain_key(folder.path("none")).error().code() == ErrorCode::kNotFound);
}

TEST_CASE("a domain key of another user is refused") {
    if (geteuid() != 0) {
        WARN("skipped: only root can give a file to another user");
        return;
    }
    const TemporaryFolder folder;
    const std::string key = folder.write("key", kKey, 0600);
    REQUIRE(chown(key.c_str(), 12345, 12345) == 0);
    CHECK(load_domain_key(key).error().code() == ErrorCode::kPermission);
}

TEST_CASE("a domain id is stable, differs between keys and holds no part of the key") {
    const auto key = SecretBytes::copy_of(as_bytes(kKey));
    const auto id = domain_id_of(key);
    REQUIRE(id.ok());
    CHECK(*id == *domain_id_of(key));
    auto other = SecretBytes::copy_of(as_bytes(kKey));
    other.expose_for_writing()[31] ^= 1;
    CHECK(*id != *domain_id_of(other));
    const ByteView secret = key.expose();
    for (size_t i = 0; i + 4 <= secret.size(); ++i) {
        CHECK(std::search(id->begin(), id->end(), &secret[i], &secret[i] + 4) == id->end());
    }
}
