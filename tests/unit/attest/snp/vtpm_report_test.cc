#include "ucx_crypto/attest/snp/vtpm_report.h"

#include <functional>
#include <map>

#include "tests/unit/attest/snp/hcl_builder.h"
#include "ucx_crypto/attest/snp/paravisor_evidence.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

constexpr size_t kFilling = 100;

ReportData data_of(uint8_t byte) {
    ReportData data;
    data.fill(byte);
    return data;
}

Bytes report_over(const ReportData& data) {
    return unsigned_hcl_report(runtime_claims(data), kFilling);
}

/// A TPM with a paravisor behind it, as a test wants them.
struct Machine {
    std::map<uint32_t, Bytes> indexes{{kVtpmReportIndex, report_over(data_of(0))}};
    std::function<void(Machine&, ByteView)> on_write = [](Machine& machine, ByteView data) {
        machine.put_report(data);
    };
    std::function<void(Machine&)> on_wait = [](Machine&) {};
    std::function<Result<Bytes>(Machine&, Bytes)> on_read = [](Machine&, Bytes bytes) {
        return bytes;
    };
    int writes = 0;
    int reads = 0;
    int waits = 0;
    bool locked = false;
    bool lockable = true;

    void put_report(ByteView data) {
        ReportData copy;
        REQUIRE(data.size() == copy.size());
        std::copy(data.begin(), data.end(), copy.begin());
        indexes[kVtpmReportIndex] = report_over(copy);
    }
};

class FakeTpm final : public Tpm {
  public:
    explicit FakeTpm(Machine& machine) : machine_(machine) {}
    ~FakeTpm() override { machine_.locked = false; }

    Result<bool> has(uint32_t index) override { return machine_.indexes.contains(index); }
    Result<Bytes> read(uint32_t index) override {
        ++machine_.reads;
        CHECK(machine_.locked);
        if (!machine_.indexes.contains(index)) {
            return Error(ErrorCode::kNotFound, "no such index");
        }
        return machine_.on_read(machine_, machine_.indexes[index]);
    }
    Status write(uint32_t index, ByteView bytes) override {
        ++machine_.writes;
        CHECK(machine_.locked);
        CHECK(index == kVtpmUserDataIndex);
        CHECK(bytes.size() == kReportDataSize);
        machine_.indexes[index] = to_bytes(bytes);
        machine_.on_write(machine_, bytes);
        return success();
    }
    Status lock() override {
        machine_.locked = machine_.lockable;
        return machine_.lockable ? success() : Status(Error(ErrorCode::kTimedOut, "locked"));
    }
    void wait(std::chrono::milliseconds time) override {
        CHECK(time <= std::chrono::seconds(1));
        ++machine_.waits;
        machine_.on_wait(machine_);
    }

  private:
    Machine& machine_;
};

Result<SignedReport> get(Machine& machine, const ReportData& data) {
    auto source = VtpmReporter::open(
        [&machine] { return Result<std::unique_ptr<Tpm>>(std::make_unique<FakeTpm>(machine)); });
    REQUIRE(source.ok());
    CHECK((*source)->by_paravisor());
    return (*source)->get(data);
}

void check_refused(Machine machine, ErrorCode code) {
    const auto answer = get(machine, data_of(7));
    REQUIRE_FALSE(answer.ok());
    INFO(answer.error().message());
    CHECK(answer.error().code() == code);
    CHECK(machine.waits <= 100);
}

/// Data that the guest wrote, and its paravisor has not yet seen.
const auto kNothing = [](Machine&, ByteView) {};

}  // namespace

TEST_CASE("a vTPM's report carries what was written, and nothing fills it up") {
    Machine machine;
    const auto answer = get(machine, data_of(7));
    REQUIRE(answer.ok());
    const Bytes whole = report_over(data_of(7));
    CHECK(answer->report == Bytes(whole.begin(), whole.end() - kFilling));
    CHECK(answer->certificate_table.empty());
    CHECK(check_bound_data(open_report(answer->report).value(), data_of(7)).ok());
    CHECK(machine.writes == 1);
    CHECK_FALSE(machine.locked);
}

TEST_CASE("a vTPM's report of before the write is not taken, but waited for") {
    Machine machine;
    machine.on_write = kNothing;
    machine.on_wait = [](Machine& self) {
        if (self.waits == 3) {
            self.put_report(self.indexes[kVtpmUserDataIndex]);
        }
    };
    REQUIRE(get(machine, data_of(7)).ok());
    CHECK(machine.waits == 3);
    CHECK(machine.writes == 1);

    Machine never;
    never.on_write = kNothing;
    check_refused(never, ErrorCode::kTimedOut);
}

TEST_CASE("what another program writes to the vTPM meanwhile is overwritten, never taken") {
    Machine machine;
    machine.on_write = [](Machine& self, ByteView data) {
        self.put_report(self.writes == 1 ? ByteView(data_of(9)) : data);
    };
    const auto answer = get(machine, data_of(7));
    REQUIRE(answer.ok());
    CHECK(check_bound_data(open_report(answer->report).value(), data_of(7)).ok());
    CHECK(machine.writes == 2);

    Machine hostile;
    hostile.on_write = [](Machine& self, ByteView) {
        self.put_report(data_of(static_cast<uint8_t>(100 + self.writes)));
    };
    check_refused(hostile, ErrorCode::kTimedOut);
}

TEST_CASE("a vTPM's report that changes while it is read is read again") {
    Machine machine;
    machine.on_read = [](Machine& self, Bytes bytes) {
        if (self.reads == 2) {
            bytes[bytes.size() - kFilling - 3] ^= 1;
        }
        return Result<Bytes>(std::move(bytes));
    };
    REQUIRE(get(machine, data_of(7)).ok());
    CHECK(machine.reads == 3);
}

TEST_CASE("a vTPM's index that is short, too long or no report is refused") {
    const auto reading = [](std::function<Bytes(Bytes)> change) {
        Machine machine;
        machine.on_read = [change](Machine&, Bytes bytes) {
            return Result<Bytes>(change(std::move(bytes)));
        };
        return machine;
    };
    check_refused(reading([](const Bytes&) { return Bytes(); }), ErrorCode::kProtocol);
    check_refused(reading([](const Bytes&) { return Bytes(2600); }), ErrorCode::kProtocol);
    check_refused(reading([](Bytes bytes) {
                      bytes.resize(bytes.size() - kFilling - 1);
                      return bytes;
                  }),
                  ErrorCode::kProtocol);
    check_refused(reading([](const Bytes&) {
                      const std::string blanks(9000, ' ');
                      return unsigned_hcl_report(runtime_claims(data_of(7)) + blanks);
                  }),
                  ErrorCode::kProtocol);
    check_refused(reading([](const Bytes&) { return unsigned_hcl_report("{}"); }),
                  ErrorCode::kAuthentication);
}

TEST_CASE("a TPM without a report is no source, and its failures are told") {
    Machine plain;
    plain.indexes.clear();
    const auto source = VtpmReporter::open(
        [&plain] { return Result<std::unique_ptr<Tpm>>(std::make_unique<FakeTpm>(plain)); });
    REQUIRE_FALSE(source.ok());
    CHECK(source.error().code() == ErrorCode::kNotFound);

    Machine busy;
    busy.lockable = false;
    check_refused(busy, ErrorCode::kTimedOut);
    CHECK(busy.writes == 0);

    Machine failing;
    failing.on_read = [](Machine& self, Bytes bytes) -> Result<Bytes> {
        if (self.reads > 1) {
            return Error(ErrorCode::kIo, "the TPM fails");
        }
        return bytes;
    };
    check_refused(failing, ErrorCode::kIo);
    CHECK(open_tpm("/nonexistent/tpm").error().code() == ErrorCode::kNotFound);
}
