#include "net/venues/polymarket_dialect.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "net/venues/market_text.hpp"
#include "net/venues/order_book_view.hpp"

namespace pitwall {

namespace {

constexpr std::size_t most_books = 500;

/// What a change says of the levels that are best by now: 0 and 1 where a side is empty.
struct best_levels {
  std::optional<decimal> bid, ask;
  std::size_t last = 0;  ///< The update that says so, of those of its frame.
};

/// Times are all that shows that something came too late; there are no numbers, and the hash is
/// that of a text which is not sent.
sequence_facts time_of(const value& event, const std::string& asset) {
  const auto at = market_text::time_in(event, "timestamp");
  if (!at) return {};
  const auto ms = std::chrono::duration_cast<milliseconds>(at->time_since_epoch()).count();
  const auto number = static_cast<std::uint64_t>(ms);
  return {sequence_rule::timed, asset, number, number, 0, false};
}

/// Of a book and a midpoint asked for at the same time: some books have been told as of another
/// day.
status agree(decimal of_book, decimal told) {
  PITWALL_TRY(apart, sub(std::max(of_book, told), std::min(of_book, told)));
  if (apart <= decimal::from_raw(decimal::one_raw / 20)) return done{};
  return error{errc::unavailable,
               "the venue's order book, whose middle is " + of_book.to_string() +
                   ", does not fit its midpoint of " + told.to_string(),
               {},
               "ask again"};
}

std::optional<decimal> told_price(const value& change, std::string_view name) {
  const auto text = market_text::text_in(change, name);
  const auto price = decimal::parse(text.starts_with('.') ? "0" + text : text);
  return price.ok() ? std::optional(*price) : std::nullopt;
}

/// Takes out what is better than the best there is: its end was lost, or is told a little later.
book_delta take_phantoms(order_book_view& book, const best_levels& told) {
  book_delta gone;
  for (;;) {
    const auto bids = book.bids(1), asks = book.asks(1);
    book_delta next;
    if (told.bid && !bids.empty() && bids[0].price > *told.bid)
      next.bids.push_back({bids[0].price, decimal{}});
    if (told.ask && !asks.empty() && asks[0].price < *told.ask)
      next.asks.push_back({asks[0].price, decimal{}});
    if ((next.bids.empty() && next.asks.empty()) || !book.apply(next).ok()) return gone;
    gone.bids.insert(gone.bids.end(), next.bids.begin(), next.bids.end());
    gone.asks.insert(gone.asks.end(), next.asks.begin(), next.asks.end());
  }
}

class polymarket_reader final : public stream_reader {
 public:
  result<std::vector<feed_update>> read(std::string_view frame) override {
    std::vector<feed_update> out;
    if (frame == "PONG") return out;
    market_text::answer a(frame);
    // The first books come as a list.
    if (a.whole().is_list())
      for (const value& event : a.whole().as_list()) read_event(a, event, out);
    else
      read_event(a, a.whole(), out);
    if (!a.good()) return a.why();
    return out;
  }

 private:
  void read_event(market_text::answer& a, const value& event, std::vector<feed_update>& out) {
    const auto type = market_text::text_in(event, "event_type");
    if (type == "book") {
      book_snapshot book;
      book.bids = a.levels(a.member(event, "bids"), "price", "size");
      book.asks = a.levels(a.member(event, "asks"), "price", "size");
      if (!market_text::check_probabilities(book).ok()) a.fault("a price is no probability");
      const auto asset = a.text(event, "asset_id");
      if (books_.size() < most_books || books_.contains(asset)) books_[asset].set(book);
      out.push_back({asset, time_of(event, asset), std::move(book)});
    }
    if (type == "price_change") read_changes(a, event, out);
  }
  void read_changes(market_text::answer& a, const value& event, std::vector<feed_update>& out) {
    std::map<std::string, best_levels> told;
    // That of a book is when it last changed, which says nothing of its way here.
    const auto at = market_text::time_in(event, "timestamp");
    const value& changes = a.member(event, "price_changes");
    if (!changes.is_list()) return a.fault("its price_changes are no list");
    for (const value& change : changes.as_list()) {
      const auto side = a.text(change, "side");
      if (side != "BUY" && side != "SELL") return a.fault("a change is on no side");
      book_delta delta;
      (side == "BUY" ? delta.bids : delta.asks) =
          a.levels(value(value::list{change}), "price", "size");
      const auto asset = a.text(change, "asset_id");
      if (const auto known = books_.find(asset); known != books_.end()) {
        if (!known->second.apply(delta).ok()) books_.erase(known);
        told[asset] = {told_price(change, "best_bid"), told_price(change, "best_ask"), out.size()};
      }
      out.push_back({asset, time_of(event, asset), std::move(delta), at});
    }
    // Of several changes of one token only the last can be sure to tell of all of them.
    for (const auto& [asset, best] : told) {
      const auto known = books_.find(asset);
      if (known == books_.end()) continue;
      auto gone = take_phantoms(known->second, best);
      if (!gone.bids.empty() || !gone.asks.empty())
        out.push_back({asset, time_of(event, asset), std::move(gone), at});
      auto& says = std::get<book_delta>(out[best.last].says);
      if (best.bid && *best.bid > decimal{}) says.best_bid = best.bid;
      if (best.ask && *best.ask < decimal(1)) says.best_ask = best.ask;
    }
  }

  std::map<std::string, order_book_view> books_;
};

}  // namespace

result<std::string> polymarket_dialect::wire_symbol(std::string_view house) const {
  constexpr const char* example = "the token id of an outcome, a number of some 77 digits";
  PITWALL_TRY(id, market_text::read_ticker(house, "", 78, example));
  if (std::any_of(id.begin(), id.end(), [](char c) { return c < '0' || c > '9'; }))
    return market_text::read_ticker("", "", 0, example).error();
  return id;
}

std::vector<market_question> polymarket_dialect::ask(const std::string& symbol, bool price,
                                                     bool book, unsigned) const {
  std::vector<market_question> out;
  if (price) out.push_back({"/midpoint?token_id=" + symbol, true, false});
  if (book) out.push_back({"/book?token_id=" + symbol, price, true});
  return out;
}

status polymarket_dialect::read(const market_question& asked, std::string_view body,
                                market_reading& into) const {
  market_text::answer a(body);
  if (!asked.book) {
    // Named so in one place of the document, and mid in another.
    const bool longer = a.whole().find("mid_price") != nullptr;
    const decimal mid = a.amount(a.whole(), longer ? "mid_price" : "mid");
    if (mid >= decimal(1)) a.fault("the price is no probability");
    if (!a.good()) return a.why();
    if (into.book && into.price) return agree(*into.price, mid);
    into.price = mid;
    return done{};
  }
  a.is_about(a.whole(), "asset_id", asked);
  book_snapshot book;
  book.bids = a.levels(a.member(a.whole(), "bids"), "price", "size");
  book.asks = a.levels(a.member(a.whole(), "asks"), "price", "size");
  if (!a.good()) return a.why();
  PITWALL_CHECK(market_text::check_probabilities(book));
  market_reading own;
  PITWALL_CHECK(market_text::fill_book(asked, std::move(book), own));
  if (own.price && into.price) PITWALL_CHECK(agree(*own.price, *into.price));
  into = std::move(own);
  into.told_at = market_text::time_in(a.whole(), "timestamp");
  return done{};
}

error polymarket_dialect::refusal(unsigned status, std::string_view body,
                                  std::string_view retry_after, timestamp now) const {
  const market_text::answer a(body);
  return market_text::refused(status, {{}, market_text::text_in(a.whole(), "error")}, retry_after,
                              now);
}

stream_traits polymarket_dialect::stream() const {
  stream_traits t;
  t.url = "wss://ws-subscriptions-clob.polymarket.com";
  t.symbols_per_connection = 500;
  t.ping = "PING";
  t.ping_every = milliseconds(10'000);
  return t;
}

result<stream_opening> polymarket_dialect::open(const std::vector<std::string>& symbols,
                                                timestamp) const {
  stream_opening o;
  o.target = "/ws/market";
  // The first frame names the channel; what subscribe() repeats brings another whole book.
  o.frames = {R"({"type":"market","assets_ids":)" + market_text::json_list(symbols) + "}"};
  return o;
}

std::vector<std::string> polymarket_dialect::subscribe(
    const std::vector<std::string>& symbols) const {
  return {R"({"operation":"subscribe","assets_ids":)" + market_text::json_list(symbols) + "}"};
}

std::vector<std::string> polymarket_dialect::resync(const std::string& symbol) const {
  const auto list = market_text::json_list({symbol});
  return {R"({"operation":"unsubscribe","assets_ids":)" + list + "}", subscribe({symbol}).front()};
}

std::unique_ptr<stream_reader> polymarket_dialect::reader() const {
  return std::make_unique<polymarket_reader>();
}

}  // namespace pitwall
