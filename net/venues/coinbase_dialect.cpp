#include "net/venues/coinbase_dialect.hpp"

#include <algorithm>
#include <utility>

#include "net/venues/market_text.hpp"

namespace pitwall {

namespace {

constexpr const char* base = "/api/v3/brokerage/market/";

/// -USDC products have the book, and in answers sometimes the name, of their -USD product; but
/// these two are products of their own.
bool is_usdc_alias(std::string_view symbol) {
  return symbol.ends_with("-USDC") && symbol != "USDT-USDC" && symbol != "EURC-USDC";
}

/// The other name of the book that is asked for; empty: it has none.
std::string shared_book(std::string_view target) {
  const auto from = target.find("product_id=") + 11;
  const auto symbol = target.substr(from, target.find('&', from) - from);
  return is_usdc_alias(symbol) ? std::string(symbol.substr(0, symbol.size() - 1)) : std::string();
}

class coinbase_reader final : public stream_reader {
 public:
  result<std::vector<feed_update>> read(std::string_view frame) override {
    market_text::answer a(frame);
    std::vector<feed_update> out;
    const bool refused = market_text::text_in(a.whole(), "type") == "error";
    const auto numbers = number(a, refused);
    // {"type": "error", "message": ...}: of the subscription that was sent last.
    if (refused) {
      out.push_back(
          {{},
           numbers,
           subscription_refused{{errc::invalid_argument,
                                 "Coinbase refuses: " + market_text::text_in(a.whole(), "message"),
                                 {},
                                 "give symbols that it lists"}}});
      if (!a.good()) return a.why();
      return out;
    }
    const auto channel = a.text(a.whole(), "channel");
    if (channel == "l2_data") read_books(a, numbers, out);
    if (channel == "subscriptions" && names_books(a.whole()))
      out.push_back({{}, numbers, subscribed{}});
    // Anything else has its number, too.
    if (out.empty()) out.push_back({{}, numbers, heartbeat{}});
    if (!a.good()) return a.why();
    return out;
  }

 private:
  /// An error may be without.
  sequence_facts number(market_text::answer& a, bool may_lack) {
    sequence_facts numbers;
    if (may_lack && a.whole().find("sequence_num") == nullptr) return numbers;
    numbers.rule = sequence_rule::counted;
    numbers.first = numbers.last = a.count(a.whole(), "sequence_num");
    numbers.begins = std::exchange(first_, false);
    return numbers;
  }
  /// Not the answer to the heartbeats' subscription, which comes before that to the books'.
  static bool names_books(const value& whole) {
    const value* events = whole.find("events");
    if (events == nullptr || !events->is_list()) return false;
    return std::ranges::any_of(events->as_list(), [](const value& event) {
      const value* all = event.find("subscriptions");
      return all != nullptr && (all->find("level2") != nullptr || all->find("l2_data") != nullptr);
    });
  }
  static void read_books(market_text::answer& a, const sequence_facts& numbers,
                         std::vector<feed_update>& out) {
    const value& events = a.member(a.whole(), "events");
    if (!events.is_list()) return a.fault("its events are no list");
    for (const value& event : events.as_list()) {
      book_levels bids, asks;
      const value& updates = a.member(event, "updates");
      if (!updates.is_list()) return a.fault("its updates are no list");
      for (const value& level : updates.as_list()) {
        const auto side = a.text(level, "side");
        if (side != "bid" && side != "offer") return a.fault("a level is on no side");
        const auto one = a.levels(value(value::list{level}), "price_level", "new_quantity");
        auto& into = side == "bid" ? bids : asks;
        into.insert(into.end(), one.begin(), one.end());
      }
      feed_update told{a.text(event, "product_id"), numbers, subscribed{}};
      const bool whole = market_text::text_in(event, "type") == "snapshot";
      // A book may come before the word that it will.
      if (whole) out.push_back(told);
      if (whole)
        told.says = book_snapshot{std::move(bids), std::move(asks), true, true, {}};
      else
        told.says = book_delta{std::move(bids), std::move(asks), false, {}};
      out.push_back(std::move(told));
    }
  }

  bool first_ = true;
};

}  // namespace

result<std::string> coinbase_dialect::wire_symbol(std::string_view house) const {
  PITWALL_TRY(pair, market_text::read_pair(house, "BTC/USD"));
  return pair.base + "-" + pair.quote;
}

std::vector<market_question> coinbase_dialect::ask(const std::string& symbol, bool price, bool book,
                                                   unsigned depth) const {
  if (book)
    return {{base + ("product_book?product_id=" + symbol) + "&limit=" + std::to_string(depth),
             price, true}};
  if (price) return {{base + ("products/" + symbol) + "/ticker?limit=1", true, false}};
  return {};
}

status coinbase_dialect::read(const market_question& asked, std::string_view body,
                              market_reading& into) const {
  market_text::answer a(body);
  if (!asked.book) {
    const decimal bid = a.amount(a.whole(), "best_bid"), ask = a.amount(a.whole(), "best_ask");
    if (!a.good()) return a.why();
    return market_text::fill_price(bid, ask, into);
  }
  const value& told = a.member(a.whole(), "pricebook");
  a.is_about(told, "product_id", asked, shared_book(asked.target));
  into.told_at = market_text::time_in(told, "time");
  book_snapshot book;
  book.bids = a.levels(a.member(told, "bids"), "price", "size");
  book.asks = a.levels(a.member(told, "asks"), "price", "size");
  if (!a.good()) return a.why();
  return market_text::fill_book(asked, std::move(book), into);
}

error coinbase_dialect::refusal(unsigned status, std::string_view body,
                                std::string_view retry_after, timestamp now) const {
  const market_text::answer a(body);
  // {"error": "NOT_FOUND", "message": ...}, or {"errors": [{"id": ..., "message": ...}]}
  const value* list = a.whole().find("errors");
  const bool listed = list != nullptr && list->is_list() && !list->as_list().empty();
  const value& of = listed ? list->as_list().front() : a.whole();
  return market_text::refused(
      status,
      {market_text::text_in(of, listed ? "id" : "error"), market_text::text_in(of, "message")},
      retry_after, now);
}

stream_traits coinbase_dialect::stream() const {
  stream_traits t;
  t.url = "wss://advanced-trade-ws.coinbase.com";
  t.symbols_per_connection = 20;
  t.confirms = true;
  // A snapshot is the whole book.
  t.max_frame_bytes = 16U << 20U;
  return t;
}

bool coinbase_dialect::streams(const std::string& symbol) const { return !is_usdc_alias(symbol); }

result<stream_opening> coinbase_dialect::open(const std::vector<std::string>&, timestamp) const {
  stream_opening o;
  // Without them a channel of a quiet product is closed after a minute.
  o.frames.emplace_back(R"({"type":"subscribe","channel":"heartbeats"})");
  return o;
}

std::vector<std::string> coinbase_dialect::subscribe(
    const std::vector<std::string>& symbols) const {
  return {R"({"type":"subscribe","channel":"level2","product_ids":)" +
          market_text::json_list(symbols) + "}"};
}

std::unique_ptr<stream_reader> coinbase_dialect::reader() const {
  return std::make_unique<coinbase_reader>();
}

}  // namespace pitwall
