// fork() with open connections: the child has the same sockets and polls as its parent.
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tcp/node.h"

namespace ucx_crypto::tcp {

TEST_CASE(
    "A forked child that goes on, or ends the interface, leaves its parent's connections alone") {
    Pair pair;
    // Unread bytes towards the parent, sealed bytes that wait for room from it.
    const Bytes payload = pattern(1000, 1);
    const ByteView part = payload;
    REQUIRE(pair.to_a->send_active_message(1, {&part, 1}) == SendResult::kDone);
    uint32_t sent = 0;
    const Bytes large = pattern(kSegmentSize - 1, 2);
    const ByteView large_part = large;
    while (pair.to_b->send_active_message(2, {&large_part, 1}) == SendResult::kDone) {
        ++sent;
    }
    REQUIRE(pair.to_b->link()->has_unsent());
    Node stranger;  // has nothing but a listener, at which somebody waits
    Node caller;
    caller.attach(stranger);

    const bool ends = GENERATE(false, true);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int before = static_cast<int>(pair.a.received.size());
        for (int i = 0; i < 10; ++i) {
            pair.a.turn();
            stranger.turn();
            stranger.engine().tick();
            pair.a.engine().tick();
        }
        // Nothing is sent from here, whoever asks for it.
        pair.to_b->cork();
        const bool fails = !pair.to_b->uncork().ok();
        if (ends) {
            pair.a.close();
            stranger.close();
        }
        _exit(fails && static_cast<int>(pair.a.received.size()) == before ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(take_turns_until([&] { return pair.b.received.size() == sent; }, pair.a, pair.b));
    CHECK(pair.a.received.size() == 1);
    CHECK(take_turns_until([&] { return stranger.engine().peer_count() == 1; }, stranger, caller));
    CHECK(pair.a.failures.empty());
    CHECK(pair.b.failures.empty());
    CHECK(caller.failures.empty());
}

}  // namespace ucx_crypto::tcp
