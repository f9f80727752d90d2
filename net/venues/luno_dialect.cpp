#include "net/venues/luno_dialect.hpp"

#include "net/venues/market_text.hpp"

namespace pitwall {

result<std::string> luno_dialect::wire_symbol(std::string_view house) const {
  PITWALL_TRY(pair, market_text::read_pair(house, "BTC/ZAR"));
  const auto asset = [](const std::string& name) { return name == "BTC" ? "XBT" : name; };
  return asset(pair.base) + asset(pair.quote);
}

std::vector<market_question> luno_dialect::ask(const std::string& symbol, bool price, bool book,
                                               unsigned) const {
  std::vector<market_question> out;
  if (price) out.push_back({"/api/1/ticker?pair=" + symbol, true, false});
  if (book) out.push_back({"/api/1/orderbook_top?pair=" + symbol, price, true});
  return out;
}

status luno_dialect::read(const market_question& asked, std::string_view body,
                          market_reading& into) const {
  market_text::answer a(body);
  into.told_at = market_text::time_in(a.whole(), "timestamp");
  if (!asked.book) {
    a.is_about(a.whole(), "pair", asked);
    const decimal bid = a.amount(a.whole(), "bid"), ask = a.amount(a.whole(), "ask");
    if (!a.good()) return a.why();
    PITWALL_CHECK(market_text::check_active(a.whole(), "status", "ACTIVE"));
    return market_text::fill_price(bid, ask, into);
  }
  book_snapshot book;
  book.bids = a.levels(a.member(a.whole(), "bids"), "price", "volume");
  book.asks = a.levels(a.member(a.whole(), "asks"), "price", "volume");
  if (!a.good()) return a.why();
  return market_text::fill_book(asked, std::move(book), into);
}

error luno_dialect::refusal(unsigned status, std::string_view body, std::string_view retry_after,
                            timestamp now) const {
  const market_text::answer a(body);
  market_text::said what{market_text::text_in(a.whole(), "error_code"),
                         market_text::text_in(a.whole(), "error")};
  what.too_often = what.code == "ErrTooManyRequests";
  return market_text::refused(status, std::move(what), retry_after, now);
}

result<stream_opening> luno_dialect::open(const std::vector<std::string>&, timestamp) const {
  return error{errc::failed_precondition, "Luno's streams demand an API key", {}, {}};
}

}  // namespace pitwall
