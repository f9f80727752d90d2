#include "net/venues/market_dialect.hpp"

#include <utility>

namespace pitwall {

namespace {

std::optional<decimal> middle(decimal bid, decimal ask) {
  if (bid <= decimal{} || ask < bid) return std::nullopt;
  const auto sum = add(bid, ask);
  if (!sum.ok()) return std::nullopt;
  const auto half = div(*sum, 2);
  return half.ok() ? std::optional(*half) : std::nullopt;
}

}  // namespace

result<feed_update> market_dialect::read_snapshot(const std::string& symbol,
                                                  std::string_view /*body*/) const {
  return error{errc::internal, "this venue has no snapshots by REST", symbol, {}};
}

std::optional<decimal> price_of(const price_news& news) {
  if (news.bid && news.ask) return middle(news.bid->price, news.ask->price);
  return news.last;
}

std::optional<decimal> mid_of(const book_levels& bids, const book_levels& asks) {
  const auto rests = [](const book_level& l) { return l.quantity > decimal{}; };
  std::optional<decimal> bid, ask;
  for (const auto& l : bids)
    if (rests(l) && (!bid || l.price > *bid)) bid = l.price;
  for (const auto& l : asks)
    if (rests(l) && (!ask || l.price < *ask)) ask = l.price;
  return bid && ask ? middle(*bid, *ask) : std::nullopt;
}

value book_value(const book_levels& bids, const book_levels& asks, timestamp seen) {
  const auto rows = [](const book_levels& all) {
    value::list out;
    for (const auto& l : all) out.emplace_back(value::list{l.price, l.quantity});
    return value(std::move(out));
  };
  return value(
      value::object{{"bids", rows(bids)}, {"asks", rows(asks)}, {"time", value(to_iso8601(seen))}});
}

}  // namespace pitwall
