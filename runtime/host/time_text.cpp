#include "runtime/host/time_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace pitwall {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
    {{"ms", 1'000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}}};
constexpr std::uint32_t most = 1'000'000;

}  // namespace

result<microseconds> parse_time(std::string_view text, bool alone) {
  const error wrong{errc::invalid_argument,
                    "'" + std::string(text) + "' is no value for this setting",
                    {},
                    "give a time like 500ms, 2s, 1m or 3h"};
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [&](const auto& u) { return u.first == text.substr(digits); });
  if (unit == units.end()) return wrong;
  if (digits == 0) return alone ? result<microseconds>(microseconds(unit->second)) : wrong;
  std::uint32_t n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + digits, n);
  if (bad != std::errc{} || end != text.data() + digits || n > most) return wrong;
  return microseconds(n * unit->second);
}

std::string time_text(microseconds length) {
  for (auto u = units.rbegin(); u != units.rend(); ++u)
    if (length.count() != 0 && length.count() % u->second == 0)
      return std::to_string(length.count() / u->second) + std::string(u->first);
  return "0s";
}

}  // namespace pitwall
