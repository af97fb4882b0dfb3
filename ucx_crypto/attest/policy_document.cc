#include "ucx_crypto/attest/policy_document.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

namespace ucx_crypto::attest {
namespace {

using Json = nlohmann::json;

/// A policy needs three levels of objects and lists. The library copies and prints values by
/// recursion, so that depth without a bound would end the process.
constexpr int kMaxDepth = 8;

/// Reads a text and counts the lines, which the library tells for errors of syntax only.
class CountingIterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* position, size_t* line) : position_(position), line_(line) {}

    reference operator*() const { return *position_; }
    CountingIterator& operator++() {
        *line_ += *position_ == '\n' ? 1 : 0;
        ++position_;
        return *this;
    }
    bool operator==(const CountingIterator& other) const { return position_ == other.position_; }
    bool operator!=(const CountingIterator& other) const { return !(*this == other); }

  private:
    const char* position_;
    size_t* line_;
};

/// Follows the parser through objects; lists in a policy hold no objects that are accepted, so
/// their elements need no path.
class Watcher {
  public:
    Watcher(const size_t& line, std::map<std::string, size_t>& lines)
        : line_(line), lines_(lines) {}

    void object_start() {
        prefixes_.push_back(prefixes_.empty() ? "" : key_ + ".");
        seen_.emplace_back();
    }
    void object_end() {
        prefixes_.pop_back();
        seen_.pop_back();
    }
    void key(const std::string& name) {
        key_ = prefixes_.back() + name;
        if (!seen_.back().insert(name).second && repeated_.empty()) {
            repeated_ = key_;
            repeated_line_ = line_;
        }
        lines_.emplace(key_, line_);
    }

    /// Of the first value that is too deep; what is inside is not looked at.
    void too_deep() { too_deep_line_ = too_deep_line_ == 0 ? line_ : too_deep_line_; }

    const std::string& repeated() const { return repeated_; }
    size_t too_deep_line() const { return too_deep_line_; }
    size_t repeated_line() const { return repeated_line_; }

  private:
    const size_t& line_;
    std::map<std::string, size_t>& lines_;
    std::vector<std::string> prefixes_;
    std::vector<std::set<std::string>> seen_;
    std::string key_;
    std::string repeated_;
    size_t repeated_line_ = 0;
    size_t too_deep_line_ = 0;
};

std::string place(size_t line, const std::string& path) {
    return "line " + std::to_string(line) + ", key '" + path + "': ";
}

}  // namespace

Result<PolicyDocument> PolicyDocument::parse(std::string_view text) {
    const size_t zero = text.find('\0');
    if (zero != std::string_view::npos) {  // the library takes it for the end, and skips the rest
        const auto lines = std::count(text.begin(), text.begin() + zero, '\n');
        return Error(ErrorCode::kInvalidArgument,
                     "line " + std::to_string(lines + 1) + ": expected text, found a zero byte");
    }
    PolicyDocument document;
    size_t line = 1;
    Watcher watcher(line, document.lines);
    const auto watch = [&watcher](int depth, Json::parse_event_t event, Json& parsed) {
        const bool opens =
            event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        if (opens && depth >= kMaxDepth) {
            watcher.too_deep();
        }
        if (watcher.too_deep_line() != 0) {
            return false;
        }
        if (event == Json::parse_event_t::object_start) {
            watcher.object_start();
        } else if (event == Json::parse_event_t::object_end) {
            watcher.object_end();
        } else if (event == Json::parse_event_t::key) {
            watcher.key(parsed.get<std::string>());
        }
        return true;
    };
    try {
        document.root = Json::parse(CountingIterator(text.data(), &line),
                                    CountingIterator(text.data() + text.size(), &line), watch);
    } catch (const Json::exception& failure) {
        return Error(ErrorCode::kInvalidArgument, failure.what());
    }
    if (watcher.too_deep_line() != 0) {
        return Error(ErrorCode::kInvalidArgument,
                     "line " + std::to_string(watcher.too_deep_line()) + ": expected at most " +
                         std::to_string(kMaxDepth) +
                         " levels of objects and lists, found more; remove them");
    }
    if (!watcher.repeated().empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     place(watcher.repeated_line(), watcher.repeated()) +
                         "expected once, found more than once; remove one");
    }
    if (!document.root.is_object()) {
        return Error(ErrorCode::kInvalidArgument,
                     "line 1: expected a JSON object, found another value");
    }
    return document;
}

Error PolicyDocument::bad_key(const std::string& path, const std::string& expected,
                              const Json& found) const {
    constexpr size_t kShown = 80;
    return bad_key(path,
                   "expected " + expected + ", found " +
                       found.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, kShown));
}

Error PolicyDocument::bad_key(const std::string& path, const std::string& message) const {
    const auto line = lines.find(path);
    return {ErrorCode::kInvalidArgument,
            place(line == lines.end() ? 1 : line->second, path) + message};
}

}  // namespace ucx_crypto::attest
