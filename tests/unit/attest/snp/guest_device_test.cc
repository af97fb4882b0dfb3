#include "ucx_crypto/attest/snp/guest_device.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "tests/unit/attest/snp/fake_driver.h"
#include "tests/unit/attest/temporary_folder.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

constexpr uint32_t kTooSmall = 1;
constexpr uint32_t kBusy = 2;

struct Outcome {
    Result<SignedReport> answer;
    DriverLog log;
};

ReportData some_data() {
    ReportData data;
    std::iota(data.begin(), data.end(), uint8_t{1});
    return data;
}

Outcome get(std::deque<Answer> answers) {
    DriverLog log;
    GuestDevice device(std::make_unique<FakeDriver>(std::move(answers), log));
    auto answer = device.get(some_data());
    return {std::move(answer), std::move(log)};
}

/// Root may open every file: for one test, it is somebody else.
class AsOrdinaryUser {
  public:
    AsOrdinaryUser() {
        constexpr uid_t kNobody = 65534;
        REQUIRE((was_ != 0 || seteuid(kNobody) == 0));
    }
    ~AsOrdinaryUser() { seteuid(was_) == 0 ? void() : abort(); }
    AsOrdinaryUser(const AsOrdinaryUser&) = delete;
    AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

  private:
    const uid_t was_ = geteuid();
};

const Answer kGood{.report = Bytes(kReportSize, 7), .table = Bytes(100, 9)};

bool says(const Result<SignedReport>& answer, const std::string& text) {
    return !answer.ok() && answer.error().message().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a report and the host's table come with one extended request for VMPL 0") {
    const auto [answer, log] = get({kGood});
    REQUIRE(answer.ok());
    CHECK(answer->report == kGood.report);
    REQUIRE(answer->certificate_table.size() == kMaxCertificateTableSize);
    CHECK(equal(ByteView(answer->certificate_table).first(100), kGood.table));
    CHECK(answer->certificate_table[100] == 0);

    REQUIRE(log.asked.size() == 1);
    CHECK(log.asked[0].number == 0xC0205302);
    CHECK(log.asked[0].message_version == 1);
    CHECK(log.asked[0].table_size == 16384);
    Bytes request(96);  // user_data, vmpl 0 and zeros
    const ReportData data = some_data();
    std::copy(data.begin(), data.end(), request.begin());
    CHECK(log.asked[0].request == request);
    CHECK(log.waits.empty());
}

TEST_CASE("a table that is too large for the driver is left out, with the same question again") {
    for (const int error : {EIO, ENOSPC}) {
        const auto [answer, log] = get({{.error = error, .host_error = kTooSmall}, kGood});
        REQUIRE(answer.ok());
        CHECK(answer->report == kGood.report);
        CHECK(answer->certificate_table.empty());
        REQUIRE(log.asked.size() == 2);
        CHECK(log.asked[1].number == 0xC0205300);
        CHECK(log.asked[1].request == log.asked[0].request);
    }
    const auto [answer, log] = get({{.error = EIO, .host_error = kTooSmall}});
    CHECK(says(answer, "host's error 1"));
    CHECK(log.asked.size() == 2);
}

TEST_CASE("a throttling host is asked the same again, for a bounded time") {
    const Answer busy = GENERATE(Answer{.error = EIO, .host_error = kBusy}, Answer{.error = EAGAIN},
                                 Answer{.error = EBUSY});
    SECTION("until it answers") {
        const auto [answer, log] = get({busy, busy, kGood});
        REQUIRE(answer.ok());
        REQUIRE(log.asked.size() == 3);
        CHECK(log.asked[1] == log.asked[0]);
        CHECK(log.asked[2] == log.asked[0]);
        CHECK(log.waits.size() == 2);
    }
    SECTION("and not for ever") {
        const auto [answer, log] = get({busy});
        REQUIRE_FALSE(answer.ok());
        CHECK(answer.error().code() == ErrorCode::kTimedOut);
        CHECK(says(answer, "throttles"));
        CHECK(log.asked.size() == log.waits.size() + 1);
        const auto waited =
            std::accumulate(log.waits.begin(), log.waits.end(), std::chrono::milliseconds());
        CHECK(waited > std::chrono::seconds(2));
        CHECK(waited < std::chrono::seconds(20));
    }
}

TEST_CASE("what a throttling host left unanswered is asked before anything else") {
    const Answer busy{.error = EIO, .host_error = kBusy};
    DriverLog log;
    std::deque<Answer> answers(9, busy);  // for all waits
    answers.push_back(kGood);
    GuestDevice device(std::make_unique<FakeDriver>(std::move(answers), log));
    CHECK(device.get(some_data()).error().code() == ErrorCode::kTimedOut);
    const size_t first = log.asked.size();
    REQUIRE(first == 9);

    ReportData other = some_data();
    other[0] ^= 1;
    REQUIRE(device.get(other).ok());
    REQUIRE(log.asked.size() == first + 2);
    CHECK(log.asked[first] == log.asked[0]);
    CHECK(log.asked[first + 1].request[0] == other[0]);

    REQUIRE(device.get(some_data()).ok());  // nothing is left over
    CHECK(log.asked.size() == first + 3);
}

TEST_CASE("after a failure the firmware is not asked for anything else either") {
    DriverLog log;
    GuestDevice device(std::make_unique<FakeDriver>(
        std::deque<Answer>{{.error = EIO, .host_error = 77}, kGood}, log));
    CHECK(says(device.get(some_data()), "host's error 77"));
    ReportData other = some_data();
    other[0] ^= 1;
    CHECK(says(device.get(other), "host's error 77"));
    CHECK(log.asked.size() == 1);
}

TEST_CASE("after any other failure the firmware is not asked again") {
    const auto [error, firmware, host, text] =
        GENERATE(table<int, uint32_t, uint32_t, std::string>({
            {EIO, 0x16, 0, "0x16 (INVALID_PARAM)"},
            {EIO, 0x27, 0, "0x27 (INVALID_KEY)"},
            {EIO, 0x1e, 0, "0x1e (unknown)"},
            {EIO, 0x12345678, 0, "0x12345678 (unknown)"},
            {EIO, 0, 77, "host's error 77"},
            {EIO, 0xff, 0, "the firmware was not called"},
            {ETIMEDOUT, 0, kBusy, "VM's key"},  // Linux has disabled it
            {EBADMSG, 0, 0, "VM's key"},
            {EINVAL, 0xff, 0, "Invalid argument"},
            {ENOTTY, 0xff, 0, "VMPCK"},
            {ENOTTY, 0, kTooSmall, "VMPCK"},
        }));
    const auto [answer, log] =
        get({{.error = error, .firmware_error = firmware, .host_error = host}, kGood});
    INFO(error << " " << text << (answer.ok() ? "" : ": " + answer.error().message()));
    CHECK(says(answer, text));
    CHECK(log.asked.size() == 1);
    CHECK(log.waits.empty());
}

TEST_CASE("a response with a status, or of another size, is no report") {
    Answer answer = kGood;
    answer.status = 0x16;
    CHECK(says(get({answer}).answer, "0x16 (INVALID_PARAM); a guest below VMPL 0"));
    answer.status = 0x27;
    CHECK(says(get({answer}).answer, "0x27 (INVALID_KEY)"));
    answer.status = 0;
    for (const uint32_t size : {0U, 0x49fU, 0x4a1U, 4000U, 0xffffffffU}) {
        answer.size = size;
        CHECK(says(get({answer}).answer, "found a size of " + std::to_string(size)));
    }
}

TEST_CASE("nothing of an earlier answer stays in a later one") {
    const Answer long_one{.error = EAGAIN, .report = Bytes(kReportSize, 8), .table = Bytes(200, 8)};
    const auto answer = get({long_one, {.report = Bytes(10, 7), .table = Bytes(20, 9)}}).answer;
    REQUIRE(answer.ok());
    const auto clean_behind = [](const Bytes& bytes, size_t size) {
        return std::all_of(bytes.begin() + static_cast<ptrdiff_t>(size), bytes.end(),
                           [](uint8_t byte) { return byte == 0; });
    };
    CHECK(clean_behind(answer->report, 10));
    CHECK(clean_behind(answer->certificate_table, 20));
}

TEST_CASE("a guest device that is missing, forbidden or another file is told apart") {
    const TemporaryFolder folder;
    const auto missing = open_guest_driver(folder.path("sev-guest"));
    REQUIRE_FALSE(missing.ok());
    CHECK(missing.error().code() == ErrorCode::kNotFound);

    auto null = open_guest_driver("/dev/null");
    REQUIRE(null.ok());
    GuestDevice device(std::move(null).value());
    const auto answer = device.get(some_data());
    REQUIRE_FALSE(answer.ok());
    CHECK(answer.error().code() == ErrorCode::kUnsupported);

    const std::string file = folder.write("forbidden", "", 0);
    const AsOrdinaryUser user;
    const auto forbidden = open_guest_driver(file);
    REQUIRE_FALSE(forbidden.ok());
    CHECK(forbidden.error().code() == ErrorCode::kPermission);
    CHECK(forbidden.error().message().find("KERNEL==\"sev-guest\"") != std::string::npos);
}
