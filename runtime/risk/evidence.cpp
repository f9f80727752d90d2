#include "runtime/risk/evidence.hpp"

#include <algorithm>
#include <string>

namespace pitwall {
namespace {

value time_value(timestamp t) {
  std::string text;
  append_iso8601(t, text);
  return value(std::move(text));
}

/// "-12.5" in a sum stands in brackets.
std::string term(decimal d) { return d.is_negative() ? "(" + d.to_string() + ")" : d.to_string(); }

const limit_description* named(std::string_view limit) {
  const auto& all = limit_table();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const auto& l) { return l.name == limit; });
  return at == all.end() ? nullptr : at;
}

}  // namespace

value limit_inputs(const limit_figures& f) {
  return value::object{{"realized_today", f.pnl.realized_today},
                       {"realized_total", f.pnl.realized_total},
                       {"unrealized", f.pnl.unrealized},
                       {"equity", f.equity},
                       {"peak_equity", f.peak}};
}

value::list position_inputs(const portfolio& of, const std::string& owner) {
  value::list all;
  for (const auto& [venue, symbol] : of.open_places(owner)) {
    if (all.size() == max_shown_positions) break;
    const auto held = of.position_of(owner, venue, symbol);
    const auto price = of.last_price(venue, symbol);
    all.push_back(value::object{{"venue", venue},
                                {"symbol", symbol},
                                {"quantity", held.quantity},
                                {"average_entry", held.average_entry},
                                {"price", price ? value(*price) : value()}});
  }
  return all;
}

value limit_evidence(const limit_alarm& alarm, const std::optional<limit_figures>& figures,
                     value::list positions, timestamp now) {
  const auto* limit = named(alarm.limit);
  const auto f = figures.value_or(limit_figures{});
  value formula, computation;
  value window =
      value::object{{"name", "since the first fill"}, {"from", value()}, {"to", time_value(now)}};
  const auto observed = alarm.figure.to_string(), threshold = alarm.threshold.to_string();
  if (alarm.limit == "daily_loss_limit") {
    formula = "realized_today + unrealized, less than the limit";
    computation = term(f.pnl.realized_today) + " + " + term(f.pnl.unrealized) + " = " + observed +
                  " < " + threshold;
    window = value::object{{"name", "since 00:00 UTC"},
                           {"from", time_value(std::chrono::floor<std::chrono::days>(now))},
                           {"to", time_value(now)}};
  } else if (alarm.limit == "max_drawdown_percent") {
    formula = "100 x (peak_equity - equity) / peak_equity, more than the limit";
    computation = "100 x (" + f.peak.to_string() + " - " + term(f.equity) + ") / " +
                  f.peak.to_string() + " = " + observed + " > " + threshold;
  } else if (limit != nullptr) {
    formula = std::string(limit->meaning) + ", more than the limit";
    computation = observed + " > " + threshold;
    window = value::object{{"name", "at an order"}, {"from", value()}, {"to", time_value(now)}};
  }
  return value::object{{"limit", alarm.limit},
                       {"unit", std::string(limit != nullptr ? limit->unit : "")},
                       {"formula", std::move(formula)},
                       {"computation", std::move(computation)},
                       {"inputs", figures ? limit_inputs(f) : value()},
                       {"positions", std::move(positions)},
                       {"window", std::move(window)},
                       {"threshold", alarm.threshold},
                       {"observed", alarm.figure}};
}

}  // namespace pitwall
