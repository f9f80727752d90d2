#include "net/venues/dydx_dialect.hpp"

#include "net/venues/market_text.hpp"

namespace pitwall {

namespace {

std::string frame_of(const char* type, const std::string& symbol) {
  return std::string(R"({"type":")") + type + R"(","channel":"v4_orderbook","id":")" + symbol +
         R"("})";
}

class dydx_reader final : public stream_reader {
 public:
  result<std::vector<feed_update>> read(std::string_view frame) override {
    market_text::answer a(frame);
    const value& whole = a.whole();
    sequence_facts numbers;
    numbers.rule = sequence_rule::counted;
    numbers.first = numbers.last = a.count(whole, "message_id");
    numbers.begins = first_;
    first_ = false;
    const auto type = a.text(whole, "type");
    const auto symbol = market_text::text_in(whole, "id");
    std::vector<feed_update> out;
    if (type == "error") {
      out.push_back(
          {symbol, numbers,
           subscription_refused{{errc::invalid_argument,
                                 "dYdX refuses: " + market_text::text_in(whole, "message"), symbol,
                                 "give a market that it lists"}}});
    } else if (type == "subscribed") {
      const value& told = a.member(whole, "contents");
      book_snapshot book;
      book.bids = a.levels(a.member(told, "bids"), "price", "size");
      book.asks = a.levels(a.member(told, "asks"), "price", "size");
      out.push_back({symbol, numbers, std::move(book)});
    } else if (type == "channel_data") {
      read_change(a, a.member(whole, "contents"), symbol, numbers, out);
    } else if (type == "channel_batch_data") {
      const value& told = a.member(whole, "contents");
      if (!told.is_list()) a.fault("its contents are no list");
      if (told.is_list())
        for (const value& one : told.as_list()) read_change(a, one, symbol, numbers, out);
    }
    // Anything else has its number, too.
    if (out.empty()) out.push_back({{}, numbers, heartbeat{}});
    if (!a.good()) return a.why();
    return out;
  }

 private:
  static void read_change(market_text::answer& a, const value& told, const std::string& symbol,
                          const sequence_facts& numbers, std::vector<feed_update>& out) {
    book_delta delta;
    if (const value* bids = told.find("bids"); bids != nullptr) delta.bids = a.levels(*bids);
    if (const value* asks = told.find("asks"); asks != nullptr) delta.asks = a.levels(*asks);
    out.push_back({symbol, numbers, std::move(delta)});
  }

  bool first_ = true;
};

}  // namespace

result<std::string> dydx_dialect::wire_symbol(std::string_view house) const {
  PITWALL_TRY(pair, market_text::read_pair(house, "BTC/USD"));
  return pair.base + "-" + pair.quote;
}

std::vector<market_question> dydx_dialect::ask(const std::string& symbol, bool price, bool book,
                                               unsigned) const {
  if (!price && !book) return {};
  return {{"/v4/orderbooks/perpetualMarket/" + symbol, price, book}};
}

status dydx_dialect::read(const market_question& asked, std::string_view body,
                          market_reading& into) const {
  market_text::answer a(body);
  book_snapshot book;
  book.bids = a.levels(a.member(a.whole(), "bids"), "price", "size");
  book.asks = a.levels(a.member(a.whole(), "asks"), "price", "size");
  if (!a.good()) return a.why();
  return market_text::fill_book(asked, std::move(book), into);
}

error dydx_dialect::refusal(unsigned status, std::string_view body, std::string_view retry_after,
                            timestamp now) const {
  const market_text::answer a(body);
  market_text::said what;
  const value* list = a.whole().find("errors");
  if (list != nullptr && list->is_list() && !list->as_list().empty())
    what.text = market_text::text_in(list->as_list().front(), "msg");
  return market_text::refused(status, std::move(what), retry_after, now);
}

stream_traits dydx_dialect::stream() const {
  stream_traits t;
  t.url = "wss://indexer.dydx.trade";
  // 32 subscriptions of a channel for each connection.
  t.symbols_per_connection = 32;
  return t;
}

result<stream_opening> dydx_dialect::open(const std::vector<std::string>&, timestamp) const {
  stream_opening o;
  o.target = "/v4/ws";
  return o;
}

std::vector<std::string> dydx_dialect::subscribe(const std::vector<std::string>& symbols) const {
  std::vector<std::string> out;
  for (const auto& s : symbols) out.push_back(frame_of("subscribe", s));
  return out;
}

std::vector<std::string> dydx_dialect::resync(const std::string& symbol) const {
  return {frame_of("unsubscribe", symbol), frame_of("subscribe", symbol)};
}

std::unique_ptr<stream_reader> dydx_dialect::reader() const {
  return std::make_unique<dydx_reader>();
}

}  // namespace pitwall
