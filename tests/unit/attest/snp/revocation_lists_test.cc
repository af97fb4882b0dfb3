#include "ucx_crypto/attest/snp/revocation_lists.h"

#include <openssl/ui.h>
#include <sys/resource.h>
#include <unistd.h>

#include <functional>

#include "tests/unit/attest/software_chain.h"
#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/evidence_attestation.h"
#include "ucx_crypto/attest/snp/certificate_file.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;
using Catch::Matchers::Contains;
using State = RevocationStatus::State;

namespace {

const SoftwareChain& chain() {
    static const SoftwareChain the_chain;
    return the_chain;
}

class Store {
  public:
    explicit Store(const std::vector<ListForm>& lists) {
        std::filesystem::create_directories(folder_.path("Milan/crl"));
        for (size_t i = 0; i < lists.size(); ++i) {
            put(std::to_string(i), chain().revocation_list(lists[i]));
        }
    }
    void put(const std::string& name, ByteView contents) const {
        folder_.write("Milan/crl/" + name + ".crl", as_text(contents), 0644);
    }
    std::string path() const { return folder_.path(""); }
    RevocationStatus status() const {
        const auto found = examine();
        REQUIRE(found.ok());
        return *found;
    }
    Result<RevocationStatus> examine() const {
        return RevocationLists(path()).examine(chain().endorsements(), Product::kMilan,
                                               kSoftwareNow);
    }
    /// Why an attestation with `policy` and this store refuses the chain's evidence; empty if not.
    std::string refusal(AppraisalPolicy policy) const {
        policy.host_data = {Bytes(32, 0)};
        policy.domain_key_required = false;
        auto attestation =
            attestation_by_evidence(Mode::kSnp, std::move(policy), {}, nullptr,
                                    {{chain().root().product, chain().root().spki_hash}}, path());
        REQUIRE(attestation.ok());
        Report report = chain().report();
        report.report_data = report_data(Mode::kSnp, {});
        const auto claims =
            (*attestation)->appraise(Mode::kSnp, chain().sign(report), {}, kSoftwareNow);
        return claims.ok() ? "" : claims.error().message();
    }

  private:
    TemporaryFolder folder_;
};

AppraisalPolicy wants(RevocationUse use, uint32_t max_age_days = 0) {
    AppraisalPolicy policy;
    policy.crl = use;
    policy.crl_max_age_days = max_age_days;
    return policy;
}

struct Case {
    std::string what;
    std::vector<ListForm> lists;
    State state;
    const char* if_present;  ///< words of the refusal, empty: accepted
    const char* required;
};

ListForm with(const std::function<void(ListForm&)>& change) {
    ListForm form;
    change(form);
    return form;
}

}  // namespace

TEST_CASE("a policy decides by the store's revocation lists, and never without one it requires") {
    const char* const missing = "a list by the chain's root";
    const char* const invalid = "genuine";
    const Case cases[] = {
        {"none", {}, State::kUnknown, "", missing},
        {"right", {ListForm()}, State::kListed, "", ""},
        {"right, PEM", {with([](ListForm& f) { f.pem = true; })}, State::kListed, "", ""},
        {"ASK revoked",
         {with([](ListForm& f) { f.revokes = true; })},
         State::kRevoked,
         "revokes SEV-Milan",
         "revokes SEV-Milan"},
        {"leaf revoked",
         {{}, with([](ListForm& f) { f.by_root = false, f.revokes = true; })},
         State::kRevoked,
         "revokes SEV-VCEK",
         "revokes SEV-VCEK"},
        {"by the ASK only",
         {with([](ListForm& f) { f.by_root = false; })},
         State::kUnknown,
         "",
         missing},
        {"another issuer's",
         {with([](ListForm& f) { f.issuer_name = "ARK-Genoa"; })},
         State::kUnknown,
         "",
         missing},
        {"another issuer's beside the right one",
         {with([](ListForm& f) {
              f.issuer_name = "ARK-Genoa";
              f.revokes = true;
          }),
          {}},
         State::kListed,
         "",
         ""},
        {"another key's of the same name",
         {with([](ListForm& f) { f.rogue_key = true; })},
         State::kInvalid,
         invalid,
         invalid},
        {"the ASK's key in the root's name",
         {with([](ListForm& f) {
             f.by_root = false;
             f.issuer_name = "ARK-Milan";
         })},
         State::kInvalid,
         invalid,
         invalid},
        {"altered",
         {with([](ListForm& f) { f.altered = true; })},
         State::kInvalid,
         invalid,
         invalid},
        {"critical extension",
         {with([](ListForm& f) { f.critical = true; })},
         State::kInvalid,
         invalid,
         invalid},
        {"outdated",
         {with([](ListForm& f) { f.next = "20251231000000Z"; })},
         State::kListed,
         "",
         "a list that is current"},
        {"without a next one",
         {with([](ListForm& f) { f.next = ""; })},
         State::kListed,
         "",
         "a list that is current"},
        {"from the future",
         {with([](ListForm& f) { f.issued = "20260102000000Z"; })},
         State::kListed,
         "",
         "a list that is current"},
        {"outdated, but it revokes",
         {with([](ListForm& f) {
              f.next = "20251231000000Z";
              f.revokes = true;
          }),
          {}},
         State::kRevoked,
         "revokes SEV-Milan",
         "revokes SEV-Milan"},
        {"an outdated one beside the right one",
         {with([](ListForm& f) {
              f.issued = "20250101000000Z";
              f.next = "20250201000000Z";
          }),
          {}},
         State::kListed,
         "",
         ""},
    };
    for (const Case& each : cases) {
        INFO(each.what);
        const Store store(each.lists);
        CHECK(store.status().state == each.state);
        const auto check = [&](RevocationUse use, const char* words) {
            const std::string refusal = store.refusal(wants(use));
            INFO(refusal);
            CHECK(refusal.empty() == (*words == '\0'));
            CHECK_THAT(refusal, Contains(words));
        };
        check(RevocationUse::kIfPresent, each.if_present);
        check(RevocationUse::kRequired, each.required);
        check(RevocationUse::kIgnore, "");
    }
}

TEST_CASE("a revocation list's age is bounded where the policy says so") {
    const Store store({ListForm()});  // issued 17 days before
    for (const auto use : {RevocationUse::kIfPresent, RevocationUse::kRequired}) {
        CHECK(store.refusal(wants(use, 18)).empty());
        CHECK(store.refusal(wants(use, 17)).empty());
        CHECK_THAT(store.refusal(wants(use, 16)), Contains("at most 16 days of age"));
    }
    CHECK(Store(std::vector<ListForm>()).refusal(wants(RevocationUse::kIfPresent, 1)).empty());
    const Store future({with([](ListForm& f) { f.issued = "20260102000000Z"; })});
    CHECK_FALSE(future.refusal(wants(RevocationUse::kIfPresent, 30)).empty());
}

TEST_CASE(
    "a file in the folder of lists that is none is noticed, and never taken for a right one") {
    const Store store({ListForm()});
    store.put("broken", as_bytes("no list"));
    CHECK(store.status().state == State::kInvalid);
    Bytes longer = chain().revocation_list({});
    longer.push_back(0);
    store.put("broken", longer);
    CHECK(store.status().state == State::kInvalid);
    store.put("broken", Bytes(65 * 1024, '0'));
    CHECK(store.status().state == State::kInvalid);
    store.put("broken", chain().revocation_list({}));
    CHECK(store.status().state == State::kListed);
    // One that is elsewhere and cannot be reached there is not one that was removed.
    const std::string link = store.path() + "/Milan/crl/elsewhere.crl";
    std::filesystem::create_symlink(store.path() + "/nowhere/list", link);
    CHECK(store.status().state == State::kInvalid);
    std::filesystem::remove(link);
    CHECK(store.status().state == State::kListed);
    for (int i = 0; i < 8; ++i) {
        store.put("more" + std::to_string(i), chain().revocation_list({}));
    }
    CHECK(store.status().state == State::kInvalid);
    CHECK(
        RevocationLists("").examine(chain().endorsements(), Product::kMilan, kSoftwareNow)->state ==
        State::kUnknown);
}

TEST_CASE("an encrypted PEM file is refused, and nobody is asked for its passphrase") {
    static int asked = 0;
    asked = 0;
    UI_METHOD* const method = UI_create_method("counts");
    UI_method_set_opener(method, [](UI*) { return ++asked * 0; });
    UI_set_default_method(method);
    const std::string encrypted =
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,000102030405060708090A0B0C0D0E0F\n\n" +
        std::string(64, 'A') + "\n";
    const auto pem = [&](const std::string& what) {
        return "-----BEGIN " + what + "-----\n" + encrypted + "-----END " + what + "-----\n";
    };
    Store store({});
    store.put("encrypted", as_bytes(pem("X509 CRL")));
    CHECK(store.status().state != State::kListed);
    CHECK_FALSE(parse_certificates(as_bytes(pem("CERTIFICATE")), "a test").ok());
    CHECK(asked == 0);
    UI_set_default_method(nullptr);
    UI_destroy_method(method);
}

TEST_CASE("only a list that the chain's root has signed goes into the store") {
    const TemporaryFolder folder;
    const RevocationLists lists(folder.path("store"));
    const auto add = [&](const ListForm& form) {
        return lists.add(chain().revocation_list(form), chain().endorsements(), Product::kMilan,
                         Signer::kVcek);
    };
    for (const ListForm& wrong :
         {with([](ListForm& f) { f.rogue_key = true; }),
          with([](ListForm& f) { f.altered = true; }), with([](ListForm& f) { f.by_root = false; }),
          with([](ListForm& f) { f.issuer_name = "ARK-Turin"; })}) {
        CHECK(add(wrong).error().code() == ErrorCode::kAuthentication);
    }
    CHECK_FALSE(
        lists.add(as_bytes("no list"), chain().endorsements(), Product::kMilan, Signer::kVcek)
            .ok());
    CHECK_FALSE(std::filesystem::exists(folder.path("store")));
    REQUIRE(add({}).ok());
    CHECK(lists.examine(chain().endorsements(), Product::kMilan, kSoftwareNow)->state ==
          State::kListed);
    REQUIRE(add(with([](ListForm& f) { f.revokes = true; })).ok());
    CHECK(lists.examine(chain().endorsements(), Product::kMilan, kSoftwareNow)->state ==
          State::kRevoked);
    CHECK(lists.examine(chain().endorsements(), Product::kGenoa, kSoftwareNow)->state ==
          State::kUnknown);
}

TEST_CASE("a process without descriptors knows nothing of revocation, and calls no list wrong") {
    const Store store({ListForm()});
    REQUIRE(store.status().state == State::kListed);
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    const auto examine_with = [&](int spare) {
        const int lowest = dup(STDERR_FILENO);
        close(lowest);
        rlimit few = before;
        few.rlim_cur = static_cast<rlim_t>(lowest + spare);
        REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
        auto found = store.examine();
        REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
        return found;
    };
    const auto none = examine_with(0);
    REQUIRE_FALSE(none.ok());
    CHECK(none.error().code() == ErrorCode::kExhausted);
    CHECK(examine_with(1)->state == State::kListed);  // the folder's, then the file's
}
