// Job: profit and loss as it is shown of whatever fills are added up by: the host, a bot, a
//      strategy, a venue.
#include <algorithm>

#include "actors/risk/actor.hpp"

namespace pitwall {
namespace {

/// The four amounts, or what is known of them where a number has no room.
value amounts(const profit_and_loss& p) {
  const auto today = add(p.realized_today, p.unrealized);
  const auto total = add(p.realized_total, p.unrealized);
  value drawdown;
  if (total.ok()) {
    const auto peak = std::max(p.peak_total, *total);
    if (const auto fallen = sub(peak, *total); fallen.ok()) drawdown = *fallen;
  }
  return value::object{{"daily_pnl", today.ok() ? value(*today) : value()},
                       {"realized", p.realized_total},
                       {"unrealized", p.unrealized},
                       {"peak", total.ok() ? value(std::max(p.peak_total, *total)) : value()},
                       {"drawdown", std::move(drawdown)}};
}

}  // namespace

value risk::profit_of(const portfolio& book, const std::string& id, timestamp now) const {
  value::object row{{"id", id.empty() ? value() : value(id)}};
  const auto rests_on = book.priced_places(id);
  const auto unseen = std::find_if(rests_on.begin(), rests_on.end(), [this](const place& where) {
    return !marked_at_.contains(where);
  });
  const auto p = unseen == rests_on.end() ? book.profit(id, now)
                                          : result<profit_and_loss>(no_young_price(*unseen));
  if (!p.ok()) {
    row.emplace_back("error", p.error().to_string());
    return row;
  }
  const auto figures = amounts(*p);
  for (const auto& member : figures.as_object()) row.push_back(member);
  return row;
}

value risk::profit_by(const portfolio& book, timestamp now) const {
  value::list rows;
  book.each([&](const std::string& id) { rows.push_back(profit_of(book, id, now)); });
  return rows;
}

value risk::profit_view(timestamp now) const {
  return value::object{{"host", profit_of(books_.host(), {}, now)},
                       {"bots", profit_by(books_.bots(), now)},
                       {"strategies", profit_by(books_.strategies(), now)},
                       {"venues", profit_by(books_.venues(), now)}};
}

}  // namespace pitwall
