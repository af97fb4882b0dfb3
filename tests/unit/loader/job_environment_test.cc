#include "ucx_crypto/loader/job_environment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <stdexcept>

namespace ucx_crypto::loader {
namespace {

/// An installation in a folder of its own, with Open MPI's folder.
class Folder {
  public:
    Folder() {
        if (mkdtemp(path_) == nullptr || mkdir(open_mpi().c_str(), 0700) != 0) {
            throw std::runtime_error("no temporary folder");
        }
    }
    ~Folder() {
        rmdir(open_mpi().c_str());
        rmdir(path_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path() const { return path_; }
    std::string open_mpi() const { return path() + "/openmpi"; }

  private:
    char path_[32] = "/tmp/ucx-crypto-test-XXXXXX";
};

std::map<std::string, std::string> made_from(std::vector<const char*> environment,
                                             const std::string& folder = "/modules") {
    environment.push_back(nullptr);
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : job_environment({folder}, environment.data())) {
        CHECK(result.emplace(name, value).second);
    }
    return result;
}

}  // namespace

TEST_CASE("Open MPI is told to use UCX alone") {
    auto made = made_from({"OMPI_MCA_pml=ob1"});
    CHECK(made["OMPI_MCA_pml"] == "ucx");
    CHECK(made["OMPI_MCA_osc"] == "ucx,sm");
    CHECK(made["OMPI_MCA_btl"] == "self");
    CHECK(made["OMPI_MCA_pml_ucx_tls"] == "any");
    CHECK(made["OMPI_MCA_pml_ucx_devices"] == "any");
}

TEST_CASE("UCX_TLS is set where it is not, and kept where it is") {
    CHECK(made_from({})["UCX_TLS"] == "crypto_tcp");
    CHECK(made_from({"UCX_TLS="})["UCX_TLS"] == "crypto_tcp");
    CHECK_FALSE(made_from({"UCX_TLS=tcp"}).contains("UCX_TLS"));
}

TEST_CASE("what is preloaded and found already stays, and a second time adds nothing") {
    auto made = made_from({"LD_PRELOAD=/a.so /b.so"});
    CHECK(made["LD_PRELOAD"] == "/modules/libucx_crypto_preload.so:/a.so:/b.so");
    std::string preload = "LD_PRELOAD=" + made["LD_PRELOAD"];
    CHECK(made_from({preload.c_str()})["LD_PRELOAD"] == made["LD_PRELOAD"]);
}

TEST_CASE("Open MPI looks for the hook first where there is one, and never where there is none") {
    constexpr const char* kPath = "OMPI_MCA_mca_base_component_path";
    Folder folder;
    CHECK(made_from({}, folder.path())[kPath] ==
          folder.open_mpi() + ":SYSTEM_DEFAULT:USER_DEFAULT");
    CHECK(made_from({"OMPI_MCA_mca_base_component_path=/x:/y"}, folder.path())[kPath] ==
          folder.open_mpi() + ":/x:/y");
    CHECK_FALSE(made_from({}, "/nonexistent").contains(kPath));
}

TEST_CASE("other hosts get the settings by name, and nothing that is not set") {
    CHECK(made_from({})["OMPI_MCA_mca_base_env_list"] == "LD_PRELOAD;UCX_TLS");
    CHECK(made_from({"UCX_CRYPTO_DOMAIN_KEY=/k;k", "MPI_UCX_TLS=x", "HOME=/root", "A=1",
                     "OMPI_MCA_mca_base_env_list=A;B=2;C;UCX_TLS"})["OMPI_MCA_mca_base_env_list"] ==
          "A;B=2;UCX_TLS;LD_PRELOAD;MPI_UCX_TLS;UCX_CRYPTO_DOMAIN_KEY");
}

TEST_CASE("a shell reads quoted text as it was") {
    CHECK(shell_quoted("/a/b-c.so:d") == "/a/b-c.so:d");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("a;b $c") == "'a;b $c'");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
}

}  // namespace ucx_crypto::loader
