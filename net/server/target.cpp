#include "net/server/target.hpp"

#include <algorithm>
#include <charconv>

namespace pitwall::http {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

error bad_target(std::string message) {
  return {errc::invalid_argument, std::move(message), {}, "percent-encode it as RFC 3986 says"};
}

result<std::string> decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return bad_target("the request target has a '%' without two hex digits after it");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20) {
      return bad_target("the request target has a control character in it");
    }
    out.push_back(c);
  }
  return out;
}

/// Calls `take` with each part; stops at its first error.
template <class Take>
status split(std::string_view text, char separator, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    PITWALL_CHECK(take(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return done{};
}

}  // namespace

result<target> parse_target(std::string_view raw) {
  if (raw.empty() || raw.front() != '/') {
    return bad_target("the request target does not start with '/'");
  }
  target t;
  const std::size_t question = std::min(raw.find('?'), raw.size());
  t.path = raw.substr(0, question);
  PITWALL_CHECK(
      split(std::string_view(t.path).substr(1), '/', [&t](std::string_view part) -> status {
        PITWALL_TRY(segment, decode(part, false));
        t.segments.push_back(std::move(segment));
        return done{};
      }));
  raw.remove_prefix(std::min(question + 1, raw.size()));
  t.raw_query = raw;
  PITWALL_CHECK(split(raw, '&', [&t](std::string_view part) -> status {
    if (part.empty()) return done{};
    const std::size_t equals = std::min(part.find('='), part.size());
    PITWALL_TRY(name, decode(part.substr(0, equals), true));
    PITWALL_TRY(text, decode(part.substr(std::min(equals + 1, part.size())), true));
    t.query.emplace_back(std::move(name), std::move(text));
    return done{};
  }));
  return t;
}

const std::string* target::parameter(std::string_view name) const noexcept {
  for (const auto& [key, text] : query) {
    if (key == name) return &text;
  }
  return nullptr;
}

std::string target::parameter_or(std::string_view name, std::string fallback) const {
  const std::string* given = parameter(name);
  return given != nullptr ? *given : std::move(fallback);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
  return number;
}

result<std::uint64_t> target::number(std::string_view name, std::uint64_t fallback,
                                     std::uint64_t minimum, std::uint64_t maximum) const {
  const std::string* text = parameter(name);
  if (text == nullptr) return fallback;
  const auto number = parse_unsigned(*text);
  if (!number || *number < minimum || *number > maximum) {
    return {
        errc::invalid_argument, "parameter '" + std::string(name) + "' is '" + *text + "'", path,
        "give a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum)};
  }
  return *number;
}

std::vector<std::string> target::list(std::string_view name) const {
  std::vector<std::string> parts;
  if (const std::string* text = parameter(name)) {
    const status all = split(*text, ',', [&parts](std::string_view part) -> status {
      if (!part.empty()) parts.emplace_back(part);
      return done{};
    });
    static_cast<void>(all);
  }
  return parts;
}

status target::allow_only(std::initializer_list<std::string_view> names) const {
  for (auto at = query.begin(); at != query.end(); ++at) {
    const auto same = [&at](const auto& other) { return other.first == at->first; };
    if (std::find(names.begin(), names.end(), at->first) == names.end()) {
      std::string known;
      for (const auto name : names) known.append(known.empty() ? "" : ", ").append(name);
      return {errc::invalid_argument, "there is no parameter '" + at->first + "' here", path,
              known.empty() ? "send none" : "known are: " + known};
    }
    if (std::any_of(query.begin(), at, same)) {
      return {errc::invalid_argument, "parameter '" + at->first + "' is given twice", path,
              "give it once; several values are separated by commas where a list is allowed"};
    }
  }
  return done{};
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "-._~";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', digits[byte / 16U], digits[byte % 16U]});
    }
  }
  return out;
}

}  // namespace pitwall::http
