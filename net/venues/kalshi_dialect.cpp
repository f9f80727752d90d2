#include "net/venues/kalshi_dialect.hpp"

#include "net/venues/market_text.hpp"

namespace pitwall {

namespace {

constexpr const char* base = "/trade-api/v2/markets/";

}  // namespace

result<std::string> kalshi_dialect::wire_symbol(std::string_view house) const {
  return market_text::read_ticker(house, "-.", 100, "KXHIGHNY-24JAN01-T60, a market's ticker");
}

std::vector<market_question> kalshi_dialect::ask(const std::string& symbol, bool price, bool book,
                                                 unsigned depth) const {
  std::vector<market_question> out;
  if (price) out.push_back({base + symbol, true, false});
  if (book)
    out.push_back({base + symbol + "/orderbook?depth=" + std::to_string(depth), price, true});
  return out;
}

status kalshi_dialect::read(const market_question& asked, std::string_view body,
                            market_reading& into) const {
  market_text::answer a(body);
  if (!asked.book) {
    const value& told = a.member(a.whole(), "market");
    a.is_about(told, "ticker", asked);
    const decimal bid = a.number(told, "yes_bid_dollars"), ask = a.number(told, "yes_ask_dollars");
    if (!a.good()) return a.why();
    PITWALL_CHECK(market_text::check_active(told, "status", "active"));
    return market_text::fill_price(bid, ask >= decimal(1) ? decimal{} : ask, into);
  }
  const value& told = a.member(a.whole(), "orderbook_fp");
  const auto side = [&](const char* name) {
    const value& list = a.member(told, name);
    return list.is_null() ? book_levels{} : a.levels(list);
  };
  book_snapshot book;
  book.bids = side("yes_dollars");
  book.asks = side("no_dollars");
  if (!a.good()) return a.why();
  PITWALL_CHECK(market_text::check_probabilities(book));
  for (auto& level : book.asks) {
    PITWALL_TRY(yes, sub(decimal(1), level.price));
    level.price = yes;
  }
  return market_text::fill_book(asked, std::move(book), into);
}

error kalshi_dialect::refusal(unsigned status, std::string_view body, std::string_view retry_after,
                              timestamp now) const {
  const market_text::answer a(body);
  // {"error": {"code": ..., "message": ...}}, or {"error": "too many requests"}
  const value* inner = a.whole().find("error");
  if (inner != nullptr && inner->is_object())
    return market_text::refused(
        status, {market_text::text_in(*inner, "code"), market_text::text_in(*inner, "message")},
        retry_after, now);
  return market_text::refused(status, {{}, market_text::text_in(a.whole(), "error")}, retry_after,
                              now);
}

result<stream_opening> kalshi_dialect::open(const std::vector<std::string>&, timestamp) const {
  return error{errc::failed_precondition, "Kalshi's streams demand an API key", {}, {}};
}

}  // namespace pitwall
