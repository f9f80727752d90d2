// The floor: what it records is what it owns, and what it recorded gives the same floor again.
#include "net/exchange/trading_floor.hpp"

#include <random>

#include "net/exchange/record_codec.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::sim {
namespace {

using matching::side;

floor_options options_of(std::uint64_t seed, bool still = false) {
  floor_options o;
  for (const char* base : {"BTC", "ETH"}) {
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

timestamp at_ms(std::int64_t ms) { return timestamp(milliseconds(1'700'000'000'000 + ms)); }

order_ticket limit(side way, const char* quantity, const char* price, std::string id = {}) {
  order_ticket t;
  t.symbol = "BTCUSDT";
  t.way = way;
  t.quantity = decimal::parse(quantity).value();
  t.price = decimal::parse(price).value();
  t.client_id = std::move(id);
  return t;
}

std::string text_of(const verdict& v) { return v ? v->text : ""; }

/// The records know what the ledger knows: they are computed apart from each other.
void check_balances(const trading_floor& f) {
  for (const auto& b : f.balances()) {
    CAPTURE(b.asset);
    CHECK(add(b.free, b.held).value() == f.book().balances().at(b.asset));
    CHECK_FALSE(b.free.is_negative());
    CHECK_FALSE(b.held.is_negative());
  }
}

}  // namespace

TEST_CASE("an order meets its account's other one, or ends there, as it asks") {
  trading_floor f(options_of(1, true));
  REQUIRE(f.restore({}, at_ms(0)).ok());
  const order_record *resting = nullptr, *taking = nullptr;
  REQUIRE_FALSE(f.place(limit(side::buy, "0.01", "59999", "r"), at_ms(0), resting));
  REQUIRE(resting->status == order_status::fresh);
  auto t = limit(side::sell, "0.01", "59999");
  REQUIRE_FALSE(f.place(t, at_ms(0), taking));
  CHECK(taking->status == order_status::expired_in_match);
  CHECK(taking->as.client_id == "sim-2");
  t.meets_own = true;
  REQUIRE_FALSE(f.place(t, at_ms(0), taking));
  CHECK(taking->status == order_status::filled);
  CHECK(resting->status == order_status::filled);
  REQUIRE(f.book().trades().size() == 2);
  CHECK(f.book().trades()[0].part.trade == f.book().trades()[1].part.trade);
  CHECK(f.book().trades()[0].part.maker);
  check_balances(f);
}

TEST_CASE("a client id is refused while its order is open, and only then") {
  trading_floor f(options_of(1, true));
  REQUIRE(f.restore({}, at_ms(0)).ok());
  const order_record* o = nullptr;
  REQUIRE_FALSE(f.place(limit(side::buy, "0.01", "50000", "a"), at_ms(0), o));
  const order_id first = o->as.id;
  CHECK(text_of(f.place(limit(side::buy, "0.01", "50000", "a"), at_ms(0), o)) ==
        "Duplicate order sent.");
  REQUIRE(f.cancel(first, {}, at_ms(1)) != nullptr);
  CHECK(f.cancel(first, {}, at_ms(1)) == nullptr);
  CHECK_FALSE(f.place(limit(side::buy, "0.01", "50000", "a"), at_ms(2), o));
  CHECK(f.book().find("a")->as.id == first + 1);
}

TEST_CASE("an order without an id gets one that no other order has") {
  const auto options = options_of(1, true);
  trading_floor f(options);
  REQUIRE(f.restore({}, at_ms(0)).ok());
  const order_record* o = nullptr;
  // Those that it would be given, each by a client that was there before.
  for (const char* taken : {"sim-2", "sim-4", "sim-4-2"})
    REQUIRE_FALSE(f.place(limit(side::buy, "0.01", "50000", taken), at_ms(0), o));
  REQUIRE(f.cancel(2, {}, at_ms(1)) != nullptr);  // One that has ended can still be asked for.
  REQUIRE_FALSE(f.place(limit(side::buy, "0.01", "50000"), at_ms(1), o));
  CHECK(o->as.client_id == "sim-4-3");
  REQUIRE_FALSE(f.place(limit(side::buy, "0.01", "50000"), at_ms(2), o));
  CHECK(o->as.client_id == "sim-5");
  CHECK(text_of(f.place(limit(side::buy, "0.01", "50000", "sim-5"), at_ms(2), o)) ==
        "Duplicate order sent.");
  const auto log = f.take_events();
  trading_floor again(options);
  REQUIRE(again.restore(log, at_ms(3)).ok());
  CHECK(again.book().find("sim-4-3")->as.id == 4);
}

TEST_CASE("a book whose client took the next made-up id goes on") {
  const auto options = options_of(1, true);
  trading_floor earlier(options);
  REQUIRE(earlier.restore({}, at_ms(0)).ok());
  const order_record* o = nullptr;
  REQUIRE_FALSE(earlier.place(limit(side::buy, "0.01", "50000", "sim-2"), at_ms(0), o));
  trading_floor f(options);
  REQUIRE(f.restore(earlier.take_events(), at_ms(1)).ok());
  REQUIRE_FALSE(f.place(limit(side::buy, "0.01", "50000"), at_ms(1), o));
  CHECK(o->as.client_id == "sim-2-2");
  CHECK(f.book().find("sim-2")->as.id == 1);
}

TEST_CASE("an order that makes the market takes nothing") {
  trading_floor f(options_of(1, true));
  REQUIRE(f.restore({}, at_ms(0)).ok());
  const order_record* o = nullptr;
  auto t = limit(side::buy, "0.01", "60100");
  t.kind = order_kind::limit_maker;
  CHECK(text_of(f.place(t, at_ms(0), o)) == "Order would immediately match and take.");
  t.price = 59'000;
  REQUIRE_FALSE(f.place(t, at_ms(0), o));
  CHECK(o->status == order_status::fresh);
}

TEST_CASE("what cannot be paid, and one order too many, are refused") {
  auto options = options_of(1, true);
  options.symbols.front().max_orders = 2;
  trading_floor f(options);
  REQUIRE(f.restore({}, at_ms(0)).ok());
  const order_record* o = nullptr;
  CHECK(text_of(f.place(limit(side::sell, "100.00001", "61000"), at_ms(0), o)) ==
        "Account has insufficient balance for requested action.");
  CHECK_FALSE(f.place(limit(side::sell, "1", "61000"), at_ms(0), o));
  CHECK_FALSE(f.place(limit(side::sell, "1", "61000"), at_ms(0), o));
  CHECK(text_of(f.place(limit(side::sell, "1", "61000"), at_ms(0), o)) ==
        "Filter failure: MAX_NUM_ORDERS");
}

TEST_CASE("a floor that is restored from its events is the floor that made them") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 dice(seed);
  const auto pick = [&](std::uint64_t n) { return dice() % n; };
  auto options = options_of(seed);
  for (const char* asset : {"received", "ETH"})
    if (pick(3) == 0) options.fee_asset = asset;
  CAPTURE(options.fee_asset);
  auto live = std::make_unique<trading_floor>(options);
  REQUIRE(live->restore({}, at_ms(0)).ok());
  std::vector<book_event> log = live->take_events();
  std::vector<std::string> snapshot;
  std::size_t told = 0;  // Of the log, in the snapshot.
  std::int64_t now = 0;
  for (int step = 0; step < 600; ++step) {
    now += static_cast<std::int64_t>(pick(500));
    const order_record* o = nullptr;
    if (pick(5) == 0 && live->book().last_order() > 0) {
      live->cancel(1 + pick(live->book().last_order()), "x" + std::to_string(now), at_ms(now));
    } else {
      order_ticket t;
      const auto& rules = live->symbols()[pick(2)];
      t.symbol = rules.symbol;
      t.way = pick(2) == 0 ? side::buy : side::sell;
      const auto market = live->look(rules);
      const decimal off = decimal(static_cast<std::int64_t>(pick(40)) - 20);
      t.price = add(market.asks.front().price, off).value();
      t.quantity = decimal::from_raw(int128{decimal::one_raw / 100'000} *
                                     static_cast<std::int64_t>(500 + pick(20'000)));
      t.kind = static_cast<order_kind>(pick(3));
      t.lasts = t.kind == order_kind::limit ? static_cast<lifetime>(pick(3)) : lifetime::gtc;
      t.meets_own = pick(2) == 0;
      if (pick(3) == 0) t.client_id = "c" + std::to_string(pick(20));
      const auto next = live->book().last_order() + 1 + pick(3);
      if (pick(4) == 0) t.client_id = "sim-" + std::to_string(next);  // As it would be made up.
      live->place(t, at_ms(now), o);
    }
    check_balances(*live);
    const auto drafted = live->take_events();
    log.insert(log.end(), drafted.begin(), drafted.end());
    if (pick(40) != 0) continue;
    // The process dies; what was durable is read again, as events or as a snapshot and its tail.
    const auto text = encode_events(log);
    auto read = decode_events(text);
    REQUIRE(read.ok());
    REQUIRE(*read == log);
    auto lines = snapshot;
    lines.push_back(encode_events(std::span(log).subspan(told)));
    const bool compacted = pick(2) == 0;
    if (compacted) read = decode_log(lines);
    REQUIRE(read.ok());
    const auto before = live->book().open_orders({});
    auto again = std::make_unique<trading_floor>(options);
    const auto restored = again->restore(*read, at_ms(now));
    if (!restored.ok()) FAIL(restored.error().to_string());
    CHECK(again->book().balances() == live->book().balances());
    CHECK(again->book().trades().size() == live->book().trades().size());
    check_balances(*again);
    CHECK(again->book().last_order() == live->book().last_order());
    for (const auto* open : before) {
      CAPTURE(open->as.id);
      CHECK(again->book().find(open->as.id)->as == open->as);
      CHECK(again->book().find(open->as.id)->executed == open->executed);
    }
    CHECK_FALSE(again->has_events());
    for (std::size_t i = 0; i < live->balances().size(); ++i) {
      const auto& b = live->balances()[i];
      const auto& same = again->balances();
      const auto found = std::find_if(same.begin(), same.end(),
                                      [&](const auto& other) { return other.asset == b.asset; });
      REQUIRE(found != same.end());
      CHECK(found->held == b.held);
    }
    std::vector<book_event> of_events, of_snapshot;
    live->book().tell([&](const book_event& e) { of_events.push_back(e); });
    again->book().tell([&](const book_event& e) { of_snapshot.push_back(e); });
    CHECK(of_events == of_snapshot);
    live = std::move(again);
    snapshot = encode_snapshot(live->book());
    told = log.size();
  }
  CHECK(live->book().trades().size() > 50);
}

TEST_CASE("events that do not fit are found") {
  const order_accepted order{1,     "a", "BTCUSDT", side::buy, order_kind::limit, lifetime::gtc,
                             false, 1,   50'000,    5};
  const std::vector<book_event> base{asset_opened{"BTC", 1}, asset_opened{"USDT", 100'000}, order};
  const book_event bad[] = {asset_opened{"BTC", 1},
                            order,
                            order_traded{2, 1, 1, 1, {}, false, 6},
                            order_traded{1, 1, 50'000, 2, {}, false, 6},
                            order_ended{2, order_status::canceled, 6},
                            order_ended{1, order_status::filled, 6}};
  for (const auto& e : bad) {
    records r;
    for (const auto& fine : base) REQUIRE(r.apply(fine).ok());
    CAPTURE(encode_events({&e, 1}));
    CHECK(r.apply(e).error().code == errc::data_loss);
  }
  for (const char* text : {"", "{}", "[1]", R"([{"e":"what"}])", R"([{"e":"end","id":1}])",
                           R"([{"e":"end","id":-1,"status":"CANCELED","t":1}])",
                           R"([{"e":"end","id":1,"status":"NEW","t":1}])"}) {
    CAPTURE(text);
    CHECK(decode_events(text).error().code == errc::data_loss);
  }
}

TEST_CASE("only the last orders and trades are kept") {
  records r(2, 3);
  REQUIRE(r.apply(asset_opened{"BTC", 1}).ok());
  REQUIRE(r.apply(asset_opened{"USDT", 100'000}).ok());
  for (order_id id = 1; id <= 4; ++id) {
    REQUIRE(r.apply(order_accepted{id,
                                   "c" + std::to_string(id % 2),
                                   "BTCUSDT",
                                   side::buy,
                                   order_kind::market,
                                   lifetime::gtc,
                                   false,
                                   1,
                                   {},
                                   5})
                .ok());
    REQUIRE(r.apply(order_traded{id, id, 100, 1, {}, false, 6}).ok());
  }
  CHECK(r.find(order_id{2}) == nullptr);
  REQUIRE(r.find(order_id{3}) != nullptr);
  CHECK(r.find("c1")->as.id == 3);
  CHECK(r.trades().size() == 3);
  CHECK(r.trades_of(*r.find(order_id{3})).size() == 1);
}

TEST_CASE("a snapshot that is not all there is damage, however it looks") {
  trading_floor f(options_of(1, true));
  REQUIRE(f.restore({}, at_ms(0)).ok());
  const order_record* o = nullptr;
  for (int i = 0; i < 1'200; ++i) {
    REQUIRE_FALSE(f.place(limit(side::buy, "0.01", "50000"), at_ms(i), o));
    REQUIRE(f.cancel(o->as.id, "c", at_ms(i)) != nullptr);
  }
  const auto lines = encode_snapshot(f.book());
  REQUIRE(lines.size() == 4);
  CHECK(decode_log(lines).ok());
  CHECK(decode_log({}).ok());
  for (std::size_t kept = 1; kept < lines.size(); ++kept) {
    CAPTURE(kept);
    CHECK(decode_log(std::span(lines).first(kept)).error().code == errc::data_loss);
  }
  // A snapshot stands for everything before it, and not for a part.
  records r;
  REQUIRE(r.apply(asset_opened{"BTC", 1}).ok());
  CHECK(r.apply(book_kept{1, 1, 1}).error().code == errc::data_loss);
}

}  // namespace pitwall::sim
