#include "net/exchange/parameters.hpp"

#include <algorithm>

#include "net/server/target.hpp"

namespace pitwall::sim {

namespace {

constexpr int wire_digits = 8;
constexpr std::string_view number_pattern = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";

/// The text without its signature.
std::string without_signature(std::string_view raw) {
  std::string out;
  while (!raw.empty()) {
    const auto part = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), part.size() + 1));
    if (part.starts_with("signature=")) continue;
    if (!out.empty()) out += '&';
    out += part;
  }
  return out;
}

/// Digits, and at most one point among them.
bool is_plain_number(std::string_view text) noexcept {
  const auto point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 20 &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (point == std::string_view::npos) return digits(text);
  return digits(text.substr(0, point)) && digits(text.substr(point + 1));
}

}  // namespace

verdict parameters::read(std::string_view query, std::string_view body, parameters& out) {
  out = {};
  for (const auto raw : {query, body}) {
    const auto parsed = http::parse_target("/?" + std::string(raw));
    if (!parsed.ok()) return refusal{-1100, "Illegal characters found in a parameter.", 400};
    parameters part;
    for (const auto& [name, text] : parsed->query) {
      if (part.has(name)) {
        return refusal{-1101, "Duplicate values for parameter '" + name + "'.", 400};
      }
      part.all_.emplace_back(name, text);
    }
    for (auto& p : part.all_) {
      if (!out.has(p.first)) out.all_.push_back(std::move(p));
    }
    out.signed_text_ += without_signature(raw);
  }
  return {};
}

const std::string* parameters::find(std::string_view name) const noexcept {
  for (const auto& [key, text] : all_) {
    if (key == name) return &text;
  }
  return nullptr;
}

std::string parameters::text_or(std::string_view name, std::string fallback) const {
  const std::string* given = find(name);
  return given != nullptr ? *given : std::move(fallback);
}

verdict parameters::need(std::string_view name, std::string& out) const {
  const std::string* given = find(name);
  if (given == nullptr || given->empty()) return missing(name);
  out = *given;
  return {};
}

verdict parameters::whole(std::string_view name, std::int64_t minimum, std::int64_t maximum,
                          std::optional<std::int64_t>& out) const {
  const std::string* given = find(name);
  if (given == nullptr) return {};
  const auto number = http::parse_unsigned(*given);
  if (!number || *number > static_cast<std::uint64_t>(INT64_MAX) ||
      static_cast<std::int64_t>(*number) < minimum ||
      static_cast<std::int64_t>(*number) > maximum) {
    return illegal(name, "^[0-9]{1,20}$");
  }
  out = static_cast<std::int64_t>(*number);
  return {};
}

verdict parameters::amount(std::string_view name, decimal& out) const {
  std::string text;
  if (auto refused = need(name, text)) return refused;
  if (!is_plain_number(text)) return illegal(name, number_pattern);
  const auto parsed = decimal::parse(text);
  const bool fine = text.find('.') != std::string::npos &&
                    text.size() - text.find('.') - 1 > static_cast<std::size_t>(wire_digits);
  // Zeros behind the eighth digit say nothing more.
  if (fine && text.find_last_not_of('0') > text.find('.') + wire_digits) {
    return refusal{-1111, "Parameter '" + std::string(name) + "' has too much precision.", 400};
  }
  if (!parsed.ok()) {
    // "007" is a number to the real one.
    const auto first = std::min(text.find_first_not_of('0'), text.size());
    auto trimmed = text.substr(first);
    if (trimmed.empty() || trimmed.front() == '.') trimmed.insert(0, "0");
    const auto again = decimal::parse(trimmed);
    if (!again.ok()) return illegal(name, number_pattern);
    out = *again;
    return {};
  }
  out = *parsed;
  return {};
}

}  // namespace pitwall::sim
