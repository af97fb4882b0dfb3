#include "ucx_crypto/record/tasks.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <thread>

#include "ucx_crypto/helpers/pipeline.h"
#include "ucx_crypto/record/record.h"

namespace ucx_crypto::record {
namespace {

constexpr size_t kLargest = 4096;
constexpr size_t kSealedLargest = kLargest + kOverhead;

TrafficSecret secret_by(aead::Choice choice) {
    return {aead::Algorithm::kAes256Gcm, SecretBytes::copy_of(Bytes(48, 9)), choice};
}

Sealer make_sealer(const EpochLimits& limits = {}, aead::Choice choice = aead::Choice::kAuto) {
    return Sealer::create(secret_by(choice), kLargest, limits).value();
}

Opener make_opener(const EpochLimits& limits = {}, aead::Choice choice = aead::Choice::kAuto) {
    return Opener::create(secret_by(choice), kLargest, limits).value();
}

Bytes message(size_t size, uint8_t seed) {
    Bytes bytes(size);
    std::mt19937 random(seed);
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<uint8_t>(random()); });
    return bytes;
}

/// Whole records of these messages, sealed one by one.
std::vector<Bytes> seal_all(Sealer& sealer, const std::vector<Bytes>& messages) {
    std::vector<Bytes> records;
    for (const Bytes& each : messages) {
        const ByteView part = each;
        Bytes record(Sealer::sealed_bound(each.size()));
        record.resize(sealer.seal(RecordType::kData, {&part, 1}, record).value());
        records.push_back(std::move(record));
    }
    return records;
}

/// Opens everything in `stream`, one by one, and returns the DATA records' plaintexts.
std::vector<Bytes> open_all(Opener& opener, Bytes stream) {
    std::vector<Bytes> messages;
    MutableByteView rest = stream;
    while (!rest.empty()) {
        const auto opened = opener.open(rest);
        REQUIRE(opened.ok());
        REQUIRE(opened->has_value());
        if ((*opened)->type == RecordType::kData) {
            messages.push_back(to_bytes((*opened)->plaintext));
        }
        rest = rest.subspan((*opened)->consumed);
    }
    return messages;
}

std::vector<Bytes> some_messages(size_t count) {
    std::vector<Bytes> messages;
    for (size_t i = 0; i < count; ++i) {
        messages.push_back(
            message(i % 3 == 0 ? kLargest : i * 37 % kLargest, static_cast<uint8_t>(i)));
    }
    return messages;
}

std::unique_ptr<helpers::Pool> make_pool(unsigned count) {
    helpers::PoolOptions options;
    options.helpers = count;
    auto pool = std::make_unique<helpers::Pool>(std::move(options));
    while (pool->ready() != count) {
        std::this_thread::yield();
    }
    return pool;
}

/// What is submitted next is a helper's: a pool refuses tasks for a while where a helper has lost
/// its processor, at most for a second.
void await_end_of_rest(const helpers::Pool& pool) {
    while (pool.resting()) {
        std::this_thread::yield();
    }
}

/// Runs a task as if its owner did it.
void run(helpers::Task& task) {
    static helpers::Pool none({.helpers = 0});
    none.submit(task);
    none.finish(task);
}

constexpr aead::Choice kChoices[] = {aead::Choice::kVaes, aead::Choice::kIpsecMb,
                                     aead::Choice::kOpenssl, aead::Choice::kGcrypt,
                                     aead::Choice::kSodium};

}  // namespace

TEST_CASE("Records that helpers seal, across epochs, are those that one thread would have sealed") {
    const EpochLimits limits{.max_bytes = 10 * kLargest, .max_records = 7};
    const auto pool = make_pool(2);
    const auto messages = some_messages(60);
    for (const aead::Choice choice : kChoices) {
        auto alone = Sealer::create(secret_by(choice), kLargest, limits);
        if (!alone.ok()) {
            continue;  // not on this machine
        }
        Bytes expected;
        for (const Bytes& record : seal_all(*alone, messages)) {
            expected.insert(expected.end(), record.begin(), record.end());
        }
        Sealer sealer = make_sealer(limits, choice);
        Bytes stream(messages.size() * 2 * kSealedLargest);
        size_t size = 0;
        bool sealed_by_helper = false;
        helpers::Pipeline<SealTask, 5> window(*pool);
        await_end_of_rest(*pool);
        const auto confirm = [&] {
            window.finish_front();
            REQUIRE(sealer.confirm(window.front()).ok());
            window.pop();
        };
        for (const Bytes& each : messages) {
            if (window.full()) {
                confirm();
            }
            const ByteView whole = each;
            const std::array<ByteView, 2> parts{whole.first(each.size() / 3),
                                                whole.subspan(each.size() / 3)};
            const auto taken =
                sealer.reserve(parts, MutableByteView(stream).subspan(size), window.next());
            REQUIRE(taken.ok());
            size += *taken;
            window.submit();
            while (!sealed_by_helper && !window.front_done()) {  // left to it, once
                std::this_thread::yield();
            }
            sealed_by_helper = true;
        }
        while (!window.empty()) {
            confirm();
        }
        stream.resize(size);
        CHECK(stream == expected);
        CHECK(sealer.epoch() == alone->epoch());
        CHECK(sealer.epoch() > 5);
        Opener opener = make_opener(limits, choice);
        CHECK(open_all(opener, stream) == messages);
    }
}

TEST_CASE("Sealing alone and by tasks may alternate, and a reserved record keeps its epoch's key") {
    const EpochLimits limits{.max_bytes = 10 * kLargest, .max_records = 3};
    Sealer sealer = make_sealer(limits);
    Bytes stream(8 * kSealedLargest);
    size_t size = 0;
    SealTask task;
    const Bytes first = message(100, 1);
    const ByteView first_part = first;
    size += sealer.reserve({&first_part, 1}, stream, task).value();
    const uint16_t epoch = sealer.epoch();
    const Bytes others = message(50, 2);
    const ByteView other_part = others;
    while (sealer.epoch() ==
           epoch) {  // the key of the reserved record is not the sealer's any more
        size +=
            sealer.seal(RecordType::kData, {&other_part, 1}, MutableByteView(stream).subspan(size))
                .value();
    }
    run(task);
    REQUIRE(sealer.confirm(task).ok());
    stream.resize(size);
    Opener opener = make_opener(limits);
    const auto messages = open_all(opener, stream);
    REQUIRE(messages.size() > 1);
    CHECK(messages[0] == first);
    CHECK(messages[1] == others);
}

TEST_CASE("Keys of an epoch are wiped when its last task and its direction have moved on") {
    const size_t before = SecretArena::instance().bytes_in_use();
    {
        const EpochLimits limits{.max_bytes = 10 * kLargest, .max_records = 2};
        Sealer sealer = make_sealer(limits, aead::Choice::kOpenssl);  // its ciphers are elsewhere
        const size_t alone = SecretArena::instance().bytes_in_use();
        Bytes room(2 * kSealedLargest);
        const ByteView part = room;
        SealTask task;
        const auto turn = [&](ByteView plaintext) {
            Bytes out(Sealer::sealed_bound(plaintext.size()));
            REQUIRE(sealer.reserve({&plaintext, 1}, out, task).ok());
            run(task);
            REQUIRE(sealer.confirm(task).ok());
        };
        for (int i = 0; i < 50; ++i) {
            turn(part.first(10));
        }
        CHECK(sealer.epoch() > 40);
        CHECK(SecretArena::instance().bytes_in_use() <= alone + 64);  // one key, not fifty
    }
    CHECK(SecretArena::instance().bytes_in_use() == before);
}

TEST_CASE("A reserved record that nobody seals ends its direction") {
    Sealer sealer = make_sealer();
    const Bytes text = message(10, 1);
    const ByteView part = text;
    Bytes out(kSealedLargest);
    {
        SealTask dropped;
        REQUIRE(sealer.reserve({&part, 1}, out, dropped).ok());
    }
    CHECK(sealer.seal(RecordType::kData, {&part, 1}, out).error().code() == ErrorCode::kInternal);
    SealTask next;
    CHECK(sealer.reserve({&part, 1}, out, next).error().code() == ErrorCode::kInternal);
    CHECK(sealer.seal(RecordType::kClose, {}, out).error().code() == ErrorCode::kInternal);
}

TEST_CASE("Reserved records are confirmed in order, once and when they are sealed, or never") {
    const Bytes text = message(10, 1);
    const ByteView part = text;
    Bytes out(8 * kSealedLargest);
    const auto room = [&](size_t i) { return MutableByteView(out).subspan(i * kSealedLargest); };
    SECTION("not the second before the first") {
        Sealer sealer = make_sealer();
        std::deque<SealTask> tasks(2);
        REQUIRE(sealer.reserve({&part, 1}, room(0), tasks[0]).ok());
        REQUIRE(sealer.reserve({&part, 1}, room(1), tasks[1]).ok());
        run(tasks[0]);
        run(tasks[1]);
        CHECK(sealer.confirm(tasks[1]).error().code() == ErrorCode::kInternal);
        CHECK(sealer.seal(RecordType::kData, {&part, 1}, out).error().code() == ErrorCode::kClosed);
    }
    SECTION("not before it is sealed") {
        Sealer sealer = make_sealer();
        SealTask task;
        REQUIRE(sealer.reserve({&part, 1}, room(0), task).ok());
        CHECK_FALSE(sealer.confirm(task).ok());
    }
    SECTION("not twice") {
        Sealer sealer = make_sealer();
        SealTask task;
        REQUIRE(sealer.reserve({&part, 1}, room(0), task).ok());
        run(task);
        REQUIRE(sealer.confirm(task).ok());
        CHECK_FALSE(sealer.confirm(task).ok());
    }
    SECTION("not by another direction") {
        Sealer sealer = make_sealer();
        Sealer other = make_sealer();
        SealTask task;
        REQUIRE(sealer.reserve({&part, 1}, room(0), task).ok());
        run(task);
        CHECK_FALSE(other.confirm(task).ok());
    }
    SECTION("a task that is in use is not reserved again") {
        Sealer sealer = make_sealer();
        SealTask task;
        REQUIRE(sealer.reserve({&part, 1}, room(0), task).ok());
        CHECK(sealer.reserve({&part, 1}, room(1), task).error().code() ==
              ErrorCode::kInvalidArgument);
        run(task);
        CHECK(sealer.confirm(task).ok());
    }
}

TEST_CASE(
    "A record is not reserved where it has no room, is too long, in too many parts or after "
    "CLOSE") {
    Sealer sealer = make_sealer();
    const Bytes text = message(kLargest + 1, 1);
    const ByteView whole = text;
    const ByteView largest = whole.first(kLargest);
    Bytes out(2 * kSealedLargest);
    SealTask task;
    CHECK_FALSE(sealer.reserve({&whole, 1}, out, task).ok());
    CHECK_FALSE(
        sealer.reserve({&largest, 1}, MutableByteView(out).first(kSealedLargest - 1), task).ok());
    const std::vector<ByteView> many(kMaxTaskParts + 1, whole.first(1));
    CHECK_FALSE(sealer.reserve(many, out, task).ok());
    REQUIRE(sealer.reserve({&largest, 1}, out, task).ok());  // nothing was consumed
    run(task);
    REQUIRE(sealer.confirm(task).ok());
    Opener opener = make_opener();
    CHECK(opener.open(MutableByteView(out).first(kSealedLargest)).ok());
    REQUIRE(sealer.seal(RecordType::kClose, {}, out).ok());
    CHECK(sealer.reserve({&largest, 1}, out, task).error().code() == ErrorCode::kClosed);
}

TEST_CASE("A forked child reserves nothing") {
    Sealer sealer = make_sealer();
    const Bytes text = message(10, 1);
    const ByteView part = text;
    Bytes out(kSealedLargest);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        SealTask task;
        const auto reserved = sealer.reserve({&part, 1}, out, task);
        _exit(!reserved.ok() && reserved.error().code() == ErrorCode::kInternal ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("Records that helpers open, across epochs, are what was sealed") {
    const EpochLimits limits{.max_bytes = 10 * kLargest, .max_records = 7};
    const auto pool = make_pool(2);
    const auto messages = some_messages(60);
    for (const aead::Choice choice : kChoices) {
        auto sealer = Sealer::create(secret_by(choice), kLargest, limits);
        if (!sealer.ok()) {
            continue;  // not on this machine
        }
        std::vector<Bytes> pieces = seal_all(*sealer, messages);
        Opener opener = make_opener(limits, choice);
        helpers::Pipeline<OpenTask, 5> window(*pool);
        await_end_of_rest(*pool);
        std::vector<Bytes> opened;
        const auto take = [&] {
            window.finish_front();
            const auto record = opener.take(window.front());
            REQUIRE(record.ok());
            CHECK(record->type == RecordType::kData);
            opened.push_back(to_bytes(record->plaintext));
            window.pop();
        };
        for (Bytes& piece : pieces) {
            MutableByteView rest = piece;  // a REKEY record may go before
            while (!rest.empty()) {
                const MutableByteView record = rest.first(opener.record_size(rest).value());
                if (window.full()) {
                    take();
                }
                const auto apart = opener.reserve(record, window.next());
                REQUIRE(apart.ok());
                if (*apart) {
                    window.submit();
                    while (opened.empty() && !window.front_done()) {  // left to a helper, once
                        std::this_thread::yield();
                    }
                } else {
                    while (!window.empty()) {
                        take();
                    }
                    REQUIRE(opener.open(record).value()->type == RecordType::kRekey);
                }
                rest = rest.subspan(record.size());
            }
        }
        while (!window.empty()) {
            take();
        }
        CHECK(opened == messages);
        CHECK(opener.epoch() > 5);
    }
}

TEST_CASE("Behind a record that is not genuine nothing is given out, and it is wiped") {
    Sealer sealer = make_sealer();
    const std::vector<Bytes> messages(4, message(1000, 3));
    std::vector<Bytes> records = seal_all(sealer, messages);
    records[1][kHeaderSize + 5] ^= 1;
    Opener opener = make_opener();
    std::deque<OpenTask> tasks(4);
    for (size_t i = 0; i < 4; ++i) {
        REQUIRE(opener.reserve(records[i], tasks[i]).value());
    }
    for (OpenTask& task : tasks) {
        run(task);
    }
    CHECK(equal(opener.take(tasks[0])->plaintext, messages[0]));
    const auto altered = opener.take(tasks[1]);
    REQUIRE_FALSE(altered.ok());
    CHECK(altered.error().code() == ErrorCode::kAuthentication);
    CHECK(altered.error().message().find("record 1 of epoch 0") != std::string::npos);
    for (size_t i = 2; i < 4; ++i) {
        CHECK(opener.take(tasks[i]).error().code() == ErrorCode::kClosed);
    }
    for (OpenTask& task : tasks) {
        task.discard();
    }
    for (size_t i = 1; i < 4; ++i) {
        const ByteView plaintext = ByteView(records[i]).subspan(kHeaderSize, 1000);
        CHECK(std::all_of(plaintext.begin(), plaintext.end(), [](uint8_t b) { return b == 0; }));
    }
    CHECK(equal(ByteView(records[0]).subspan(kHeaderSize, 1000), messages[0]));
    CHECK(opener.open(records[2]).error().code() == ErrorCode::kClosed);
}

TEST_CASE("Records are taken in order and done, and nothing is opened past the tasks") {
    Sealer sealer = make_sealer();
    const std::vector<Bytes> messages(3, message(100, 4));
    std::vector<Bytes> records = seal_all(sealer, messages);
    Opener opener = make_opener();
    std::deque<OpenTask> tasks(2);
    REQUIRE(opener.reserve(records[0], tasks[0]).value());
    SECTION("in order") {
        REQUIRE(opener.reserve(records[1], tasks[1]).value());
        run(tasks[0]);
        run(tasks[1]);
        CHECK_FALSE(opener.take(tasks[1]).ok());
        CHECK_FALSE(opener.take(tasks[0]).ok());
    }
    SECTION("done") {
        OpenTask never;
        CHECK_FALSE(opener.take(never).ok());
    }
    SECTION("not twice") {
        run(tasks[0]);
        REQUIRE(opener.take(tasks[0]).ok());
        CHECK_FALSE(opener.take(tasks[0]).ok());
    }
    SECTION("not past them") {
        CHECK(opener.open(records[1]).error().code() == ErrorCode::kInternal);
        run(tasks[0]);
        CHECK_FALSE(opener.take(tasks[0]).ok());
    }
}

TEST_CASE("What open() refuses is not reserved either") {
    const EpochLimits few{.max_bytes = 10 * kLargest, .max_records = 3};
    const auto refused = [](Opener& opener, MutableByteView record) {
        OpenTask task;
        const auto reserved = opener.reserve(record, task);
        return reserved.ok() ? ErrorCode{} : reserved.error().code();
    };
    Sealer sealer = make_sealer();
    const std::vector<Bytes> messages(5, message(100, 4));
    std::vector<Bytes> records = seal_all(sealer, messages);
    SECTION("more than one record, and less") {
        Opener opener = make_opener();
        CHECK(refused(opener, MutableByteView(records[0]).first(50)) ==
              ErrorCode::kInvalidArgument);
        CHECK(refused(opener, records[0]) == ErrorCode::kClosed);
    }
    SECTION("another epoch") {
        records[0][3] ^= 1;
        Opener opener = make_opener();
        CHECK(refused(opener, records[0]) == ErrorCode::kProtocol);
    }
    SECTION("more than an epoch may have") {
        Opener opener = make_opener(few);
        std::deque<OpenTask> tasks(3);
        for (size_t i = 0; i < 3; ++i) {
            REQUIRE(opener.reserve(records[i], tasks[i]).value());
        }
        CHECK(refused(opener, records[3]) == ErrorCode::kProtocol);
    }
    SECTION("anything after CLOSE") {
        Opener opener = make_opener();
        for (Bytes& record : records) {
            REQUIRE(opener.open(record).ok());
        }
        Bytes close(kOverhead);
        REQUIRE(sealer.seal(RecordType::kClose, {}, close).ok());
        OpenTask task;
        CHECK_FALSE(opener.reserve(close, task).value());
        REQUIRE(opener.open(close).ok());
        CHECK(refused(opener, records[0]) == ErrorCode::kProtocol);
    }
}

}  // namespace ucx_crypto::record
