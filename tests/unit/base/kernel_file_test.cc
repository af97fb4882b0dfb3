#include "ucx_crypto/base/kernel_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

using ucx_crypto::read_kernel_file;

TEST_CASE("A file of the kernel's is read whole") {
    const std::string status = read_kernel_file("/proc/self/status");
    CHECK(status.find("\nPid:\t" + std::to_string(getpid()) + "\n") != std::string::npos);
    CHECK(status.back() == '\n');
}

TEST_CASE("A file that cannot be opened, or fails when it is read, is empty and no exception") {
    CHECK(read_kernel_file("/proc/0/status").empty());
    // Opens and then fails, as the files of a process that has ended since do.
    CHECK(read_kernel_file("/proc/self").empty());
    CHECK(read_kernel_file("/proc/self/mem").empty());
}
