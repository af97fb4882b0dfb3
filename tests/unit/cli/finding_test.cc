#include "ucx_crypto/cli/finding.h"

#include <catch2/catch.hpp>

namespace ucx_crypto::cli {

TEST_CASE("one failed check decides the exit status, warnings do not") {
    Finding good{"a", Verdict::kOk, "x", ""};
    Finding meek{"b", Verdict::kWarning, "y", "do"};
    Finding bad{"c", Verdict::kFailed, "z", "mend"};
    CHECK(exit_status({}) == 0);
    CHECK(exit_status({good, meek}) == 0);
    CHECK(exit_status({good, bad, meek}) == 1);
}

TEST_CASE("a finding is one line, and one JSON object with four members in this order") {
    Finding good{"a", Verdict::kOk, "x", ""};
    Finding bad{"c", Verdict::kFailed, "say \"z\"", "mend"};
    CHECK(as_lines({good, bad}) == "ok       a: x\nfailed   c: say \"z\". mend\n");
    CHECK(as_json({bad}) ==
          "[\n  {\n    \"subject\": \"c\",\n    \"verdict\": \"failed\",\n"
          "    \"found\": \"say \\\"z\\\"\",\n    \"mend\": \"mend\"\n  }\n]\n");
    CHECK(as_json({}) == "[]\n");
    CHECK(as_json({{"a", Verdict::kOk, "\xff", ""}}).find("\"a\"") != std::string::npos);
}

TEST_CASE("what an error's message says is to be done becomes the mend") {
    Error both(ErrorCode::kNotFound, "f: expected a; b, found c; make one");
    Finding finding = from_error("s", Verdict::kFailed, both, "other");
    CHECK(finding.found == "f: expected a; b, found c");
    CHECK(finding.mend == "Make one");
    Finding plain = from_error("s", Verdict::kFailed, Error(ErrorCode::kIo, "found c"), "other");
    CHECK(plain.found == "found c");
    CHECK(plain.mend == "other");
}

}  // namespace ucx_crypto::cli
