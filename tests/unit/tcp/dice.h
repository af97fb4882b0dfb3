// Choices that a seed repeats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string_view>

namespace ucx_crypto::tcp {

class Dice {
  public:
    explicit Dice(uint32_t seed) : generator_(seed) {}

    /// Below `count`. The library's distributions are not the same everywhere.
    unsigned below(size_t count) { return static_cast<unsigned>(generator_() % count); }
    bool one_in(unsigned count) { return below(count) == 0; }
    /// One of a table's actions, more often the larger its weight.
    template <typename Table>
    const auto& action_of(const Table& table) {
        unsigned total = 0;
        for (const auto& action : table) {
            total += action.weight;
        }
        unsigned left = below(total);
        auto action = std::begin(table);
        while (left >= action->weight) {
            left -= action++->weight;
        }
        return *action;
    }

  private:
    std::mt19937 generator_;
};

/// Something that one who acts at random may do.
template <typename... Arguments>
struct RandomAction {
    std::string_view name;
    unsigned weight;
    void (*act)(Arguments...);
};

}  // namespace ucx_crypto::tcp
