#include "net/venues/bybit_dialect.hpp"

#include "net/venues/market_text.hpp"

namespace pitwall {

namespace {

/// An operation names its symbol as req_id, which its answer gives back.
std::string frame_of(const char* op, const std::string& symbol) {
  return std::string(R"({"op":")") + op + R"(","req_id":")" + symbol +
         R"(","args":["orderbook.50.)" + symbol + R"("]})";
}

class bybit_reader final : public stream_reader {
 public:
  result<std::vector<feed_update>> read(std::string_view frame) override {
    market_text::answer a(frame);
    if (!a.good()) return a.why();
    const value& whole = a.whole();
    std::vector<feed_update> out;
    if (market_text::text_in(whole, "op") == "subscribe") read_word(whole, out);
    if (!market_text::text_in(whole, "topic").starts_with("orderbook.")) return out;
    const value& data = a.member(whole, "data");
    feed_update told{a.text(data, "s"), {}, heartbeat{}};
    told.sequence.rule = sequence_rule::counted;
    told.sequence.channel = told.symbol;
    told.sequence.first = told.sequence.last = a.count(data, "u");
    auto bids = a.levels(a.member(data, "b")), asks = a.levels(a.member(data, "a"));
    if (!a.good()) return a.why();
    told.sequence.begins = market_text::text_in(whole, "type") == "snapshot";
    if (told.sequence.begins)
      told.says = book_snapshot{std::move(bids), std::move(asks), false, false, {}};
    else
      told.says = book_delta{std::move(bids), std::move(asks), false, {}};
    out.push_back(std::move(told));
    return out;
  }

 private:
  static void read_word(const value& whole, std::vector<feed_update>& out) {
    const auto symbol = market_text::text_in(whole, "req_id");
    const value* success = whole.find("success");
    if (success == nullptr || !success->is_bool()) return;
    if (success->as_bool())
      out.push_back({symbol, {}, subscribed{}});
    else
      out.push_back(
          {symbol,
           {},
           subscription_refused{{errc::invalid_argument,
                                 "Bybit refuses: " + market_text::text_in(whole, "ret_msg"), symbol,
                                 "give a symbol that it lists"}}});
  }
};

}  // namespace

result<std::string> bybit_dialect::wire_symbol(std::string_view house) const {
  PITWALL_TRY(pair, market_text::read_pair(house, "BTC/USDT"));
  return pair.base + pair.quote;
}

std::vector<market_question> bybit_dialect::ask(const std::string& symbol, bool price, bool book,
                                                unsigned depth) const {
  const std::string of = "?category=spot&symbol=" + symbol;
  if (book) return {{"/v5/market/orderbook" + of + "&limit=" + std::to_string(depth), price, true}};
  if (price) return {{"/v5/market/tickers" + of, true, false}};
  return {};
}

status bybit_dialect::read(const market_question& asked, std::string_view body,
                           market_reading& into) const {
  market_text::answer a(body);
  const decimal code = a.number(a.whole(), "retCode");
  if (!a.good()) return a.why();
  if (!code.is_zero()) return refusal(200, body, {}, {});
  const value& told = a.member(a.whole(), "result");
  into.told_at = market_text::time_in(asked.book ? told : a.whole(), asked.book ? "ts" : "time");
  if (!asked.book) {
    const value& ticker = a.first(a.member(told, "list"));
    a.is_about(ticker, "symbol", asked);
    const decimal bid = a.amount(ticker, "bid1Price"), ask = a.amount(ticker, "ask1Price");
    if (!a.good()) return a.why();
    return market_text::fill_price(bid, ask, into);
  }
  a.is_about(told, "s", asked);
  book_snapshot book;
  book.bids = a.levels(a.member(told, "b"));
  book.asks = a.levels(a.member(told, "a"));
  if (!a.good()) return a.why();
  return market_text::fill_book(asked, std::move(book), into);
}

error bybit_dialect::refusal(unsigned status, std::string_view body, std::string_view retry_after,
                             timestamp now) const {
  const market_text::answer a(body);
  market_text::said what;
  const value* code = a.whole().find("retCode");
  if (code != nullptr && code->is_number()) what.code = code->as_number().to_string();
  what.text = market_text::text_in(a.whole(), "retMsg");
  what.too_often = what.code == "10006" || what.code == "10018" || status == 403;
  what.unavailable = what.code == "10000" || what.code == "10016";
  // "access too frequent": the address is shut out for so long.
  if (status == 403) what.retry_after_ms = 600'000;
  return market_text::refused(status, std::move(what), retry_after, now);
}

stream_traits bybit_dialect::stream() const {
  stream_traits t;
  t.url = "wss://stream.bybit.com";
  t.window = 50;
  t.ping = R"({"op":"ping"})";
  t.ping_every = milliseconds(20'000);
  return t;
}

result<stream_opening> bybit_dialect::open(const std::vector<std::string>&, timestamp) const {
  stream_opening o;
  o.target = "/v5/public/spot";
  return o;
}

std::vector<std::string> bybit_dialect::subscribe(const std::vector<std::string>& symbols) const {
  std::vector<std::string> out;
  for (const auto& s : symbols) out.push_back(frame_of("subscribe", s));
  return out;
}

std::vector<std::string> bybit_dialect::resync(const std::string& symbol) const {
  return {frame_of("unsubscribe", symbol), frame_of("subscribe", symbol)};
}

std::unique_ptr<stream_reader> bybit_dialect::reader() const {
  return std::make_unique<bybit_reader>();
}

}  // namespace pitwall
