#include "net/exchange/rate_limits.hpp"

#include "net/exchange/views.hpp"

namespace pitwall::sim {

std::uint64_t rate_limits::window::add(std::uint64_t n, std::int64_t now_ms) {
  if (now_ms / length_ms != number) {
    number = now_ms / length_ms;
    used = 0;
  }
  return used += n;
}

std::int64_t rate_limits::window::left_s(std::int64_t now_ms) const {
  return (length_ms - now_ms % length_ms + 999) / 1'000;
}

verdict rate_limits::take(std::uint64_t weight, bool places_order, std::int64_t now_ms) {
  if (minute_.add(weight, now_ms) > options_.weight_a_minute) {
    retry_after_s_ = minute_.left_s(now_ms);
    return refusal{-1003,
                   "Too much request weight used; current limit is " +
                       std::to_string(options_.weight_a_minute) +
                       " request weight per 1 MINUTE. Please use WebSocket Streams for live "
                       "updates to avoid polling the API.",
                   429};
  }
  if (!places_order) return {};
  const bool soon = ten_seconds_.add(1, now_ms) > options_.orders_in_ten_seconds;
  const bool today = day_.add(1, now_ms) > options_.orders_a_day;
  if (!soon && !today) return {};
  retry_after_s_ = (today ? day_ : ten_seconds_).left_s(now_ms);
  return refusal{
      -1015,
      "Too many new orders; current limit is " +
          (today ? std::to_string(options_.orders_a_day) + " orders per 1 DAY."
                 : std::to_string(options_.orders_in_ten_seconds) + " orders per 10 SECOND."),
      429};
}

std::vector<std::pair<std::string, std::string>> rate_limits::headers(bool places_order) const {
  const std::string used = std::to_string(minute_.used);
  std::vector<std::pair<std::string, std::string>> out{{"X-MBX-USED-WEIGHT", used},
                                                       {"X-MBX-USED-WEIGHT-1M", used}};
  if (places_order) {
    out.emplace_back("X-MBX-ORDER-COUNT-10S", std::to_string(ten_seconds_.used));
    out.emplace_back("X-MBX-ORDER-COUNT-1D", std::to_string(day_.used));
  }
  return out;
}

value rate_limits::view() const {
  const auto limit = [](const char* type, const char* unit, int count, std::uint64_t most) {
    return value(value::object{{"rateLimitType", type},
                               {"interval", unit},
                               {"intervalNum", count},
                               {"limit", number(most)}});
  };
  return value(value::list{limit("REQUEST_WEIGHT", "MINUTE", 1, options_.weight_a_minute),
                           limit("ORDERS", "SECOND", 10, options_.orders_in_ten_seconds),
                           limit("ORDERS", "DAY", 1, options_.orders_a_day)});
}

}  // namespace pitwall::sim
