// What of keys stays in memory that a core dump has, once nothing needs it.
#include <openssl/ssl.h>

#include <fstream>

#include "support.h"
#include "ucx_crypto/record/key_schedule.h"

namespace ucx_crypto::channel {
namespace {

/// Writable memory that goes into a core dump.
std::vector<ByteView> dumped_memory() {
    std::vector<ByteView> ranges;
    std::ifstream maps("/proc/self/smaps");
    bool taken = false;
    for (std::string line; std::getline(maps, line);) {
        // "begin-end mode ...", or a line that says more of the range before it.
        char* rest = nullptr;
        const uintptr_t begin = std::strtoul(line.c_str(), &rest, 16);
        if (rest != line.c_str() && *rest == '-') {
            const uintptr_t end = std::strtoul(rest + 1, &rest, 16);
            taken = std::string_view(rest).starts_with(" rw");
            if (taken) {
                ranges.emplace_back(reinterpret_cast<const uint8_t*>(begin), end - begin);
            }
        } else if (taken && line.starts_with("VmFlags:") && line.find(" dd") != std::string::npos) {
            ranges.pop_back();  // MADV_DONTDUMP
        }
    }
    return ranges;
}

bool is_dumped(ByteView secret) {
    for (const ByteView range : dumped_memory()) {
        if (memmem(range.data(), range.size(), secret.data(), secret.size()) != nullptr) {
            return true;
        }
    }
    return false;
}

std::vector<SecretBytes>& derived() {
    static std::vector<SecretBytes> secrets;
    return secrets;
}

uint8_t digit(char c) {
    return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10);
}

/// Keeps what TLS derives, as this and nothing else can tell it.
void keep(const SSL* ssl, const char* line) {
    const char* hex = std::strrchr(line, ' ') + 1;
    SecretBytes secret(std::strlen(hex) / 2);
    for (size_t i = 0; i < secret.size(); ++i) {
        secret.expose_for_writing()[i] =
            static_cast<uint8_t>(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    }
    derived().push_back(std::move(secret));
    handshake::TlsSession::on_secret(ssl, line);
}

record::TrafficSecret traffic_secret(const SecretBytes& secret, aead::Choice choice) {
    return {aead::Algorithm::kAes256Gcm, SecretBytes::copy_of(secret.expose()), choice};
}

/// A secret to look for below the caller's frame, where functions that have returned leave what
/// they had: before anything else overwrites it, and without putting it there.
class StackSearch {
  public:
    explicit StackSearch(ByteView secret) : masked_(to_bytes(secret)) {
        for (uint8_t& byte : masked_) {
            byte ^= kMask;
        }
    }
    [[gnu::noinline]] static void clear() {
        std::array<uint8_t, kDepth> below;
        wipe(below);
    }
    [[gnu::noinline]] bool finds() const {
        const volatile uint8_t* below =
            static_cast<const uint8_t*>(__builtin_frame_address(0)) - kDepth;
        for (size_t i = 0; i + masked_.size() <= kDepth; ++i) {
            size_t same = 0;
            while (same < masked_.size() &&
                   static_cast<uint8_t>(below[i + same] ^ kMask) == masked_[same]) {
                ++same;
            }
            if (same == masked_.size()) {
                return true;
            }
        }
        return false;
    }

  private:
    static constexpr size_t kDepth = 64 * 1024;
    static constexpr uint8_t kMask = 0x5a;
    Bytes masked_;
};

void use(record::Sealer& sealer, record::Opener& opener, int records) {
    Bytes wire(4096);
    for (int i = 0; i < records; ++i) {
        const ByteView part = as_bytes("data");
        const size_t size = sealer.seal(record::RecordType::kData, {&part, 1}, wire).value();
        MutableByteView rest = MutableByteView(wire).first(size);
        while (!rest.empty()) {
            rest = rest.subspan(opener.open(rest).value()->consumed);
        }
    }
}

/// Whether the implementation keeps a key that is in use in memory of its own, not in ours.
bool keeps_keys(aead::Choice choice) {
    return choice == aead::Choice::kOpenssl || choice == aead::Choice::kGcrypt;
}

}  // namespace

TEST_CASE("TLS leaves none of its secrets in memory once the handshake is over") {
    const auto client = make_identity();
    const auto server = make_identity();
    for (const auto& identity : {client, server}) {
        const auto process = std::dynamic_pointer_cast<ProcessIdentity>(identity);
        SSL_CTX_set_keylog_callback(process->local().tls.get(), keep);
    }
    Ends ends(client, server);
    SECTION("opened") {
        ends.run();
        REQUIRE(ends.both_open());
    }
    SECTION("given up after the second flight") {
        REQUIRE(give(*ends.server, take_output(*ends.client)).ok());
        REQUIRE(give(*ends.client, take_output(*ends.server)).ok());
        ends.client.reset();
        ends.server.reset();
    }
    // Both ends': traffic of handshake and application in two directions, and the exporter's.
    REQUIRE(derived().size() >= 8);
    for (const SecretBytes& secret : derived()) {
        CHECK_FALSE(is_dumped(secret.expose()));
    }
    derived().clear();
}

TEST_CASE("A key that has been replaced is nowhere any more") {
    const aead::Candidate candidate = GENERATE(from_range(
        std::vector<aead::Candidate>(aead::candidates().begin(), aead::candidates().end())));
    if (candidate.find() == nullptr) {
        return;
    }
    INFO(candidate.name);
    const aead::Choice choice = candidate.choice;
    const SecretBytes secret = SecretBytes::random(record::kTrafficSecretSize);
    const auto schedule = record::KeySchedule::create(traffic_secret(secret, choice)).value();
    const auto keys = schedule.keys().value();
    const SecretBytes& first = keys.key;
    const record::EpochLimits limits{1 << 20, 4};
    const StackSearch first_on_stack(first.expose());
    const StackSearch secret_on_stack(secret.expose());
    StackSearch::clear();
    auto sealer = record::Sealer::create(traffic_secret(secret, choice), 1024, limits).value();
    auto opener = record::Opener::create(traffic_secret(secret, choice), 1024, limits).value();
    use(sealer, opener, 1);
    const bool left_first = first_on_stack.finds();
    const bool left_secret = secret_on_stack.finds();
    CHECK_FALSE(left_first);
    CHECK_FALSE(left_secret);
    CHECK(is_dumped(first.expose()) == keeps_keys(choice));
    use(sealer, opener, 4);
    REQUIRE(sealer.epoch() == 1);
    REQUIRE(opener.epoch() == 1);
    CHECK_FALSE(is_dumped(first.expose()));
    CHECK_FALSE(is_dumped(secret.expose()));
}

}  // namespace ucx_crypto::channel
