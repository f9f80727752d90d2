#include "runtime/base/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace pitwall {

namespace {

// Digits and nothing else; more than fit are as many as fit.
std::optional<std::uint64_t> whole(std::string_view text) noexcept {
  std::uint64_t n = 0;
  const char* last = text.data() + text.size();
  const auto [end, ec] = std::from_chars(text.data(), last, n);
  if (text.empty() || end != last) return std::nullopt;
  if (ec == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return ec == std::errc{} ? std::optional(n) : std::nullopt;
}

}  // namespace

std::optional<microseconds> parse_retry_after(std::string_view text, timestamp now) {
  if (const auto seconds = whole(text)) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000;
    return std::chrono::seconds(static_cast<std::int64_t>(std::min(*seconds, most)));
  }
  // "Sun, 06 Nov 1994 08:49:37 GMT": fixed places.
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") return {};
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  const auto number = std::to_string(101 + (month - months.begin())).substr(1);
  const auto at =
      parse_iso8601(std::string(text.substr(12, 4)) + "-" + number + "-" +
                    std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z");
  if (!at.ok()) return std::nullopt;
  if (*at <= now) return microseconds(0);
  // A clock before 1970 is not set; and the difference must fit.
  return *at - std::min(*at, std::max(now, timestamp{}));
}

}  // namespace pitwall
