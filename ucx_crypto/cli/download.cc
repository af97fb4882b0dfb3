#include "ucx_crypto/cli/download.h"

#include <curl/curl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

namespace ucx_crypto::cli {
namespace {

constexpr size_t kMaxBody = 64 * 1024;
constexpr double kMaxPause = 120;

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

size_t append(char* data, size_t, size_t size, void* target) {
    Bytes& body = *static_cast<Bytes*>(target);
    if (body.size() + size > kMaxBody) {
        return 0;  // libcurl takes another count than `size` as an error
    }
    body.insert(body.end(), data, data + size);
    return size;
}

struct Answer {
    CURLcode code = CURLE_OK;
    long status = 0;
    double retry_after = 0;
    Bytes body;
    std::string error;
};

Answer ask(CURL* handle, const std::string& url, const Retries& retries) {
    Answer answer;
    char message[CURL_ERROR_SIZE] = "";
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT, static_cast<long>(retries.timeout));
    curl_easy_setopt(handle, CURLOPT_MAXFILESIZE, static_cast<long>(kMaxBody));
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "ucx-crypto");
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
    answer.code = curl_easy_perform(handle);
    curl_off_t retry_after = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
    answer.retry_after = static_cast<double>(retry_after);
    answer.error = message[0] != '\0' ? message : curl_easy_strerror(answer.code);
    return answer;
}

bool is_passing(const Answer& answer) {
    constexpr long kTooManyRequests = 429;
    switch (answer.code) {
        case CURLE_OK:
            return answer.status == kTooManyRequests || answer.status / 100 == 5;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_GOT_NOTHING:
        case CURLE_RECV_ERROR:
        case CURLE_PARTIAL_FILE:
            return true;
        default:
            return false;
    }
}

Error failure(const std::string& url, const Answer& answer, int attempts) {
    const std::string after =
        fmt::format(", after {} attempt{}", attempts, attempts == 1 ? "" : "s");
    if (answer.code != CURLE_OK) {
        return {answer.code == CURLE_OPERATION_TIMEDOUT ? ErrorCode::kTimedOut : ErrorCode::kIo,
                url + ": " + answer.error + after};
    }
    constexpr long kNotFound = 404;
    return {answer.status == kNotFound ? ErrorCode::kNotFound : ErrorCode::kIo,
            fmt::format("{}: expected status 200, found {}{}", url, answer.status, after)};
}

void tell(const std::string& message) {
    if (isatty(STDERR_FILENO) == 1) {
        fmt::print(stderr, "ucx-crypto: {}\n", message);
    }
}

}  // namespace

Result<Bytes> download(const std::string& url, const Retries& retries) {
    const Handle handle(curl_easy_init(), curl_easy_cleanup);
    if (!handle) {
        return Error(ErrorCode::kInternal, "libcurl cannot be started");
    }
    double pause = retries.first_pause;
    for (int attempt = 1;; ++attempt) {
        tell("asking " + url);
        Answer answer = ask(handle.get(), url, retries);
        if (answer.code == CURLE_OK && answer.status == 200) {
            return std::move(answer.body);
        }
        if (!is_passing(answer) || attempt >= retries.attempts) {
            return failure(url, answer, attempt);
        }
        const double wait =
            std::min(answer.retry_after > 0 ? answer.retry_after : pause, kMaxPause);
        tell(fmt::format(
            "{}; next attempt in {:.1f} s",
            answer.code == CURLE_OK ? fmt::format("status {}", answer.status) : answer.error,
            wait));
        std::this_thread::sleep_for(std::chrono::duration<double>(wait));
        pause *= 2;
    }
}

}  // namespace ucx_crypto::cli
