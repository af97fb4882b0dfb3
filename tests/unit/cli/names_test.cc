#include "ucx_crypto/cli/names.h"

#include <catch2/catch.hpp>

namespace ucx_crypto::cli {

TEST_CASE("A slip has the nearest name, and what is no slip has none") {
    const std::vector<std::string> known{"UCX_CRYPTO_POLICY", "UCX_CRYPTO_JOB",
                                         "UCX_CRYPTO_TCP_SEG_SIZE"};
    CHECK(nearest("UCX_CRYPTO_POLCY", known) == "UCX_CRYPTO_POLICY");
    CHECK(nearest("UCX_CRYPTO_POLICIES", known) == "UCX_CRYPTO_POLICY");
    CHECK(nearest("UCX_CRYPTO_TPC_SEG_SIZE", known) == "UCX_CRYPTO_TCP_SEG_SIZE");
    CHECK(nearest("UCX_CRYPTO_POLICY", known) == "UCX_CRYPTO_POLICY");
    CHECK(nearest("UCX_CRYPTO_SOMETHING_ELSE", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(nearest("a", {"b"}).empty());
    CHECK(nearest("anything", {}).empty());
}

TEST_CASE("What looks like ours and is not is found in variables and in transport lists") {
    const KnownNames known{{"crypto_tc"}, {"UCX_CRYPTO_POLICY", "UCX_CRYPTO_JOB"}};
    const auto found = [&](std::vector<const char*> environment) {
        environment.push_back(nullptr);
        return unknown_names(environment.data(), known);
    };
    using Sentences = std::vector<std::string>;
    CHECK(found({"UCX_TLS=crypto_tcp,self", "UCX_CRYPTO_JOB=1", "HOME=/", "UCX_NET_DEVICES=lo"})
              .empty());
    CHECK(found({"UCX_TLS=^crypto_tcp", "A_UCX_TLS=crypto_tc:aux"}).empty());
    CHECK(found({"UCX_CRYPTO_JOBS=1"}) == Sentences{"variable UCX_CRYPTO_JOBS (UCX_CRYPTO_JOB?)"});
    CHECK(found({"UCX_CRYPTO=y"}) == Sentences{"variable UCX_CRYPTO"});
    CHECK(found({"UCX_TLS=self,crypto_tpc"}) ==
          Sentences{"transport crypto_tpc (crypto_tc?) in UCX_TLS"});
    CHECK(found({"A_UCX_TLS=^crypto_infiniband"}) ==
          Sentences{"transport crypto_infiniband in A_UCX_TLS"});
    CHECK(unknown_names(nullptr, known).empty());
}

}  // namespace ucx_crypto::cli
