// Job: a trading floor with its streams, without sockets; sinks that keep what they were sent; and
// a
//      client that keeps a book by the documented procedure.
#pragma once

#include <deque>
#include <map>
#include <random>

#include "net/exchange/api.hpp"
#include "net/exchange/stream_hub.hpp"
#include "net/exchange/views.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::sim {

class kept_sink final : public stream_sink {
 public:
  bool send(message m) override {
    if (full) return false;
    all.push_back(*m);
    return true;
  }
  void end(std::string why) override { ended = std::move(why); }
  void cut() override { was_cut = true; }

  value next() {
    REQUIRE_FALSE(all.empty());
    auto v = parse_json(all.front());
    REQUIRE(v.ok());
    all.pop_front();
    return *v;
  }

  std::deque<std::string> all;
  std::string ended;
  bool full = false, was_cut = false;
};

inline std::string text_at(const value& v, std::string_view name) {
  const value* found = v.find(name);
  if (found == nullptr) return "<none>";
  return found->is_text() ? found->as_text() : to_json(*found);
}
inline std::int64_t number_at(const value& v, std::string_view name) {
  const value* found = v.find(name);
  REQUIRE(found != nullptr);
  return found->as_number().to_int().value();
}

struct hub_fixture {
  static floor_options options_of(std::uint64_t seed, bool still, std::size_t more = 0) {
    floor_options o;
    std::vector<std::string> bases{"BTC", "ETH"};
    for (std::size_t i = 0; i < more; ++i) bases.push_back("C" + std::to_string(100 + i));
    for (const auto& base : bases) {
      symbol_rules r;
      r.base = base;
      r.quote = "USDT";
      r.symbol = r.base + r.quote;
      o.symbols.push_back(r);
    }
    o.prices.seed = seed;
    // So small that orders fill in parts.
    o.prices.level_notional = 3'000;
    o.prices.volatility_ppb = still ? 0 : 400'000;
    return o;
  }

  explicit hub_fixture(std::uint64_t seed, bool still = false, std::size_t more_symbols = 0)
      : floor(options_of(seed, still, more_symbols)),
        rest(floor, {{}, {1'000'000'000, 1'000'000'000, 1'000'000'000}, {}}),
        hub(floor, rest.market(), rest.keys(), rest.die()) {
    REQUIRE(floor.restore({}, at()).ok());
    rest.start(at());
  }

  /// The best bid, in whole dollars.
  std::int64_t bid() const {
    const auto d = floor.look(floor.symbols().front());
    return d.bids.front().price.round(0).to_int().value();
  }
  timestamp at() const { return timestamp(milliseconds(now)); }

  http::reply ask(const std::string& method, const std::string& path, std::string query) {
    http::request r;
    r.method = method;
    r.to = http::parse_target(path + "?" + query).value();
    if (path == "/sim/faults") r.body = query;
    auto out = rest.serve(r, at()).reply;
    hub.settle(now);
    return out;
  }
  /// A signed one; here nobody wants the signature.
  http::reply privately(const std::string& method, const std::string& path, std::string query) {
    if (!query.empty()) query += '&';
    return ask(method, path, query + "timestamp=" + std::to_string(now));
  }
  value json(const http::reply& r) {
    auto v = parse_json(r.body);
    REQUIRE(v.ok());
    return *v;
  }
  void pass(std::int64_t ms) {
    now += ms;
    floor.advance(at());
    hub.settle(now);
  }
  /// As if all of it had been written.
  void publish() {
    written.clear();
    for (auto& e : floor.take_events()) written.push_back(std::move(e));
    hub.publish(at());
  }

  std::shared_ptr<kept_sink> join(const std::vector<std::string>& streams, bool combined = false) {
    auto sink = std::make_shared<kept_sink>();
    const auto bad = hub.join(sink, streams, combined, now);
    if (bad) FAIL(bad->text);
    return sink;
  }

  std::int64_t now = 1'700'000'000'000;
  trading_floor floor;
  api rest;
  stream_hub hub;
  std::vector<book_event> written;
};

/// "How to manage a local order book correctly", as documented.
class local_book {
 public:
  void take(const value& update) {
    if (!ready_) return buffered_.push_back(update);
    apply(update);
  }
  /// False: the snapshot is older than the first update that was buffered; another one is needed.
  bool begin(const value& snapshot) {
    last_ = number_at(snapshot, "lastUpdateId");
    if (!buffered_.empty() && last_ + 1 < number_at(buffered_.front(), "U")) return false;
    for (const bool bids : {true, false}) {
      for (const auto& row : snapshot.find(bids ? "bids" : "asks")->as_list()) put(bids, row);
    }
    ready_ = true;
    for (const auto& u : std::exchange(buffered_, {})) apply(u);
    return true;
  }
  bool ready() const { return ready_; }
  std::size_t gaps() const { return gaps_; }
  std::int64_t last() const { return last_; }
  const std::map<decimal, decimal>& side(bool bids) const { return bids ? bids_ : asks_; }

 private:
  void apply(const value& u) {
    const auto first = number_at(u, "U"), last = number_at(u, "u");
    if (last <= last_) return;
    if (started_ ? first != last_ + 1 : first > last_ + 1) ++gaps_;
    started_ = true;
    for (const auto& row : u.find("b")->as_list()) put(true, row);
    for (const auto& row : u.find("a")->as_list()) put(false, row);
    last_ = last;
  }
  void put(bool bids, const value& row) {
    auto& side = bids ? bids_ : asks_;
    const auto price = decimal::parse(row.as_list()[0].as_text()).value();
    const auto quantity = decimal::parse(row.as_list()[1].as_text()).value();
    if (quantity.is_zero()) {
      side.erase(price);
    } else {
      side[price] = quantity;
    }
  }

  std::map<decimal, decimal> bids_, asks_;
  std::vector<value> buffered_;
  std::int64_t last_ = 0;
  std::size_t gaps_ = 0;
  bool ready_ = false, started_ = false;
};

/// One random order, or a cancel, or nothing; the parameters and the request.
struct random_request {
  std::string method, path, query;
};
inline random_request random_order(std::mt19937_64& random, std::int64_t near = 60'000) {
  const auto pick = [&](std::uint64_t n) { return random() % n; };
  if (pick(12) == 0) return {"DELETE", "/api/v3/openOrders", "symbol=BTCUSDT"};
  const char* types[] = {"LIMIT&timeInForce=GTC",
                         "LIMIT&timeInForce=GTC",
                         "LIMIT&timeInForce=IOC",
                         "LIMIT&timeInForce=FOK",
                         "MARKET",
                         "LIMIT_MAKER"};
  const auto type = pick(6);
  std::string q = "symbol=BTCUSDT&side=" + std::string(pick(2) == 0 ? "BUY" : "SELL") +
                  "&type=" + types[type] + "&quantity=0." + std::to_string(10 + pick(80));
  if (type != 4) q += "&price=" + std::to_string(near - 40 + static_cast<std::int64_t>(pick(80)));
  if (pick(2) == 0) q += "&selfTradePreventionMode=NONE";
  return {"POST", "/api/v3/order", q};
}

}  // namespace pitwall::sim
