#include "ucx_crypto/cli/open_mpi.h"

#include <catch2/catch.hpp>

namespace ucx_crypto::cli {
namespace {

// As Open MPI 4.1.4 prints it.
constexpr const char* kRight =
    "mca:hook:ucx_crypto:version:\"component:4.1.4\"\n"
    "mca:pml:base:param:pml:value:ucx\n"
    "mca:pml:base:param:pml:source:environment\n"
    "mca:pml:base:param:pml:help:Default selection set of components: value:ob1\n"
    "mca:osc:base:param:osc:value:ucx,sm\n"
    "mca:btl:base:param:btl:value:self\n"
    "mca:pml:ucx:param:pml_ucx_tls:value:any\n"
    "mca:pml:ucx:param:pml_ucx_devices:value:any\n"
    "mca:plm:rsh:param:plm_rsh_agent:value:\"ssh : rsh\"\n";

OpenMpi with(const std::string& name, const std::string& value, const std::string& source) {
    OpenMpi open_mpi = parse_ompi_info(kRight);
    open_mpi.parameters[name] = {value, source};
    return open_mpi;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("parameters are read with value and source, colons and quotes included") {
    OpenMpi open_mpi = parse_ompi_info(
        std::string(kRight) + "mca:pml:base:param:x:source:file (/etc/a.conf:69)\nnonsense\n:\n");
    CHECK(open_mpi.hook_found);
    CHECK(open_mpi.parameters["pml"].value == "ucx");
    CHECK(open_mpi.parameters["pml"].source == "environment");
    CHECK(open_mpi.parameters["plm_rsh_agent"].value == "ssh : rsh");
    CHECK(open_mpi.parameters["x"].source == "file (/etc/a.conf:69)");
    CHECK_FALSE(parse_ompi_info("mca:hook:comm_method:version:\"mca:2.1.0\"\n").hook_found);
}

TEST_CASE("settings under which Open MPI selects ucx alone are ok") {
    CHECK(judge_selection(parse_ompi_info(kRight), true).verdict == Verdict::kOk);
}

TEST_CASE("another selection fails where encryption is asked for, unless the hook changes it") {
    OpenMpi clear = with("pml", "^ucx", "file (/etc/openmpi/openmpi-mca-params.conf:69)");
    CHECK(judge_selection(clear, true).verdict == Verdict::kWarning);
    clear.hook_found = false;
    Finding finding = judge_selection(clear, true);
    CHECK(finding.verdict == Verdict::kFailed);
    CHECK(contains(finding.found, "expected pml=ucx, found ^ucx from file (/etc/openmpi/"));
    CHECK(judge_selection(clear, false).verdict == Verdict::kWarning);
    CHECK(judge_selection({}, true).verdict == Verdict::kFailed);
}

TEST_CASE("an override file fails even beside the hook") {
    Finding finding = judge_selection(
        with("btl", "tcp,self", "file (/etc/openmpi/openmpi-mca-params-override.conf:2)"), false);
    CHECK(finding.verdict == Verdict::kFailed);
    CHECK(contains(finding.found, "openmpi-mca-params-override.conf:2"));
    CHECK(contains(finding.mend, "Remove"));
}

TEST_CASE("a hook that Open MPI does not find is a warning with the path that it looked on") {
    CHECK(judge_hook(parse_ompi_info(kRight)).verdict == Verdict::kOk);
    OpenMpi without = with("mca_base_component_path", "/a:/b", "default");
    without.hook_found = false;
    CHECK(judge_hook(without).verdict == Verdict::kWarning);
    CHECK(contains(judge_hook(without).found, "/a:/b"));
}

TEST_CASE("a launcher other than ssh is named, and ssh is not taken for a protected channel") {
    Finding ssh = judge_launch_channel(parse_ompi_info(kRight), "");
    CHECK(ssh.verdict == Verdict::kWarning);
    CHECK(contains(ssh.found, "in clear"));
    CHECK_FALSE(contains(ssh.found, "expected ssh"));
    CHECK_FALSE(contains(
        judge_launch_channel(with("plm_rsh_agent", "/usr/bin/ssh -x", ""), "").found, "expected"));
    for (const char* agent : {"rsh", "/opt/agent -q", "sshh"}) {
        Finding other = judge_launch_channel(with("plm_rsh_agent", agent, "environment"), "");
        CHECK(contains(other.found, std::string(agent) + " starts"));
        CHECK(contains(other.found, "expected ssh"));
    }
    CHECK(contains(judge_launch_channel(parse_ompi_info(kRight), "Slurm").found, "Slurm starts"));
}

}  // namespace ucx_crypto::cli
