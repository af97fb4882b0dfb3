#include "ucx_crypto/aead/selection.h"

#include <map>
#include <mutex>
#include <optional>

#include "ucx_crypto/aead/calibration.h"
#include "ucx_crypto/base/log.h"

namespace ucx_crypto::aead {
namespace {

/// Of the calibration; with the self tests a process spends about twice that.
constexpr std::chrono::microseconds kCalibrationLimit(1500);

Result<Selection> select_named(const Candidate& candidate, Algorithm algorithm) {
    const auto unusable = [&candidate](const std::string& found) {
        return Error(ErrorCode::kUnsupported, "UCX_CRYPTO_AEAD: expected to use " +
                                                  std::string(candidate.name) + ", found " + found +
                                                  "; set it to auto or unset it");
    };
    const Provider* provider = candidate.find();
    if (provider == nullptr) {
        return unusable("none here: it takes " + std::string(candidate.requirement));
    }
    if (!provider->supports(algorithm)) {
        return unusable("that it has no " + std::string(to_string(algorithm)));
    }
    if (const Status passed = tested(*provider); !passed.ok()) {
        return unusable(passed.error().message());
    }
    return Selection{algorithm, provider, provider};
}

Result<Selection> select_quickest(std::span<const Candidate> known, Algorithm algorithm) {
    std::vector<const Provider*> usable;
    for (const Candidate& candidate : known) {
        const Provider* provider = candidate.find();
        if (provider != nullptr && provider->supports(algorithm) && tested(*provider).ok()) {
            usable.push_back(provider);
        }
    }
    if (usable.empty()) {
        return Error(ErrorCode::kInternal, "expected an implementation of " +
                                               std::string(to_string(algorithm)) +
                                               " that passes its self test, found none; do not use "
                                               "this machine before its libraries are mended");
    }
    const auto timings = UCX_CRYPTO_TRY(measure(usable, algorithm, kCalibrationLimit));
    const Decision decision = timings.empty() ? Decision{} : decide(timings);
    return Selection{algorithm, usable[decision.small], usable[decision.large],
                     decision.first_large};
}

}  // namespace

Status tested(const Provider& provider) {
    static std::mutex mutex;
    static std::map<const Provider*, Status> outcomes;
    const std::lock_guard lock(mutex);
    const auto known = outcomes.find(&provider);
    if (known != outcomes.end()) {
        return known->second;
    }
    const Status outcome = self_test(provider);
    if (!outcome.ok()) {
        UCX_CRYPTO_ERROR("%s is not used: %s", provider.description().c_str(),
                         outcome.error().message().c_str());
    }
    outcomes.emplace(&provider, outcome);
    return outcome;
}

Result<Selection> select(std::span<const Candidate> known, Algorithm algorithm, Choice choice) {
    for (const Candidate& candidate : known) {
        if (candidate.choice == choice) {
            return select_named(candidate, algorithm);
        }
    }
    return select_quickest(known, algorithm);
}

Result<Selection> selection(Algorithm algorithm, Choice choice) {
    static std::mutex mutex;
    static std::map<std::pair<Algorithm, Choice>, Result<Selection>> made;
    const std::lock_guard lock(mutex);
    const auto known = made.find({algorithm, choice});
    if (known != made.end()) {
        return known->second;
    }
    auto selected = select(candidates(), algorithm, choice);
    if (selected.ok()) {
        UCX_CRYPTO_DEBUG("%s by %s, records of %zu bytes and more by %s",
                         std::string(to_string(algorithm)).c_str(),
                         selected->small->description().c_str(), selected->first_large,
                         selected->large->description().c_str());
    }
    made.emplace(std::pair(algorithm, choice), selected);
    return selected;
}

std::string to_string(const Selection& selection) {
    const std::string small(selection.small->name());
    const std::string large(selection.large->name());
    return small == large ? small
                          : small + " below " + std::to_string(selection.first_large) + " bytes, " +
                                large + " from there";
}

}  // namespace ucx_crypto::aead
