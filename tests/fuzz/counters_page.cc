// A page of counters, which is another process's.
#include "tests/fuzz/target.h"
#include "ucx_crypto/stats/snapshot.h"
#include "ucx_crypto/stats/text.h"

namespace ucx_crypto::fuzz {
namespace {

/// `input` as a page, with zeros behind it.
std::unique_ptr<stats::Page> page_of(ByteView input) {
    auto page = std::make_unique<stats::Page>();
    std::memcpy(static_cast<void*>(page.get()), input.data(),
                std::min(input.size(), sizeof(stats::Page)));
    return page;
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char letter) { return letter >= ' ' && letter <= '~'; });
}

}  // namespace

void one_input(ByteView input) {
    const auto page = page_of(input);
    const auto snapshot = stats::read(*page);
    if (!snapshot.ok()) {
        return;
    }
    const std::string json = stats::to_json({"host", 1, "command"}, *snapshot);
    UCX_CRYPTO_PROMISE(is_printable(json));
    // No text of the page ends a string of the JSON, or begins another: two quotes for each name
    // and text, and none more.
    constexpr size_t kNames = 10 + stats::kCounters;
    constexpr size_t kTexts = 6;
    UCX_CRYPTO_PROMISE(static_cast<size_t>(std::count(json.begin(), json.end(), '"')) ==
                       2 * (kNames + kTexts));
    UCX_CRYPTO_PROMISE(json.find('\\') == std::string::npos);
    std::string lines = stats::to_lines({"host", 1, "command"}, *snapshot);
    std::erase(lines, '\n');
    UCX_CRYPTO_PROMISE(is_printable(lines));
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> all;
    for (const char* text : {"crypto_tcp", "", "\x1b[2J", "a\"", "0123456789012345678901234567"}) {
        stats::Page page{};
        page.magic = stats::kPageMagic;
        page.layout = stats::layout_of_fields();
        page.pid = 1;
        page.rank = stats::kNoRank;
        page.transport.set(text);
        page.device.set("eth0");
        page.counters.add(stats::Counter::kSeals, UINT64_MAX);
        const auto* bytes = reinterpret_cast<const uint8_t*>(&page);
        all.emplace_back(bytes, bytes + sizeof page);
    }
    return all;
}

}  // namespace ucx_crypto::fuzz
