// Rounds of what members and an observer do at random. What goes wrong here is worth a test of its
// own, in hostile_end_test.cc say.
//
// A round is what its number makes of it, but for the members' keys, when the kernel delivers, and
// the timer of messages that are held back: most rounds repeat exactly, some take several runs.
// UCX_CRYPTO_TEST_ROUNDS names those that are run in place of the usual ones: "17", or "0-499".
#include <cstdlib>
#include <iostream>

#include "tests/unit/tcp/random_member.h"
#include "tests/unit/tcp/random_observer.h"
#include "tests/unit/tcp/resources.h"

namespace ucx_crypto::tcp {
namespace {

constexpr int kSteps = 1500;
/// Among the usual rounds each fault that this has found in the engine shows. Other actions make
/// other rounds of them.
constexpr uint32_t kFirstRound = 27;
constexpr uint32_t kUsualRounds = kSanitized ? 10 : 22;

struct Rounds {
    uint32_t first;
    uint32_t last;
};

Rounds rounds_of_test() {
    const char* const text = std::getenv("UCX_CRYPTO_TEST_ROUNDS");
    if (text == nullptr) {
        return {kFirstRound, kFirstRound + kUsualRounds - 1};
    }
    INFO("UCX_CRYPTO_TEST_ROUNDS: expected \"17\" or \"0-499\", found \"" << text << "\"");
    char* end = nullptr;
    const auto first = static_cast<uint32_t>(std::strtoul(text, &end, 10));
    REQUIRE(end != text);
    const Rounds rounds{
        first, *end == '-' ? static_cast<uint32_t>(std::strtoul(end + 1, nullptr, 10)) : first};
    REQUIRE(rounds.first <= rounds.last);
    REQUIRE(rounds.last < UINT32_MAX);
    return rounds;
}

NodeOptions options_of(Dice& dice) {
    NodeOptions options;
    options.engine.handshake_timeout = 1 + dice.below(5);
    options.engine.keepalive_interval = 1 + dice.below(3);
    options.engine.max_handshakes = 2 + dice.below(8);
    options.engine.max_uninvited = dice.one_in(3) ? 1 : 1000;
    options.engine.coalescing = dice.one_in(2) ? Coalescing::kBurst : Coalescing::kProgress;
    // There is soon no room in some.
    options.engine.socket.send_buffer = dice.one_in(4) ? size_t{16} << 10 : 0;
    return options;
}

class Round {
  public:
    explicit Round(uint32_t number) : dice_(number) {
        honest_.message_hook = [](uint8_t, MutableByteView) {};
        for (unsigned left = dice_.one_in(3) ? 2 : 1; left > 0; --left) {
            members_.push_back(std::make_unique<RandomMember>(victim_, dice_));
        }
        introduce();
    }

    void run() {
        for (int step = 0; step < kSteps && observer_.broken().empty(); ++step) {
            const auto& action = dice_.action_of(actions());
            doing_ = action.name;
            action.act(*this);
            observer_.check_ends();
            if (!observer_.broken().empty()) {
                FAIL_CHECK("step " << step << ", " << doing_ << ": " << observer_.broken());
            }
        }
    }

    /// Everybody goes, and nothing is left.
    void end() {
        observer_.let_go();
        members_.clear();
        honest_.close();
        CHECK(take_turns_until(
            [this] {
                victim_.engine().tick();
                return victim_.engine().link_count() == 0 && victim_.engine().peer_count() == 0;
            },
            victim_));
        CHECK(observer_.in_progress() == 0);
        CHECK(observer_.broken() == "");
    }

  private:
    static const std::vector<RandomAction<Round&>>& actions();

    void introduce() {
        std::vector<RandomObserver::Other> others;
        for (const auto& member : members_) {
            others.push_back({member->id(), member->address()});
        }
        others.push_back({honest_.id(), honest_.engine().listen_address()});
        observer_.meet(std::move(others));
    }
    std::unique_ptr<RandomMember>& any_member() { return members_[dice_.below(members_.size())]; }
    /// Of one that has failed the victim would hear no more.
    void replace_member() {
        std::unique_ptr<RandomMember>& member = any_member();
        member.reset();
        member = std::make_unique<RandomMember>(victim_, dice_);
        introduce();
    }

    Dice dice_;
    Node victim_{options_of(dice_)};
    Node honest_;
    Bytes target_ = Bytes(RandomObserver::kLargestPut);
    RegisteredMemory memory_{honest_, target_};
    std::vector<std::unique_ptr<RandomMember>> members_;
    RandomObserver observer_{victim_, dice_, RegisteredMemory::address_of(target_), memory_.token};
    std::string_view doing_;
};

const std::vector<RandomAction<Round&>>& Round::actions() {
    static const std::vector<RandomAction<Round&>> kActions{
        {"a member acts", 160, [](Round& round) { round.doing_ = round.any_member()->act(); }},
        {"another member comes", 2, [](Round& round) { round.replace_member(); }},
        {"the observer acts", 60, [](Round& round) { round.doing_ = round.observer_.act(); }},
        {"progress", 60, [](Round& round) { round.observer_.make_progress(); }},
        {"service", 20, [](Round& round) { round.victim_.engine().service(); }},
        {"the honest node's turn", 20, [](Round& round) { round.honest_.turn(); }},
        {"a second passes", 1, [](Round& round) { round.victim_.engine().tick(); }},
    };
    return kActions;
}

}  // namespace

TEST_CASE(
    "However members connect, break and speak, and whatever the observer does then, ends are told "
    "once, operations end once, and nothing is left behind") {
    {
        Pair pair;  // what a process has once
    }
    const Rounds rounds = rounds_of_test();
    for (uint32_t number = rounds.first; number <= rounds.last; ++number) {
        CAPTURE(number);
        if (kSanitized) {
            std::cerr << "round " << number << std::endl;  // a sanitizer ends the process
        }
        const size_t secrets = SecretArena::instance().bytes_in_use();
        const size_t descriptors = open_descriptors();
        {
            Round round(number);
            round.run();
            round.end();
        }
        CHECK(SecretArena::instance().bytes_in_use() == secrets);
        CHECK(open_descriptors() == descriptors);
    }
}

}  // namespace ucx_crypto::tcp
