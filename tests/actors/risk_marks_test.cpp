// What is held is worth its latest price, as old as the venue says that it is; where that is too
// old nothing is known of profit and loss, and nothing that depends on it goes on.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view buyer = R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})";
constexpr std::string_view checks = R"({"bot_id": "bot-1", "blocks": [
    {"id": "risk", "type": "risk_check", "category": "risk", "properties": {"venue": "paper"}}]})";

/// Risk looks at the prices of what is held, and halts by itself.
estate watchful(estate from = {}) {
  from.rules.auto_halt = true;
  from.rules.look_every = 1s;
  return from;
}

/// Whether it was bought.
bool buys(house& h, const workflow_actor& w) {
  const auto before = h.door->sent.size();
  auto order = h.start(w);
  h.run();
  REQUIRE(order->done());
  return h.door->sent.size() > before;
}

std::vector<std::string> halts(const house& h) {
  std::vector<std::string> reasons;
  for (const auto& e : h.events->all<emergency_state_changed>())
    if (e.new_state == "halt") reasons.push_back(e.reason);
  return reasons;
}

/// The one position, as the API shows it.
value position_of(house& h) {
  const auto view = h.risk_view();
  const auto* all = view.find("positions");
  REQUIRE(all != nullptr);
  REQUIRE(all->as_list().size() == 1);
  return all->as_list().front();
}

}  // namespace

TEST_CASE("no order and no figure rests on a price that its venue calls old") {
  house h;
  const auto w = h.deploy(buyer), look = h.deploy(checks, "look");
  REQUIRE(buys(h, w));
  h.pass(61s);  // The fill's price does not count any more.
  h.door->price_age = 61s;
  CHECK_FALSE(buys(h, w));
  const auto refused = h.events->all<order_rejected>();
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].code == "figures_unknown");
  CHECK(refused[0].reason.find("BTC/USDT at paper younger than 60 s") != std::string::npos);
  auto figures = h.start(look);
  h.pass(30s);  // It is asked for again.
  CHECK(figures->value().status == run_status::completed_with_errors);
  h.door->price_age = 30s;
  CHECK(buys(h, w));
  figures = h.start(look);
  h.run();
  CHECK(figures->value().status == run_status::completed);
}

TEST_CASE("figures are as old as the oldest price in them") {
  house h;
  const auto w = h.deploy(R"({"bot_id": "bot-1", "blocks": [
    {"id": "stop", "type": "stop_loss", "category": "risk",
     "properties": {"venue": "paper", "symbol": "BTC/USDT", "percentage": 2, "price": 1}},
    {"id": "sell", "type": "sell", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper"}}],
    "connections": [{"from": {"blockId": "stop", "index": 0},
                     "to": {"blockId": "sell", "index": 0}}]})",
                          "stop");
  REQUIRE(buys(h, h.deploy(buyer)));
  h.pass(30s);
  h.door->price_age = 6s;  // Young enough to count, and too old to order by.
  CHECK_FALSE(buys(h, w));
  REQUIRE_FALSE(h.events->all<node_failed>().empty());
  CHECK(h.events->all<node_failed>().back().error_type == "stale_input");
  h.door->price_age = 4s;
  CHECK(buys(h, w));
}

TEST_CASE("a price that stays old halts where limits halt, and one that moves does not") {
  house h(0, watchful());
  const auto w = h.deploy(buyer);
  REQUIRE(buys(h, w));
  h.pass(5min);
  CHECK(halts(h).empty());
  h.door->price_age = 61s;
  h.pass(55s);
  CHECK(halts(h).empty());
  h.pass(10s);
  REQUIRE(halts(h).size() == 1);
  CHECK(halts(h)[0].find("cannot be computed: there is no price of BTC/USDT") != std::string::npos);
}

TEST_CASE("a restart with something held halts only where no price comes for a minute") {
  const bool comes = GENERATE(true, false);
  CAPTURE(comes);
  estate left;
  {
    house h(0, watchful());
    REQUIRE(buys(h, h.deploy(buyer)));
    left = h.kill(1h);
  }
  house h(0, watchful(std::move(left)));
  if (!comes) h.door->market_failure = error{errc::unavailable, "the venue is away", {}, {}};
  h.pass(50s);
  CHECK(halts(h).empty());
  h.pass(15s);
  CHECK(halts(h).size() == (comes ? 0 : 1));
}

TEST_CASE("a clock that jumps ahead halts nothing while the venue has prices") {
  house h(0, watchful());
  REQUIRE(buys(h, h.deploy(buyer)));
  h.pass(5s);
  h.clock->jump(1h);
  h.pass(5s);
  CHECK(halts(h).empty());
  h.clock->jump(-2h);
  h.pass(5s);
  CHECK(halts(h).empty());
}

TEST_CASE("a venue that never answers has no price") {
  house h(0, watchful());
  REQUIRE(buys(h, h.deploy(buyer)));
  h.door->mute = true;
  h.pass(50s);
  CHECK(halts(h).empty());
  h.pass(80s);
  CHECK(halts(h).size() == 1);
}

TEST_CASE("how old a price may be is a setting, which a reload changes") {
  auto from = watchful();
  from.rules.max_price_age = 10s;
  house h(0, std::move(from));
  const auto w = h.deploy(buyer);
  REQUIRE(buys(h, w));
  h.door->price_age = 11s;
  h.pass(11s);
  CHECK_FALSE(buys(h, w));
  CHECK(h.events->all<order_rejected>().back().reason.find("younger than 10 s") !=
        std::string::npos);
  h.pass(10s);
  CHECK(halts(h).size() == 1);
}

TEST_CASE("a longer age of prices holds from a reload on") {
  house h(0, watchful());
  const auto w = h.deploy(buyer);
  REQUIRE(buys(h, w));
  h.door->price_age = 90s;
  caf::anon_send(h.shared->risk, change_limits{true, {{"", "daily_loss_limit", "-1000"}}, 120'000});
  h.run();
  h.pass(100s);
  CHECK(halts(h).empty());
  CHECK(buys(h, w));
  caf::anon_send(h.shared->risk, change_limits{true, {{"", "daily_loss_limit", "-1000"}}, 60'000});
  h.run();
  h.pass(61s);  // The fill's own price is old by then.
  CHECK_FALSE(buys(h, w));
}

TEST_CASE("looks as far apart as they may be see all the same") {
  auto from = watchful();
  from.rules.look_every = 30s;
  house h(0, std::move(from));
  REQUIRE(buys(h, h.deploy(buyer)));
  h.pass(5min);
  CHECK(halts(h).empty());
  h.door->market_failure = error{errc::unavailable, "the venue is away", {}, {}};
  h.pass(2min);
  CHECK(halts(h).size() == 1);
}

TEST_CASE("a position is marked at the latest price, and a loss by that alone halts") {
  house h(0, watchful());
  REQUIRE(buys(h, h.deploy(buyer)));
  h.door->price = value(decimal(50'000));
  h.pass(2s);
  CHECK(*position_of(h).find("last_price") == value(decimal(50'000)));
  CHECK(halts(h).empty());
  h.door->price = value(decimal(1));
  h.pass(2s);
  REQUIRE_FALSE(halts(h).empty());  // Of the bot, and of the host.
  CHECK(halts(h)[0].find("daily_loss_limit") != std::string::npos);
}

TEST_CASE("of two prices the one that was true later counts, whichever comes last") {
  house h;
  REQUIRE(buys(h, h.deploy(buyer)));
  const auto fill = h.events->all<order_filled>().front().fill.price;
  const auto tell = [&](int price, microseconds ahead) {
    caf::anon_send(h.shared->risk,
                   price_marked{"paper", "BTC/USDT", decimal(price), h.clock->now() + ahead, {}});
    h.run();
    return *position_of(h).find("last_price");
  };
  CHECK(tell(7, -1s) == value(fill));
  CHECK(tell(8, 0s) == value(decimal(8)));
  // From before the clock was set back: what comes then counts, however old it is.
  CHECK(tell(9, 1h) == value(decimal(9)));
  CHECK(tell(10, -1s) == value(decimal(10)));
}

TEST_CASE("after the clock was set back nobody knows how old a price is") {
  house h;
  const auto w = h.deploy(buyer);
  REQUIRE(buys(h, w));
  h.pass(61s);
  h.door->price_age = -10min;
  CHECK_FALSE(buys(h, w));
  CHECK(h.events->all<order_rejected>().back().code == "figures_unknown");
}

namespace {

std::string trades(const std::string& bot, const std::string& side, const std::string& symbol,
                   const std::string& amount) {
  return R"({"bot_id": ")" + bot + R"(", "blocks": [{"id": "o", "type": ")" + side +
         R"(", "category": "actions", "properties": {"symbol": ")" + symbol + R"(", "amount": ")" +
         amount + R"(", "venue": "paper", "signal": true}}]})";
}

/// With only a loss limit, and what it needs to halt by.
estate bounded(estate from, bool looks) {
  from.rules.limits = risk_limits::none();
  from.rules.limits.daily_loss_limit = decimal(-500);
  from.rules.auto_halt = true;
  from.rules.look_every = looks ? 30s : 0s;
  return from;
}

/// A process that was killed while it held 1 BTC, marked far below what it paid.
estate died_at_a_loss() {
  estate from;
  from.rules.limits = risk_limits::none();
  house h(0, std::move(from));
  REQUIRE(buys(h, h.deploy(trades("a", "buy", "BTC/USDT", "1"), "w")));
  *h.door->retell = [](order_report& r) {
    for (auto& f : r.fills) f.price = decimal(1'000);
  };
  REQUIRE(buys(h, h.deploy(trades("a", "buy", "BTC/USDT", "0.001"), "tiny")));
  *h.door->retell = nullptr;
  return h.kill(1h);
}

}  // namespace

TEST_CASE("a fill right after a restart is not judged by a price from before it") {
  const bool looks = GENERATE(true, false);
  CAPTURE(looks);
  house h(0, bounded(died_at_a_loss(), looks));
  // A fill of something else: of what is held nobody knows the price yet.
  h.door->mute = true;
  caf::anon_send(h.shared->risk,
                 price_marked{"paper", "ETH/USDT", decimal(3'000), h.clock->now(), {}});
  auto scope = std::make_shared<event_scope>();
  scope->bot_id = "a";
  order_filled other;
  other.client_order_id = "x";
  other.order = {"paper", "ETH/USDT", order_side::buy, order_kind::market, decimal(1), {}};
  other.fill = {decimal(3'000), decimal(1), {}, {}};
  other.node = std::make_shared<const node_identity>();
  event_batch batch{scope, {}};
  batch.events.push_back({h.clock->now(), other});
  caf::anon_send(h.shared->writer, append{std::move(batch), 0, false});
  h.run();
  CHECK(halts(h).empty());
  SECTION("the price has come back") {
    caf::anon_send(h.shared->risk,
                   price_marked{"paper", "BTC/USDT", decimal(1'000'000), h.clock->now(), {}});
    h.run();
    CHECK(halts(h).empty());
  }
  SECTION("it has not") {
    caf::anon_send(h.shared->risk,
                   price_marked{"paper", "BTC/USDT", decimal(900), h.clock->now(), {}});
    h.run();
    REQUIRE_FALSE(halts(h).empty());
    CHECK(halts(h)[0].find("daily_loss_limit") != std::string::npos);
  }
  SECTION("none comes") {
    h.pass(4min);
    // That is for the looks to find.
    REQUIRE(halts(h).size() == (looks ? 1 : 0));
    if (looks) CHECK(halts(h)[0].find("cannot be computed") != std::string::npos);
  }
}

TEST_CASE("a venue that answers at once with an old price, or none, is asked once, not for ever") {
  const bool answers = GENERATE(true, false);
  CAPTURE(answers);
  house h(0, bounded(died_at_a_loss(), true));
  h.door->price_age = 1h;
  if (!answers) h.door->market_failure = error{errc::unavailable, "the venue is away", {}, {}};
  for (int i = 0; i < 5; ++i) {
    auto scope = std::make_shared<event_scope>();
    scope->bot_id = "a";
    order_filled other;
    other.client_order_id = "x" + std::to_string(i);
    other.order = {"paper", "ETH/USDT", order_side::buy, order_kind::market, decimal(1), {}};
    other.fill = {decimal(3'000), decimal(1), {}, {}};
    other.node = std::make_shared<const node_identity>();
    event_batch batch{scope, {}};
    batch.events.push_back({h.clock->now(), other});
    caf::anon_send(h.shared->writer, append{std::move(batch), 0, false});
    h.run();
  }
  CHECK(h.door->fetches == 1);
  // What rests on the old price alone is not told, nor halts anybody.
  if (!answers) CHECK(halts(h).empty());
}

TEST_CASE("after a restart the view has no figure until a price came, which it asks for once") {
  house h(0, bounded(died_at_a_loss(), false));
  h.door->mute = true;
  for (int i = 0; i < 3; ++i) {
    const auto v = h.risk_view();
    CHECK(v.find("host")->find("daily_pnl")->is_null());
    CHECK_FALSE(v.find("host")->find("error")->is_null());
    CHECK(v.find("profit")->find("bots")->as_list().at(0).find("daily_pnl") == nullptr);
    CHECK(v.find("positions")->as_list().at(0).find("unrealized")->is_null());
  }
  CHECK(h.door->fetches == 1);
  caf::anon_send(h.shared->risk,
                 price_marked{"paper", "BTC/USDT", decimal(60'000), h.clock->now(), {}});
  h.run();
  CHECK_FALSE(h.risk_view().find("host")->find("daily_pnl")->is_null());
}

TEST_CASE("bots whose positions are none to the host are looked at, each by its own limit") {
  auto from = watchful();
  from.rules.limits = risk_limits::none();
  from.rules.bots["long"] = from.rules.bots["short"] = risk_limits::none();
  from.rules.bots["long"].daily_loss_limit = decimal(-500);
  house h(0, std::move(from));
  REQUIRE(buys(h, h.deploy(trades("long", "buy", "BTC/USDT", "0.1"), "buys")));
  REQUIRE(buys(h, h.deploy(trades("short", "sell", "BTC/USDT", "0.1"), "sells")));
  h.pass(5s);
  CHECK(halts(h).empty());
  h.door->price = value(decimal(10'000));
  h.pass(2s);
  REQUIRE(halts(h).size() == 1);
  CHECK(h.events->all<emergency_state_changed>().back().scope == "bot:long");
  CHECK(halts(h)[0].find("daily_loss_limit") != std::string::npos);
}

TEST_CASE("one bot's missing price does not keep another one's loss from being seen") {
  auto from = watchful();
  from.rules.limits = risk_limits::none();
  from.rules.bots["a"] = from.rules.bots["b"] = risk_limits::none();
  from.rules.bots["a"].daily_loss_limit = decimal(-500);
  house h(0, std::move(from));
  REQUIRE(buys(h, h.deploy(trades("a", "buy", "BTC/USDT", "0.1"), "a")));
  *h.door->retell = [](order_report& r) {
    for (auto& f : r.fills) {
      f.fee = decimal(1);
      f.fee_asset = "BNB";
    }
  };
  h.door->unpriced = {"BNB/USDT"};
  REQUIRE(buys(h, h.deploy(trades("b", "buy", "ETH/USDT", "0.1"), "b")));
  *h.door->retell = nullptr;
  h.pass(5s);
  CHECK(halts(h).empty());
  h.door->price = value(decimal(10'000));
  h.pass(3s);  // And not only once the other price is missing for a minute.
  const auto all = h.events->all<emergency_state_changed>();
  REQUIRE_FALSE(all.empty());
  CHECK(all.front().scope == "bot:a");
}

}  // namespace pitwall::test
