#include "net/venues/kraken_dialect.hpp"

#include <algorithm>
#include <boost/crc.hpp>

#include "net/venues/market_text.hpp"

namespace pitwall {

namespace {

constexpr std::size_t levels_in_checksum = 10;

std::string rest_asset(const std::string& asset) {
  return asset == "BTC" ? "XBT" : asset == "DOGE" ? "XDG" : asset;
}

std::string rest_pair(const std::string& symbol) {
  const auto slash = symbol.find('/');
  return rest_asset(symbol.substr(0, slash)) + rest_asset(symbol.substr(slash + 1));
}

std::string frame_of(const char* method, const std::vector<std::string>& symbols) {
  return std::string(R"({"method":")") + method +
         R"(","params":{"channel":"book","depth":10,"symbol":)" + market_text::json_list(symbols) +
         "}}";
}

/// The number without its point and the zeros before it, with as many digits as it was sent with.
void append_digits(std::string& out, decimal number, std::uint8_t digits) {
  int128 raw = number.raw();
  for (int i = digits; i < decimal::digits; ++i) raw /= 10;
  out += std::to_string(static_cast<std::uint64_t>(raw));
}

void append_side(std::string& out, const book_levels& side) {
  for (std::size_t i = 0; i < std::min(side.size(), levels_in_checksum); ++i) {
    append_digits(out, side[i].price, side[i].price_digits);
    append_digits(out, side[i].quantity, side[i].quantity_digits);
  }
}

class kraken_reader final : public stream_reader {
 public:
  result<std::vector<feed_update>> read(std::string_view frame) override {
    // The checksum is of the digits.
    const std::string quoted = market_text::with_quoted_numbers(frame);
    market_text::answer a(quoted);
    if (!a.good()) return a.why();
    const value& whole = a.whole();
    const auto channel = market_text::text_in(whole, "channel");
    std::vector<feed_update> out;
    if (channel == "heartbeat") out.push_back({{}, {}, heartbeat{}});
    if (channel == "book") read_books(a, out);
    if (market_text::text_in(whole, "method") == "subscribe") read_word(whole, out);
    if (!a.good()) return a.why();
    return out;
  }

 private:
  static void read_word(const value& whole, std::vector<feed_update>& out) {
    const value* success = whole.find("success");
    if (success == nullptr || !success->is_bool()) return;
    if (success->as_bool()) {
      const value* result = whole.find("result");
      if (result != nullptr)
        out.push_back({market_text::text_in(*result, "symbol"), {}, subscribed{}});
      return;
    }
    const auto symbol = market_text::text_in(whole, "symbol");
    out.push_back({symbol,
                   {},
                   subscription_refused{{errc::invalid_argument,
                                         "Kraken refuses: " + market_text::text_in(whole, "error"),
                                         symbol, "give a symbol that it lists"}}});
  }
  static void read_books(market_text::answer& a, std::vector<feed_update>& out) {
    const value& all = a.member(a.whole(), "data");
    if (!all.is_list()) return a.fault("its data is no list");
    const bool whole = market_text::text_in(a.whole(), "type") == "snapshot";
    for (const value& v : all.as_list()) {
      auto bids = a.levels(a.member(v, "bids"), "price", "qty");
      auto asks = a.levels(a.member(v, "asks"), "price", "qty");
      const auto sum = static_cast<std::uint32_t>(a.count(v, "checksum"));
      feed_update told{a.text(v, "symbol"), {}, heartbeat{}};
      if (whole)
        told.says = book_snapshot{std::move(bids), std::move(asks), false, false, sum};
      else
        told.says = book_delta{std::move(bids), std::move(asks), false, sum};
      out.push_back(std::move(told));
    }
  }
};

}  // namespace

result<std::string> kraken_dialect::wire_symbol(std::string_view house) const {
  PITWALL_TRY(pair, market_text::read_pair(house, "BTC/USD"));
  if (pair.base == "XBT") pair.base = "BTC";
  return pair.base + "/" + pair.quote;
}

std::vector<market_question> kraken_dialect::ask(const std::string& symbol, bool price, bool book,
                                                 unsigned depth) const {
  const auto pair = rest_pair(symbol);
  if (book)
    return {{"/0/public/Depth?pair=" + pair + "&count=" + std::to_string(depth), price, true}};
  if (price) return {{"/0/public/Ticker?pair=" + pair, true, false}};
  return {};
}

status kraken_dialect::read(const market_question& asked, std::string_view body,
                            market_reading& into) const {
  market_text::answer a(body);
  const value* wrong = a.whole().find("error");
  if (wrong != nullptr && wrong->is_list() && !wrong->as_list().empty())
    return refusal(200, body, {}, {});
  const value& told = a.only_member(a.member(a.whole(), "result"));
  if (!asked.book) {
    // [price, whole lot volume, lot volume]
    const auto bid = a.levels(value(value::list{a.member(told, "b")}));
    const auto ask = a.levels(value(value::list{a.member(told, "a")}));
    if (!a.good()) return a.why();
    return market_text::fill_price(bid.front().price, ask.front().price, into);
  }
  book_snapshot book;
  book.bids = a.levels(a.member(told, "bids"));
  book.asks = a.levels(a.member(told, "asks"));
  if (!a.good()) return a.why();
  return market_text::fill_book(asked, std::move(book), into);
}

error kraken_dialect::refusal(unsigned status, std::string_view body, std::string_view retry_after,
                              timestamp now) const {
  const market_text::answer a(body);
  market_text::said what;
  const value* list = a.whole().find("error");
  if (list != nullptr && list->is_list() && !list->as_list().empty() &&
      list->as_list().front().is_text())
    what.code = list->as_list().front().as_text();
  // "EAPI:Rate limit exceeded", "EGeneral:Too many requests"; "EService:Unavailable", ":Busy"
  what.too_often = what.code.find("ate limit") != std::string::npos ||
                   what.code.find("Too many requests") != std::string::npos;
  what.unavailable =
      what.code.starts_with("EService:") || what.code.find("Internal") != std::string::npos;
  return market_text::refused(status, std::move(what), retry_after, now);
}

stream_traits kraken_dialect::stream() const {
  stream_traits t;
  t.url = "wss://ws.kraken.com";
  t.window = levels_in_checksum;
  t.ping = R"({"method":"ping"})";
  t.ping_every = milliseconds(30'000);
  return t;
}

result<stream_opening> kraken_dialect::open(const std::vector<std::string>&, timestamp) const {
  stream_opening o;
  o.target = "/v2";
  return o;
}

std::vector<std::string> kraken_dialect::subscribe(const std::vector<std::string>& symbols) const {
  return {frame_of("subscribe", symbols)};
}

std::vector<std::string> kraken_dialect::resync(const std::string& symbol) const {
  return {frame_of("unsubscribe", {symbol}), frame_of("subscribe", {symbol})};
}

std::unique_ptr<stream_reader> kraken_dialect::reader() const {
  return std::make_unique<kraken_reader>();
}

std::uint32_t kraken_dialect::checksum(const book_levels& bids, const book_levels& asks) const {
  std::string text;
  append_side(text, asks);
  append_side(text, bids);
  boost::crc_32_type crc;
  crc.process_bytes(text.data(), text.size());
  return crc.checksum();
}

}  // namespace pitwall
