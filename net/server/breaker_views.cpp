#include "net/server/json_views.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {
namespace {

value whole(std::uint64_t n) { return value(decimal(static_cast<std::int64_t>(n))); }

}  // namespace

value view_of(const breaker_view& b) {
  value since, next;
  if (b.since != timestamp{}) since = value(to_iso8601(b.since));
  if (b.next_probe_in)
    next = whole(static_cast<std::uint64_t>(b.next_probe_in->count() + 999) / 1'000);
  return value(value::object{{"name", value(b.name)},
                             {"state", value(b.state)},
                             {"since", std::move(since)},
                             {"next_probe_in_ms", std::move(next)},
                             {"window", value(value::object{{"calls", whole(b.window_calls)},
                                                            {"failures", whole(b.window_failures)},
                                                            {"slow", whole(b.window_slow)}})},
                             {"totals", value(value::object{{"permitted", whole(b.permitted)},
                                                            {"refused", whole(b.refused)},
                                                            {"successes", whole(b.successes)},
                                                            {"failures", whole(b.failures)},
                                                            {"timeouts", whole(b.timeouts)},
                                                            {"slow", whole(b.slow)},
                                                            {"opened", whole(b.opened)}})},
                             {"under_way", whole(b.under_way)},
                             {"waiting", whole(b.waiting)}});
}

value view_of(const std::vector<breaker_view>& all) {
  value::list items;
  for (const auto& b : all) items.push_back(view_of(b));
  return value(value::object{{"circuit_breakers", value(std::move(items))}});
}

}  // namespace pitwall
