#include "ucx_crypto/attest/snp/endorsement_store.h"

#include <openssl/pem.h>

#include "tests/unit/attest/software_chain.h"
#include "tests/unit/attest/temporary_folder.h"
#include "ucx_crypto/attest/bounded_file.h"
#include "ucx_crypto/attest/snp/certificate_file.h"

using namespace ucx_crypto;
using namespace ucx_crypto::attest;
using namespace ucx_crypto::attest::snp;

namespace {

std::string pem_of(ByteView der) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    REQUIRE(PEM_write_bio(out.get(), PEM_STRING_X509, "", der.data(),
                          static_cast<long>(der.size())) > 0);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<size_t>(size)};
}

std::vector<Bytes> certificates_of(const SoftwareChain& chain) {
    const auto views = decode_endorsements(chain.endorsements());
    REQUIRE(views.ok());
    std::vector<Bytes> list;
    for (const ByteView der : *views) {
        list.push_back(to_bytes(der));
    }
    return list;
}

void write(const TemporaryFolder& folder, const std::string& name, ByteView contents) {
    folder.write(name, as_text(contents), 0644);
}

}  // namespace

TEST_CASE("a store gives back the endorsements of each chip, TCB and kind of key") {
    const TemporaryFolder folder;
    const EndorsementStore store(folder.path("store"));
    ChainForm newer;
    newer.tcb.snp = 25;
    newer.replace("3.3", {2, 1, 25});
    const ChainForm forms[] = {ChainForm(), newer, ChainForm(Product::kMilan, Signer::kVlek),
                               ChainForm(Product::kGenoa), ChainForm(Product::kTurin)};
    std::vector<SoftwareChain> chains;
    for (const ChainForm& form : forms) {
        chains.emplace_back(form);
        const Report report = chains.back().report();
        CHECK(store.find(report).error().code() == ErrorCode::kNotFound);
        REQUIRE(store.add(report, form.product, chains.back().endorsements()).ok());
    }
    for (const SoftwareChain& chain : chains) {
        auto found = store.find(chain.report());
        INFO((found.ok() ? "" : found.error().message()));
        REQUIRE(found.ok());
        const Evidence evidence{chain.evidence().report, std::move(found).value()};
        CHECK(Verifier({chain.root()}).verify(evidence, kSoftwareNow).ok());
    }
    Report other_chip = chains[0].report();
    other_chip.chip_id[63] ^= 1;
    CHECK(store.find(other_chip).error().code() == ErrorCode::kNotFound);
    CHECK_THAT(store.find(other_chip).error().message(), Catch::Contains("endorsements fetch"));
}

TEST_CASE("a damaged store is an error, never another certificate") {
    const TemporaryFolder folder;
    const EndorsementStore store(folder.path("store"));
    const SoftwareChain chain;
    const Report report = chain.report();
    REQUIRE(store.add(report, Product::kMilan, chain.endorsements()).ok());
    const std::string leaf = store.leaf_file(report, Product::kMilan);
    REQUIRE(replace_file(leaf, as_bytes("no certificate")).ok());
    CHECK(store.find(report).error().code() == ErrorCode::kInvalidArgument);
    REQUIRE(store.add(report, Product::kMilan, chain.endorsements()).ok());
    REQUIRE(store.find(report).ok());
    std::filesystem::remove(store.chain_folder(Product::kMilan) + "/ask.der");
    CHECK(store.find(report).error().code() == ErrorCode::kNotFound);
    std::filesystem::remove_all(store.chain_folder(Product::kMilan));
    CHECK(store.find(report).error().code() == ErrorCode::kNotFound);
}

TEST_CASE("a chain is completed from DER and PEM, by who signed and not by names alone") {
    const TemporaryFolder folder;
    const SoftwareChain chain;
    ChainForm form;
    form.rogue_root = true;
    const std::vector<Bytes> right = certificates_of(chain);
    const std::vector<Bytes> rogue = certificates_of(SoftwareChain(form));
    write(folder, "a-rogue-ark.der", rogue[2]);
    CHECK(complete_chain(right[0], folder.path("")).error().code() == ErrorCode::kNotFound);
    write(folder, "chain.pem", as_bytes("A comment.\n" + pem_of(right[1]) + pem_of(right[2])));
    write(folder, "README.txt", as_bytes("no certificate"));
    const auto completed = complete_chain(right[0], folder.path(""));
    REQUIRE(completed.ok());
    CHECK(equal(*completed, chain.endorsements()));
    CHECK(complete_chain(right[0], folder.path("none")).error().code() == ErrorCode::kNotFound);
    write(folder, "broken.pem", as_bytes("no certificate"));
    CHECK(complete_chain(right[0], folder.path("")).error().code() == ErrorCode::kInvalidArgument);
}

TEST_CASE("a certificate file holds one certificate in DER, or a few in PEM") {
    const std::vector<Bytes> list = certificates_of(SoftwareChain());
    const auto count = [](const std::string& contents) {
        const auto parsed = parse_certificates(as_bytes(contents), "test");
        return parsed.ok() ? parsed->size() : 0;
    };
    const std::string der(as_text(list[0]));
    const std::string pem = pem_of(list[0]);
    CHECK(count(der) == 1);
    CHECK(count(pem) == 1);
    CHECK(count(pem + pem + pem) == 3);
    CHECK(count("") == 0);
    CHECK(count(der + der) == 0);
    CHECK(count(der.substr(0, der.size() - 1)) == 0);
    CHECK(count(pem_of(as_bytes("no certificate"))) == 0);
    std::string many;
    for (int i = 0; i < 9; ++i) {
        many += pem;
    }
    CHECK(count(many) == 0);
}

TEST_CASE("files are read to a limit, and what is no regular file not at all") {
    const TemporaryFolder folder;
    const std::string file = folder.write("file", "12345", 0644);
    const auto code = [](const std::string& path, size_t limit) {
        return read_bounded_file(path, "test", limit).error().code();
    };
    REQUIRE(read_bounded_file(file, "test", 5).ok());
    CHECK(as_text(*read_bounded_file(file, "test", 5)) == "12345");
    CHECK(code(file, 4) == ErrorCode::kInvalidArgument);
    CHECK(code(folder.path(""), 4096) == ErrorCode::kInvalidArgument);
    REQUIRE(mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    CHECK(code(folder.path("fifo"), 5) == ErrorCode::kInvalidArgument);
    CHECK(code(folder.path("none"), 5) == ErrorCode::kNotFound);
    CHECK(code(file + "/below", 5) == ErrorCode::kNotFound);
}

TEST_CASE("a file is replaced as a whole, and a failure leaves nothing behind") {
    const TemporaryFolder folder;
    const std::string file = folder.write("file", "old", 0600);
    REQUIRE(replace_file(file, as_bytes("new")).ok());
    CHECK(as_text(*read_bounded_file(file, "test", 8)) == "new");
    CHECK_FALSE(replace_file(folder.path("none/file"), as_bytes("new")).ok());
    std::filesystem::create_directory(folder.path("folder"));
    folder.write("folder/file", "kept", 0600);
    CHECK_FALSE(replace_file(folder.path("folder"), as_bytes("new")).ok());
    size_t entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path(""))) {
        entries += entry.exists() ? 1 : 0;
    }
    CHECK(entries == 2);
}
