#include "runtime/schedule/notation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace pitwall {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<std::pair<std::string_view, milliseconds>, 5> units{
    {{"d", std::chrono::hours(24)},
     {"h", std::chrono::hours(1)},
     {"m", std::chrono::minutes(1)},
     {"s", seconds(1)},
     {"ms", milliseconds(1)}}};
constexpr milliseconds longest = std::chrono::hours(24 * 366);

}  // namespace

std::optional<unsigned> digits(std::string_view text, std::size_t longest_text) noexcept {
  unsigned n = 0;
  if (text.empty() || text.size() > longest_text) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<seconds> time_of_day(std::string_view text) noexcept {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(colon + 1);
  if (rest.size() != 2 && (rest.size() != 5 || rest[2] != ':')) return std::nullopt;
  const auto hour = digits(text.substr(0, colon), 2), minute = digits(rest.substr(0, 2), 2);
  const auto second = rest.size() == 2 ? std::optional(0U) : digits(rest.substr(3), 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59)
    return std::nullopt;
  return seconds(*hour * 3600 + *minute * 60 + *second);
}

result<milliseconds> length_of_time(std::string_view text) {
  const error wrong{errc::invalid_argument,
                    "'" + std::string(text) + "' is no length of time",
                    {},
                    "write parts of d, h, m, s and ms, as in 5m, 90s or 1h30m; at most 366d"};
  milliseconds sum{0};
  std::size_t next_unit = 0;
  auto rest = text;
  do {
    const auto end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto n = digits(rest.substr(0, end), 9);
    rest.remove_prefix(end);
    const auto unit = rest.substr(0, std::min(rest.find_first_of("0123456789"), rest.size()));
    rest.remove_prefix(unit.size());
    while (next_unit < units.size() && units[next_unit].first != unit) ++next_unit;
    if (!n || next_unit == units.size()) return wrong;
    if (milliseconds(*n) > longest) return wrong;  // Before a product of it is made.
    sum += *n * units[next_unit++].second;
  } while (!rest.empty());
  if (sum > longest) return wrong;
  return sum;
}

std::string to_text(milliseconds length) {
  std::string text;
  for (const auto& [name, unit] : units) {
    const auto n = length / unit;
    if (n == 0) continue;
    text.append(std::to_string(n)).append(name);
    length -= n * unit;
  }
  return text.empty() ? "0s" : text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  auto words = split(text, ' ');
  std::erase(words, std::string_view());
  return words;
}

}  // namespace pitwall
