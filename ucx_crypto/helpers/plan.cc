#include "ucx_crypto/helpers/plan.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "ucx_crypto/helpers/pool.h"

namespace ucx_crypto::helpers {
namespace {

/// Larger than any machine; keeps a wrong list from filling memory.
constexpr unsigned kMaxProcessor = 1U << 16;

template <typename Number>
bool take_number(std::string_view& text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return error == std::errc();
}

bool includes(const ProcessorSet& all, const ProcessorSet& some) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

/// What is left of the cores when every rank has its own.
struct Share {
    std::vector<ProcessorSet> free;  ///< cores in no rank's binding
    size_t floating = 0;             ///< ranks that need one of them and may be on any
    size_t ranks = 0;                ///< that these cores serve
};

Share share_out(const Situation& situation) {
    ProcessorSet all;
    for (const ProcessorSet& core : situation.cores) {
        all.insert(core.begin(), core.end());
    }
    std::vector<ProcessorSet> bindings = situation.siblings;
    bindings.push_back(situation.binding);
    Share share;
    ProcessorSet bound;
    for (const ProcessorSet& binding : bindings) {
        if (!meet(binding, all)) {
            continue;  // on another NUMA node
        }
        ++share.ranks;
        if (includes(binding, all)) {
            ++share.floating;
        } else {
            bound.insert(binding.begin(), binding.end());
        }
    }
    // Ranks that were not found are where we cannot see: each takes as much as this one.
    const size_t unseen =
        situation.local_ranks > bindings.size() ? situation.local_ranks - bindings.size() : 0;
    const bool own_floats = includes(situation.binding, all);
    const auto own_cores = static_cast<size_t>(
        std::count_if(situation.cores.begin(), situation.cores.end(),
                      [&](const ProcessorSet& core) { return meet(core, situation.binding); }));
    share.ranks += unseen;
    share.floating += unseen * (own_floats ? 1 : own_cores);
    std::copy_if(situation.cores.begin(), situation.cores.end(), std::back_inserter(share.free),
                 [&bound](const ProcessorSet& core) { return !meet(core, bound); });
    return share;
}

std::string count(size_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

}  // namespace

bool meet(const ProcessorSet& a, const ProcessorSet& b) {
    return std::any_of(a.begin(), a.end(), [&b](unsigned each) { return b.contains(each); });
}

Result<Setting> parse_setting(const std::string& text) {
    if (text == "auto") {
        return Setting{};
    }
    std::string_view rest = text;
    Setting setting{false, 0};
    if (!take_number(rest, setting.count) || !rest.empty() || setting.count > kMaxHelpers) {
        return Error(ErrorCode::kInvalidArgument,
                     "UCX_CRYPTO_NUM_HELPERS: expected auto or a number from 0 to " +
                         std::to_string(kMaxHelpers) + ", found \"" + text + "\"");
    }
    return setting;
}

std::string to_string(const ProcessorSet& processors) {
    std::string text;
    for (auto it = processors.begin(); it != processors.end();) {
        const unsigned first = *it;
        unsigned last = first;
        while (++it != processors.end() && *it == last + 1) {
            last = *it;
        }
        text.append(text.empty() ? "" : ",").append(std::to_string(first));
        if (last != first) {
            text.append("-").append(std::to_string(last));
        }
    }
    return text;
}

Result<ProcessorSet> parse_processors(std::string_view text) {
    ProcessorSet processors;
    std::string_view rest = text;
    while (!rest.empty()) {
        unsigned first = 0;
        bool good = take_number(rest, first);
        unsigned last = first;
        if (good && rest.starts_with('-')) {
            rest.remove_prefix(1);
            good = take_number(rest, last);
        }
        good = good && first <= last && last < kMaxProcessor &&
               (rest.empty() || (rest.starts_with(',') && rest.size() > 1));
        if (!good) {
            return Error(ErrorCode::kInvalidArgument,
                         "expected a list of processors like 0-3,8, "
                         "found \"" +
                             std::string(text) + "\"");
        }
        for (unsigned each = first; each <= last; ++each) {
            processors.insert(processors.end(), each);
        }
        rest.remove_prefix(rest.empty() ? 0 : 1);
    }
    return processors;
}

Plan make_plan(const Setting& setting, const Situation& situation) {
    const Share share = share_out(situation);
    Plan plan;
    for (const ProcessorSet& core : share.free) {
        plan.processors.insert(core.begin(), core.end());
    }
    if (!setting.automatic) {
        plan.helpers = setting.count;
        plan.reason = "as UCX_CRYPTO_NUM_HELPERS says";
        return plan;
    }
    const size_t left = share.free.size() - std::min(share.free.size(), share.floating);
    plan.reason = count(left, "core") + " of " + std::to_string(situation.cores.size()) +
                  " beside " + count(share.ranks, "rank");
    if (left < share.ranks || left == 0) {
        plan.reason += ": none for a helper of each";
        return plan;
    }
    // What is measured is a moment only, and a rank may wait for others in it.
    constexpr double kIdleEnough = 0.7;
    if (situation.idle && *situation.idle < kIdleEnough * static_cast<double>(share.ranks)) {
        plan.reason += ", but something else has work for them";
        return plan;
    }
    plan.helpers = 1;
    return plan;
}

}  // namespace ucx_crypto::helpers
