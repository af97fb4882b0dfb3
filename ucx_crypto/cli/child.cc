#include "ucx_crypto/cli/child.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

namespace ucx_crypto::cli {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void be_child(const std::function<int()>& work, int output) {
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    int status = EXIT_FAILURE;
    try {
        status = work();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
    }
    std::fflush(nullptr);
    _exit(status);
}

/// What the child writes until it closes its end; false if that is not before `deadline`.
bool read_until(Clock::time_point deadline, int input, std::string& output) {
    for (;;) {
        auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd descriptor{input, POLLIN, 0};
        int ready = left > 0 ? poll(&descriptor, 1, static_cast<int>(left)) : 0;
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return false;
        }
        char buffer[4096];
        ssize_t got = read(input, buffer, sizeof(buffer));
        if (got <= 0) {
            return true;
        }
        output.append(buffer, static_cast<size_t>(got));
    }
}

std::string without_newline(std::string text) {
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

Error no_child() {
    return Error(ErrorCode::kIo,
                 std::string("expected to start a child process, found: ") + std::strerror(errno));
}

}  // namespace

Result<std::string> output_of_child(const std::function<int()>& work,
                                    std::chrono::milliseconds limit) {
    int ends[2];
    if (pipe(ends) != 0) {
        return no_child();
    }
    std::fflush(nullptr);  // or the child would write it once more
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        be_child(work, ends[1]);
    }
    close(ends[1]);
    if (child < 0) {
        Error error = no_child();
        close(ends[0]);
        return error;
    }
    std::string output;
    bool in_time = read_until(Clock::now() + limit, ends[0], output);
    close(ends[0]);
    if (!in_time) {
        kill(child, SIGKILL);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    output = without_newline(std::move(output));
    if (!in_time) {
        return Error(
            ErrorCode::kTimedOut,
            fmt::format("expected an answer within {} ms, found none: {}", limit.count(), output));
    }
    if (WIFSIGNALED(status)) {
        return Error(ErrorCode::kInternal,
                     fmt::format("it crashed ({}) {}", strsignal(WTERMSIG(status)), output));
    }
    if (WEXITSTATUS(status) != 0) {
        return Error(
            ErrorCode::kInternal,
            output.empty() ? fmt::format("it ended with status {}", WEXITSTATUS(status)) : output);
    }
    return output;
}

}  // namespace ucx_crypto::cli
