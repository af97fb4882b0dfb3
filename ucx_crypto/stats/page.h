// One page of memory per interface, which other processes of the same user can read.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "ucx_crypto/base/unique_fd.h"
#include "ucx_crypto/stats/counters.h"

namespace ucx_crypto::stats {

inline constexpr size_t kPageSize = 4096;
inline constexpr uint64_t kPageMagic = 0x3153544154534355;  // "UCSTATS1"
inline constexpr uint64_t kNoRank = UINT64_MAX;
/// The name of the pages' memory: what /proc/PID/fd shows of it.
inline constexpr char kPageName[] = "ucx-crypto-stats";

/// Text of at most kSize - 1 bytes that may be read while it is written: then it is a mixture.
template <size_t kSize>
class Text {
  public:
    void set(std::string_view text) {
        std::array<char, kSize> bytes{};
        std::memcpy(bytes.data(), text.data(), std::min(text.size(), kSize - 1));
        for (size_t i = 0; i < words_.size(); ++i) {
            uint64_t word = 0;
            std::memcpy(&word, &bytes[i * sizeof(word)], sizeof(word));
            words_[i].store(word, std::memory_order_relaxed);
        }
    }
    /// The bytes up to a zero, whatever they are.
    std::string get() const {
        std::array<char, kSize> bytes;
        for (size_t i = 0; i < words_.size(); ++i) {
            const uint64_t word = words_[i].load(std::memory_order_relaxed);
            std::memcpy(&bytes[i * sizeof(word)], &word, sizeof(word));
        }
        return {bytes.data(), strnlen(bytes.data(), kSize)};
    }

  private:
    static_assert(kSize % sizeof(uint64_t) == 0);
    std::array<std::atomic<uint64_t>, kSize / sizeof(uint64_t)> words_{};
};

/// A hash of the fields: who reads must know the same ones. FNV-1a.
constexpr uint64_t layout_of_fields() {
    uint64_t hash = 0xcbf29ce484222325;
    for (const Field& field : kFields) {
        for (const char letter : field.name) {
            hash = (hash ^ static_cast<uint8_t>(letter)) * 0x100000001b3;
        }
        hash = (hash ^ '\n') * 0x100000001b3;
    }
    return hash;
}

/// What the memory holds. Nothing in it is secret, and its process never reads anything but its own
/// counters from it, to print and to count on.
struct Page {
    std::atomic<uint64_t> magic;   ///< kPageMagic, written when the rest is there
    std::atomic<uint64_t> layout;  ///< layout_of_fields()
    std::atomic<uint64_t> pid;   ///< in its own PID namespace; a forked child has its parent's page
    std::atomic<uint64_t> rank;  ///< as the launcher gave it, or kNoRank
    std::atomic<uint64_t> opened;  ///< seconds since 1970
    Text<24> transport;
    Text<64> device;
    Text<24> algorithm;
    Text<64> aead;  ///< which implementation; empty before the first connection
    std::array<std::atomic<uint64_t>, 5> unused;
    Counters counters;
};
static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint64_t>) == sizeof(uint64_t));
static_assert(offsetof(Page, transport) == 40 && offsetof(Page, device) == 64 &&
              offsetof(Page, algorithm) == 128 && offsetof(Page, aead) == 152 &&
              offsetof(Page, counters) == 256);
static_assert(sizeof(Page) <= kPageSize);

struct Description {
    std::string transport;
    std::string device;
    std::string algorithm;
    std::optional<uint32_t> rank;
};

/// Memory of this process alone to write: sealed, so that nobody else can write to it, shorten it,
/// or bring it into the filesystem. It ends with its process. Where the system does not give such
/// memory, the page is one that only its process sees, which is said once.
class OwnPage {
  public:
    explicit OwnPage(const Description& description);
    ~OwnPage();
    OwnPage(const OwnPage&) = delete;
    OwnPage& operator=(const OwnPage&) = delete;

    Page& page() { return *page_; }
    bool shared() const { return memory_.valid(); }

  private:
    UniqueFd memory_;  // kept open: /proc/PID/fd is where others find it
    Page* page_;
};

}  // namespace ucx_crypto::stats
