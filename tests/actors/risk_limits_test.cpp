// Limits in a whole house of actors: whatever the interleaving, no order that is beyond one
// reaches the venue, as a model at the venue's door counts it.
#include <deque>
#include <set>

#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

decimal d(std::string_view text) { return decimal::parse(text).value(); }

/// One that buys or sells at the market, or (with a price) rests.
std::string trader(const std::string& bot, bool buys, const std::string& amount,
                   const std::string& price = {}, const std::string& symbol = "BTC/USDT") {
  return R"({"bot_id": ")" + bot + R"(", "blocks": [{"id": "order", "type": ")" +
         (buys ? "buy" : "sell") + R"(", "category": "actions", "properties": {"symbol": ")" +
         symbol + R"(", "amount": ")" + amount + R"(", "venue": "paper", "signal": true)" +
         (price.empty() ? "" : R"(, "order_type": "limit", "price": ")" + price + "\"") + R"(}}]})";
}
std::string canceller(const std::string& bot) {
  return R"({"bot_id": ")" + bot + R"(", "blocks": [{"id": "stop", "type": "cancel",
    "category": "actions", "properties": {"venue": "paper", "signal": true}}]})";
}

/// What is at the venue, as it leaves for it and as the venue tells of it.
class door_model {
 public:
  struct state {
    std::map<std::string, decimal> open_buys, open_sells;  ///< By symbol.
    std::map<std::string, decimal> position;
    std::int64_t open = 0;
    std::deque<timestamp> lately;
  };
  /// The largest that any order made of each.
  struct worst {
    std::int64_t open = 0, in_a_second = 0;
    decimal position, size, notional;
  };

  explicit door_model(house& h) : clock_(h.clock) {
    h.door->leaves = [this](const std::string& id, const order_request& o, const order_permit& p) {
      left(id, o, p.bot_id);
    };
    *h.door->retell = [this](order_report& r) { told(r); };
  }
  ~door_model() = default;
  door_model(const door_model&) = delete;
  door_model& operator=(const door_model&) = delete;

  /// By bot; of no name: the host.
  std::map<std::string, worst> seen;
  std::size_t orders = 0;

 private:
  struct order {
    order_request asked;
    std::string bot;
    decimal left;
    std::size_t fills = 0;
  };

  static decimal& side(state& s, const order_request& o) {
    return (o.side == order_side::buy ? s.open_buys : s.open_sells)[o.symbol];
  }

  void left(const std::string& id, const order_request& o, const std::string& bot) {
    ++orders;
    REQUIRE(open_.emplace(id, order{o, bot, o.amount, 0}).second);
    for (const auto& who : {std::string(), bot}) {
      auto& s = states_[who];
      auto& most = seen[who];
      auto& here = side(s, o);
      here = *add(here, o.amount);
      most.open = std::max(most.open, ++s.open);
      s.lately.push_back(clock_->now());
      while (clock_->now() - s.lately.front() >= 1s) s.lately.pop_front();
      most.in_a_second = std::max(most.in_a_second, static_cast<std::int64_t>(s.lately.size()));
      const auto held = o.side == order_side::buy ? s.position[o.symbol] : -s.position[o.symbol];
      most.position = std::max(most.position, *add(held, here));
      most.size = std::max(most.size, o.amount);
      most.notional = std::max(most.notional, *mul(o.amount, o.price));
    }
  }

  void told(const order_report& r) {
    const auto at = open_.find(r.client_order_id);
    if (at == open_.end()) return;
    auto& o = at->second;
    const bool over = r.state == order_state::filled || r.state == order_state::canceled ||
                      r.state == order_state::rejected;
    for (; o.fills < r.fills.size(); ++o.fills) {
      const auto& f = r.fills[o.fills];
      o.left = *sub(o.left, f.quantity);
      for (const auto& who : {std::string(), o.bot}) {
        auto& s = states_[who];
        auto& here = side(s, o.asked);
        here = *sub(here, f.quantity);
        auto& held = s.position[o.asked.symbol];
        held = *add(held, o.asked.side == order_side::buy ? f.quantity : -f.quantity);
      }
    }
    if (!over) return;
    for (const auto& who : {std::string(), o.bot}) {
      auto& s = states_[who];
      auto& here = side(s, o.asked);
      here = *sub(here, o.left);
      --s.open;
    }
    open_.erase(at);
  }

  std::shared_ptr<virtual_clock> clock_;
  std::map<std::string, order> open_;
  std::map<std::string, state> states_;
};

std::vector<std::string> halted_scopes(const house& h) {
  std::vector<std::string> all;
  for (const auto& e : h.events->all<emergency_state_changed>())
    if (e.new_state == "halt") all.push_back(e.scope + " " + e.trigger);
  return all;
}

std::set<std::string> codes(const house& h) {
  std::set<std::string> all;
  for (const auto& r : h.events->all<order_rejected>()) all.insert(r.code);
  return all;
}

std::shared_ptr<started> run(house& h, const workflow_actor& w) {
  auto s = h.start(w);
  h.run();
  REQUIRE(s->done());
  return s;
}

struct tried_limit {
  const char *name, *value, *code;
};
constexpr tried_limit tried[] = {{"max_open_orders", "3", "max_open_orders"},
                                 {"max_position_size", "0.07", "max_position_size"},
                                 {"orders_per_second", "4", "orders_per_second"},
                                 {"max_order_size", "0.02", "max_order_size"},
                                 {"max_order_notional", "450", "max_order_notional"}};

}  // namespace

TEST_CASE(
    "property: no order passes a limit, of the host or of a bot, however messages interleave") {
  const auto limit = GENERATE(from_range(std::begin(tried), std::end(tried)));
  const bool of_host = GENERATE(true, false);
  std::size_t refused = 0, sent = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(limit.name, of_host, seed);
    estate from;
    from.rules.limits = risk_limits::none();
    auto bounded = risk_limits::none();
    REQUIRE(set_limit(bounded, limit.name, limit.value).ok());
    const auto threshold = d(limit.value);
    const std::string first = "a", second = "b";
    for (const auto& bot : {first, second}) from.rules.bots[bot] = risk_limits::none();
    if (of_host)
      from.rules.limits = bounded;
    else
      from.rules.bots[first] = bounded;
    house h(seed, std::move(from));
    std::mt19937_64 random(seed);
    std::vector<workflow_actor> all;
    for (const auto& bot : {first, second}) {
      for (const auto& text :
           {trader(bot, true, "0.01"), trader(bot, true, "0.03"), trader(bot, false, "0.02"),
            trader(bot, true, "0.02", "20000"), trader(bot, true, "0.03", "15000"),
            trader(bot, false, "0.01", "90000"), canceller(bot)})
        all.push_back(h.deploy(text, bot + std::to_string(all.size())));
    }
    door_model model(h);
    std::vector<std::shared_ptr<started>> runs;
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i < 4; ++i) runs.push_back(h.start(all[random() % all.size()]));
      h.paper->set_deferred_submits(random() % 3 == 0);
      h.run_some(random() % 250);
      if (random() % 3 == 0) h.paper->flush();
      if (random() % 4 == 0) h.pass(std::chrono::milliseconds(100 * (random() % 9)));
    }
    h.paper->set_deferred_submits(false);
    h.paper->flush();
    h.pass(60s);
    for (const auto& r : runs) CHECK(r->done());
    const auto& worst = model.seen[of_host ? std::string() : first];
    const std::string_view name = limit.name;
    CHECK((name == "max_open_orders"     ? decimal(worst.open)
           : name == "max_position_size" ? worst.position
           : name == "orders_per_second" ? decimal(worst.in_a_second)
           : name == "max_order_size"    ? worst.size
                                         : worst.notional) <= threshold);
    for (const auto& code : codes(h)) {
      CAPTURE(code);
      CHECK((code == limit.code || code == "not_sent"));  // Or its bot cancelled it in time.
    }
    for (const auto& r : h.events->all<order_rejected>()) refused += r.code == limit.code;
    sent += model.orders;
    *h.door->retell = nullptr;
  }
  CHECK(refused > 20);
  CHECK(sent > 100);
}

TEST_CASE("property: once a loss is beyond its limit nothing of that scope leaves") {
  const bool of_host = GENERATE(true, false);
  const char* limit = GENERATE("daily_loss_limit", "max_drawdown_percent");
  const bool halts = GENERATE(true, false);
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    CAPTURE(of_host, limit, halts, seed);
    estate from;
    from.rules.limits = risk_limits::none();
    from.rules.bots["a"] = from.rules.bots["b"] = risk_limits::none();
    from.rules.auto_halt = halts;
    from.rules.look_every = 1s;
    from.rules.capital = 1'000;
    auto& bounded = of_host ? from.rules.limits : from.rules.bots["a"];
    REQUIRE(set_limit(bounded, limit, *limit == 'd' ? "-100" : "10").ok());
    house h(seed, std::move(from));
    auto a = h.deploy(trader("a", true, "0.01"), "a"), b = h.deploy(trader("b", true, "0.01"), "b");
    CHECK(run(h, a)->value().status == run_status::completed);
    // By the price alone: 0.01 fell by 20,000.
    h.door->price = value(decimal(40'000));
    h.pass(2s);
    const auto before = h.door->sent.size();
    std::vector<std::shared_ptr<started>> runs;
    for (int i = 0; i < 6; ++i) runs.push_back(h.start(i % 2 == 0 ? a : b));
    h.run();
    CHECK(h.door->sent.size() == before + (of_host ? 0 : 3));
    const auto scopes = halted_scopes(h);
    if (halts) {
      REQUIRE(scopes.size() == 1);
      CHECK(scopes[0] == (of_host ? "global " : "bot:a ") + std::string(limit));
    } else {
      CHECK(scopes.empty());
      CHECK(codes(h).size() == 1);
    }
    const auto told = h.events->all<risk_limit_exceeded>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].limit == limit);
    CHECK(told[0].inputs.find("unrealized")->as_number() < -190);
  }
}

TEST_CASE("an order beyond a limit is refused, and with auto-halt its scope halts") {
  const auto limit = GENERATE(from_range(std::begin(tried), std::end(tried)));
  const bool of_host = GENERATE(true, false);
  const bool auto_halt = GENERATE(true, false);
  CAPTURE(limit.name, of_host, auto_halt);
  estate from;
  from.rules.limits = risk_limits::none();
  from.rules.bots["a"] = from.rules.bots["b"] = risk_limits::none();
  from.rules.auto_halt = auto_halt;
  REQUIRE(
      set_limit(of_host ? from.rules.limits : from.rules.bots["a"], limit.name, limit.value).ok());
  house h(0, std::move(from));
  const auto small = h.deploy(trader("a", true, "0.01", "20000"), "small"),
             large = h.deploy(trader("a", true, "0.03", "20000"), "large"),
             other = h.deploy(trader("b", true, "0.01", "20000"), "other");
  for (int i = 0; i < 5 && codes(h).empty(); ++i) run(h, i < 2 ? small : large);
  CHECK(codes(h) == std::set<std::string>{limit.code});
  const auto before = h.door->sent.size();
  h.pass(2s);
  auto again = run(h, small);
  if (!auto_halt) {
    CHECK(halted_scopes(h).empty());
    CHECK(h.events->all<risk_limit_exceeded>().empty());
    return;
  }
  CHECK(again->answer->error().code == errc::halted);
  CHECK(halted_scopes(h) ==
        std::vector<std::string>{(of_host ? "global " : "bot:a ") + std::string(limit.name)});
  const auto told = h.events->all<risk_limit_exceeded>();
  REQUIRE(told.size() == 1);
  CHECK(told[0].halts);
  CHECK(told[0].figure > told[0].threshold);
  const auto trips = h.events->all<trip_recorded>();
  REQUIRE(trips.size() == 1);
  CHECK(trips[0].evidence.find("observed")->as_number() == told[0].figure);
  CHECK_FALSE(trips[0].evidence.find("formula")->is_null());
  run(h, other);
  CHECK(h.door->sent.size() == before + (of_host ? 0 : 1));
}

namespace {

/// As a reload of the configuration does it, without a look at prices.
void reload(house& h, std::vector<limit_word> limits, bool halts = true) {
  caf::anon_send(h.shared->risk, change_limits{halts, std::move(limits)});
  h.run();
}

/// A bot that has bought 0.1 bitcoin for about 6,000, of 100,000, and one limit of losses at a
/// time, of the host or of the bot.
struct losing_bot {
  explicit losing_bot(bool halts) : h(0, rules(halts)) {
    run(h, h.deploy(trader("a", true, "0.1"), "buys"));
  }
  static estate rules(bool halts) {
    estate from;
    from.rules.limits = from.rules.bots["a"] = risk_limits::none();
    from.rules.auto_halt = halts;
    return from;
  }
  void mark(int price) {
    caf::anon_send(h.shared->risk,
                   price_marked{"paper", "BTC/USDT", decimal(price), h.clock->now(), {}});
    h.run();
  }
  /// A loss of so much in money, or that part of what there was.
  void set_limit(const char* money, const char* percent, bool halts = true) {
    const std::string whose = of_host ? "" : "a", other = of_host ? "a" : "";
    const bool daily = limit == "daily_loss_limit";
    reload(h, {{whose, limit, daily ? money : percent}, {other, limit, "none"}}, halts);
  }
  std::vector<std::string> halt() const { return {(of_host ? "global " : "bot:a ") + limit}; }

  const std::string limit = GENERATE("daily_loss_limit", "max_drawdown_percent");
  const bool of_host = GENERATE(true, false);
  house h;
};

}  // namespace

TEST_CASE("a limit of losses that is lowered halts at once, by what is open already") {
  losing_bot b(true);
  CAPTURE(b.limit, b.of_host);
  b.mark(40'000);
  b.set_limit("-50000", "50");
  CHECK(halted_scopes(b.h).empty());
  // About 2,000 are lost.
  b.set_limit("-1000", "1");
  CHECK(halted_scopes(b.h) == b.halt());
}

TEST_CASE("a loss warns at 80 % of its limit, once, and halts nothing") {
  losing_bot b(true);
  CAPTURE(b.limit, b.of_host);
  const auto judge_at = [&](int price) {
    b.mark(price);
    b.set_limit("-1000", "1");
  };
  judge_at(53'000);  // About 700 are lost.
  CHECK(b.h.events->all<risk_limit_warning>().empty());
  judge_at(51'000);
  judge_at(50'900);
  const auto warned = b.h.events->all<risk_limit_warning>();
  REQUIRE(warned.size() == 1);
  CHECK(warned[0].limit == b.limit);
  CHECK(warned[0].utilization >= decimal(80));
  CHECK(warned[0].utilization < decimal(100));
  CHECK(b.h.events->all<risk_limit_exceeded>().empty());
  CHECK(halted_scopes(b.h).empty());
}

TEST_CASE("limits that are told to halt do so at once, by what was past them already") {
  losing_bot b(false);
  CAPTURE(b.limit, b.of_host);
  b.mark(40'000);
  b.set_limit("-1000", "1", false);
  CHECK(halted_scopes(b.h).empty());
  CHECK(b.h.events->all<risk_limit_exceeded>().size() == 1);
  b.set_limit("-1000", "1");
  CHECK(halted_scopes(b.h) == b.halt());
  // The same once more is no news.
  b.set_limit("-1000", "1");
  CHECK(halted_scopes(b.h).size() == 1);
}

TEST_CASE("a level that is lowered below what is open warns at once, and lets it be reduced") {
  estate from;
  from.rules.limits = risk_limits::none();
  from.rules.auto_halt = true;
  house h(0, std::move(from));
  const auto buys = h.deploy(trader("a", true, "0.1"), "buys"),
             sells = h.deploy(trader("a", false, "0.05"), "sells"),
             rests = h.deploy(trader("a", true, "0.01", "20000"), "rests");
  run(h, buys);
  run(h, rests);
  run(h, rests);
  CHECK(h.events->all<risk_limit_warning>().empty());
  reload(h, {{"", "max_position_size", "0.01"}, {"", "max_open_orders", "1"}});
  std::set<std::string> warned;
  for (const auto& w : h.events->all<risk_limit_warning>()) {
    CHECK(w.figure > w.threshold);
    warned.insert(w.limit);
  }
  CHECK(warned == std::set<std::string>{"max_position_size", "max_open_orders"});
  CHECK(h.events->all<risk_limit_exceeded>().empty());
  CHECK(halted_scopes(h).empty());
  reload(h, {{"", "max_position_size", "0.01"}});
  const auto before = h.door->sent.size();
  run(h, sells);
  CHECK(h.door->sent.size() == before + 1);
  CHECK(halted_scopes(h).empty());
}

TEST_CASE("a repeated order is refused without a halt") {
  estate from;
  from.rules.limits = risk_limits::none();
  from.rules.limits.duplicate_window_ms = decimal(60'000);
  from.rules.auto_halt = true;
  house h(0, std::move(from));
  const auto w = h.deploy(trader("a", true, "0.01"));
  run(h, w);
  run(h, w);
  CHECK(codes(h) == std::set<std::string>{"duplicate_order"});
  CHECK(halted_scopes(h).empty());
}

TEST_CASE("at 80 % of each level a warning is published, once until it was below") {
  estate from;
  from.rules.limits = risk_limits::none();
  from.rules.limits.max_open_orders = decimal(5);
  from.rules.bots["a"] = risk_limits::none();
  from.rules.bots["a"].max_position_size = d("0.1");
  house h(0, std::move(from));
  const auto rests = h.deploy(trader("a", true, "0.02", "20000"), "rests"),
             stop = h.deploy(canceller("a"), "stop");
  const auto warnings = [&] {
    std::vector<std::string> all;
    for (const auto& w : h.events->all<risk_limit_warning>())
      all.push_back(w.scope + " " + w.limit + " " + w.figure.to_string() + " " +
                    w.utilization.to_string());
    return all;
  };
  for (int i = 0; i < 3; ++i) run(h, rests);
  CHECK(warnings().empty());
  run(h, rests);
  const std::vector<std::string> both{"global max_open_orders 4 80",
                                      "bot:a max_position_size 0.08 80"};
  CHECK(warnings() == both);
  run(h, rests);
  CHECK(warnings() == both);
  run(h, stop);
  for (int i = 0; i < 4; ++i) run(h, rests);
  CHECK(warnings().size() == 4);
  CHECK(halted_scopes(h).empty());
}

}  // namespace pitwall::test
