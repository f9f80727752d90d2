#include "net/venues/weight_budget.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

/// A day is looked at anew after so long.
constexpr milliseconds longest_belief{60'000};
/// For what is under way, where no window has begun.
constexpr milliseconds unknown_wait{1'000};

milliseconds left_of(weight_budget::time ends, weight_budget::time now) {
  return std::max(std::chrono::ceil<milliseconds>(ends - now), milliseconds(1));
}

std::string seconds_of(milliseconds wait) {
  return std::to_string((wait.count() + 999) / 1'000) + " s";
}

std::uint64_t count_in(const value& of, std::string_view name) {
  const value* v = of.find(name);
  if (v == nullptr || !v->is_number()) return 0;
  const auto n = v->as_number().to_int();
  return n.ok() && *n > 0 ? static_cast<std::uint64_t>(*n) : 0;
}

bool says(const value& of, std::string_view name, std::string_view text) {
  const value* v = of.find(name);
  return v != nullptr && v->is_text() && v->as_text() == text;
}

}  // namespace

result<weight_limits> parse_rate_limits(std::string_view body) {
  PITWALL_TRY(whole, parse_json(body));
  const value* list = whole.find("rateLimits");
  if (list == nullptr || !list->is_list())
    return error{errc::unavailable, "the venue's answer has no rateLimits", {}, {}};
  weight_limits out;
  for (const value& one : list->as_list()) {
    const auto most = count_in(one, "limit"), every = count_in(one, "intervalNum");
    const bool orders = says(one, "rateLimitType", "ORDERS");
    if (says(one, "rateLimitType", "REQUEST_WEIGHT") && says(one, "interval", "MINUTE") &&
        every == 1)
      out.weight_a_minute = most;
    if (orders && says(one, "interval", "SECOND") && every == 10) out.orders_in_ten_seconds = most;
    if (orders && says(one, "interval", "DAY") && every == 1) out.orders_a_day = most;
  }
  return out;
}

unsigned weight_of(std::string_view path, std::string_view parameters) {
  const bool one = parameters.find("symbol=") != std::string_view::npos;
  if (path == "/api/v3/ticker/bookTicker") return one ? 2 : 4;
  if (path == "/api/v3/depth") {
    const auto at = parameters.find("limit=");
    if (at == std::string_view::npos) return 5;
    unsigned levels = 100;
    std::from_chars(parameters.data() + at + 6, parameters.data() + parameters.size(), levels);
    return levels <= 100 ? 5 : levels <= 500 ? 25 : levels <= 1'000 ? 50 : 250;
  }
  if (path == "/api/v3/klines" || path == "/api/v3/userDataStream") return 2;
  if (path == "/api/v3/exchangeInfo" || path == "/api/v3/account" || path == "/api/v3/myTrades")
    return 20;
  if (path == "/api/v3/openOrders") return one ? 6 : 80;
  return path == "/api/v3/order" ? 4 : 1;
}

void weight_budget::window::learn(const std::string& word, time now,
                                  std::optional<std::int64_t> venue_ms) {
  std::uint64_t n = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), n);
  if (word.empty() || read.ec != std::errc{} || read.ptr != word.data() + word.size()) return;
  // Answers may overtake each other; a number that is much lower is that of a new window.
  if (only_grows && now < ends && n >= used / 2) {
    used = std::max(used, n);
    return;
  }
  used = n;
  const auto left = venue_ms ? milliseconds(length.count() - *venue_ms % length.count()) : length;
  ends = now + std::min(left, longest_belief);
}

void weight_budget::learn(const weight_words& words, time now,
                          std::optional<std::int64_t> venue_ms) {
  minute_.learn(words.weight, now, venue_ms);
  ten_seconds_.learn(words.orders_in_ten_seconds, now, venue_ms);
  day_.learn(words.orders_a_day, now, venue_ms);
}

std::optional<weight_budget::held> weight_budget::holds_market(unsigned weight, time now) const {
  const auto limit = limits_.weight_a_minute, used = minute_.used_at(now);
  if (limit == 0) return std::nullopt;
  if ((used + under_way_ + weight) * 100 <= limit * market_share) return std::nullopt;
  const auto wait = now < minute_.ends ? left_of(minute_.ends, now) : unknown_wait;
  return held{wait, std::to_string(used + under_way_) + " of the " + std::to_string(limit) +
                        " units of weight that the venue allows in a minute are used; what is left "
                        "is for orders, and market data waits for " +
                        seconds_of(wait)};
}

std::optional<weight_budget::held> weight_budget::holds_order(time now) const {
  const auto full = [&](std::uint64_t limit, const window& w,
                        const char* of) -> std::optional<held> {
    if (limit == 0 || w.used_at(now) + orders_under_way_ < limit) return std::nullopt;
    const auto wait = now < w.ends ? left_of(w.ends, now) : unknown_wait;
    return held{wait, "all " + std::to_string(limit) + " orders that the venue allows in " + of +
                          " are used, or under way, for another " + seconds_of(wait)};
  };
  if (auto day = full(limits_.orders_a_day, day_, "a day")) return day;
  return full(limits_.orders_in_ten_seconds, ten_seconds_, "10 s");
}

}  // namespace pitwall
