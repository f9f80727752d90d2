#include "net/exchange/book_feed.hpp"

namespace pitwall::sim {

void book_feed::note(bool bids, decimal price, decimal quantity) {
  ++last_;
  for (auto& w : windows_) {
    if (!w) w.emplace(window{}).first = last_;
    (bids ? w->bids : w->asks)[price] = quantity;
  }
}

void book_feed::compare(const std::vector<matching::level>& before,
                        const std::vector<matching::level>& after, bool bids) {
  auto a = before.begin(), b = after.begin();
  const auto better = [bids](decimal x, decimal y) { return bids ? x > y : x < y; };
  while (a != before.end() || b != after.end()) {
    if (b == after.end() || (a != before.end() && better(a->price, b->price))) {
      note(bids, a->price, {});
      ++a;
    } else if (a == before.end() || better(b->price, a->price)) {
      note(bids, b->price, b->quantity);
      ++b;
    } else {
      if (a->quantity != b->quantity) note(bids, b->price, b->quantity);
      ++a, ++b;
    }
  }
}

void book_feed::see(trading_floor::depth d) {
  compare(now_.bids, d.bids, true);
  compare(now_.asks, d.asks, false);
  now_ = std::move(d);
}

std::optional<book_feed::diff> book_feed::take(pace p) {
  auto& w = windows_[static_cast<std::size_t>(p)];
  if (!w) return {};
  diff out;
  out.first = w->first;
  out.last = last_;
  for (auto at = w->bids.rbegin(); at != w->bids.rend(); ++at) {
    out.bids.push_back({at->first, at->second});
  }
  for (const auto& [price, quantity] : w->asks) out.asks.push_back({price, quantity});
  w.reset();
  return out;
}

void market_view::start(timestamp now) {
  const auto number = now.time_since_epoch().count();
  for (const auto& r : floor_.symbols())
    feeds_.emplace(r.symbol, book_feed(floor_.look(r), number));
}

void market_view::freeze(bool wanted) {
  if (wanted && !frozen_) {
    for (const auto& r : floor_.symbols()) look(r);
  }
  frozen_ = wanted;
}

book_feed& market_view::look(const symbol_rules& r) {
  book_feed& feed = last(r);
  if (!frozen_) feed.see(floor_.look(r));
  return feed;
}

}  // namespace pitwall::sim
