#include "runtime/workflow/json.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

namespace pitwall {

namespace {

/// Walks the text and leaves its position outside: the library's callbacks carry none.
class tracking_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  tracking_iterator() = default;
  tracking_iterator(const char* at, const char** seen) noexcept : at_(at), seen_(seen) {}
  reference operator*() const noexcept { return *at_; }
  tracking_iterator& operator++() noexcept {
    *seen_ = ++at_;
    return *this;
  }
  tracking_iterator operator++(int) noexcept {
    auto before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const tracking_iterator& a, const tracking_iterator& b) noexcept {
    return a.at_ == b.at_;
  }

 private:
  const char* at_ = nullptr;
  const char** seen_ = nullptr;
};

/// "line L, column C" of a byte; columns count characters, as editors do.
std::string location(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  const auto column =
      1 + std::count_if(before.begin() + static_cast<std::ptrdiff_t>(start), before.end(),
                        [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// Names in messages: short enough for a line.
std::string shortened(std::string_view text) {
  constexpr std::size_t most = 60;
  if (text.size() <= most) return std::string(text);
  return std::string(text.substr(0, most)) + "...";
}

/// Builds a value from the library's events. A false answer stops the parser.
class value_builder {
 public:
  value_builder(std::string_view text, std::size_t max_depth)
      : text_(text), seen_(text.data()), max_depth_(max_depth) {}

  const char** position() noexcept { return &seen_; }
  value take() { return std::move(root_); }
  error failure() const {
    return failure_.value_or(error{errc::invalid_argument, "the text is not valid JSON", {}, {}});
  }

  bool null() { return add(value{}); }
  bool boolean(bool v) { return add(value(v)); }
  bool number_integer(std::int64_t v) { return add(value(decimal(v))); }
  bool number_unsigned(std::uint64_t v) {
    return add(value(decimal::from_raw(static_cast<int128>(v) * decimal::one_raw)));
  }
  bool number_float(double /*rounded*/, const std::string& written) {
    auto exact = decimal::parse(written);
    if (exact.ok()) return add(value(*exact));
    return number_too_large(written);
  }
  bool string(std::string& v) { return add(value(std::move(v))); }
  bool binary(nlohmann::json::binary_t& /*v*/) { return false; }

  bool start_object(std::size_t /*unknown*/) { return open(true); }
  bool start_array(std::size_t /*unknown*/) { return open(false); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& top = stack_.back();
    if (!top.is_new(name)) {
      return fail(errc::invalid_argument, "the member \"" + shortened(name) + "\" appears twice",
                  offset(), "keep one of them");
    }
    top.key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t bytes_read, const std::string& token,
                   const nlohmann::detail::exception& reason) {
    if (reason.id == 406) return number_too_large(token);
    std::string_view what = reason.what();
    // The library's text: "[json...] parse error at ...: syntax error while ... - what; last read".
    if (const auto at = what.find("syntax error"); at != what.npos) what.remove_prefix(at);
    what = what.substr(0, what.find("; last read"));
    return fail(errc::invalid_argument, "not valid JSON: " + std::string(what),
                bytes_read == 0 ? 0 : bytes_read - 1, "");
  }

 private:
  struct frame {
    bool is_object = false;
    value::list items;
    value::object members;
    std::string key;
    /// Only of large objects, where comparing with every name would be quadratic.
    std::unique_ptr<std::set<std::string, std::less<>>> names;

    bool is_new(const std::string& name) {
      constexpr std::size_t large = 16;
      if (names == nullptr) {
        if (members.size() < large) {
          return std::none_of(members.begin(), members.end(),
                              [&](const auto& m) { return m.first == name; });
        }
        names = std::make_unique<std::set<std::string, std::less<>>>();
        for (const auto& m : members) names->insert(m.first);
      }
      return names->insert(name).second;
    }
  };

  std::size_t offset() const noexcept {
    const auto read = static_cast<std::size_t>(seen_ - text_.data());
    return read == 0 ? 0 : read - 1;
  }

  bool add(value v) {
    if (stack_.empty()) {
      root_ = std::move(v);
    } else if (auto& top = stack_.back(); top.is_object) {
      top.members.emplace_back(std::move(top.key), std::move(v));
    } else {
      top.items.push_back(std::move(v));
    }
    return true;
  }

  bool open(bool is_object) {
    if (stack_.size() >= max_depth_) {
      return fail(errc::out_of_range,
                  "nested deeper than " + std::to_string(max_depth_) + " levels", offset(),
                  "flatten the structure");
    }
    stack_.emplace_back().is_object = is_object;
    return true;
  }

  bool close() {
    auto top = std::move(stack_.back());
    stack_.pop_back();
    return add(top.is_object ? value(std::move(top.members)) : value(std::move(top.items)));
  }

  bool number_too_large(std::string_view written) {
    // The lexer has read one character beyond the number, unless the text ended with it.
    auto at = static_cast<std::size_t>(seen_ - text_.data());
    at -= std::min(at, written.size() + (at < text_.size() ? 1 : 0));
    return fail(errc::out_of_range,
                "the number " + shortened(written) + " is larger than decimals can hold", at,
                "use numbers below 1.7e20 in size");
  }

  bool fail(errc code, std::string message, std::size_t at, std::string remedy) {
    failure_ = error{code, std::move(message), location(text_, at), std::move(remedy)};
    return false;
  }

  std::string_view text_;
  const char* seen_;
  std::size_t max_depth_;
  std::vector<frame> stack_;
  value root_;
  std::optional<error> failure_;
};

result<value> parse(std::string_view text, std::size_t max_depth, bool comments) {
  // The library takes a zero byte for the end of the text and would accept what follows it.
  if (const auto zero = text.find('\0'); zero != text.npos) {
    return {errc::invalid_argument, "not valid JSON: the text holds a zero byte",
            location(text, zero), "save the file as UTF-8 text"};
  }
  // The library's own word on it differs from release to release.
  if (text.empty()) {
    return {errc::invalid_argument,
            "not valid JSON: unexpected end of input, there is no text",
            location(text, 0),
            {}};
  }
  value_builder builder(text, max_depth);
  const tracking_iterator first(text.data(), builder.position());
  const tracking_iterator last(text.data() + text.size(), builder.position());
  try {
    const bool ok = nlohmann::json::sax_parse(first, last, &builder,
                                              nlohmann::json::input_format_t::json, true, comments);
    if (ok) return builder.take();
    return builder.failure();
  } catch (const std::exception& e) {
    return {errc::internal, std::string("the JSON parser failed: ") + e.what()};
  }
}

}  // namespace

result<value> parse_json(std::string_view text, std::size_t max_depth) {
  return parse(text, max_depth, false);
}

result<value> parse_json_with_comments(std::string_view text, std::size_t max_depth) {
  return parse(text, max_depth, true);
}

std::string pointer_token(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (const char c : raw) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace pitwall
