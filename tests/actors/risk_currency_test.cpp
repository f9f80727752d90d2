// Fees in other assets, other quote assets and fills that make no sense, through a whole house.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

decimal d(std::string_view text) { return decimal::parse(text).value(); }

std::string trader(const std::string& symbol, const std::string& amount,
                   const std::string& price = {}) {
  return R"({"bot_id": "b", "blocks": [{"id": "order", "type": "buy", "category": "actions",
    "properties": {"symbol": ")" +
         symbol + R"(", "amount": ")" + amount + R"(", "venue": "paper", "signal": true)" +
         (price.empty() ? "" : R"(, "order_type": "limit", "price": ")" + price + "\"") + R"(}}]})";
}

value figure(house& h, const char* name) {
  const auto all = h.risk_view();
  const auto* figures = all.find("host")->find("figures");
  return figures->is_null() ? value() : *figures->find(name);
}

void pay_fees_in(house& h, const std::string& asset, decimal fee) {
  *h.door->retell = [asset, fee](order_report& r) {
    for (auto& f : r.fills) {
      f.fee = fee;
      f.fee_asset = asset;
    }
  };
}

bool sends(house& h, const workflow_actor& w) {
  const auto before = h.door->sent.size();
  auto s = h.start(w);
  h.run();
  REQUIRE(s->done());
  return h.door->sent.size() > before;
}

std::string last_code(const house& h) {
  const auto all = h.events->all<order_rejected>();
  return all.empty() ? std::string() : all.back().code;
}

std::size_t halts(const house& h) {
  std::size_t n = 0;
  for (const auto& e : h.events->all<emergency_state_changed>()) n += e.new_state == "halt" ? 1 : 0;
  return n;
}

estate watching(bool auto_halt = false) {
  estate from;
  from.rules.look_every = 1s;
  from.rules.auto_halt = auto_halt;
  return from;
}

}  // namespace

TEST_CASE("a fee in the base asset leaves less to sell, and costs what it is worth") {
  house h;
  pay_fees_in(h, "BTC", d("0.00001"));
  REQUIRE(sends(h, h.deploy(trader("BTC/USDT", "0.01"))));
  const auto held = h.risk_view().find("positions")->as_list();
  REQUIRE(held.size() == 1);
  CHECK(held[0].find("quantity")->as_number() == d("0.00999"));
  const auto price = h.events->all<order_filled>().front().fill.price;
  CHECK(figure(h, "realized_total").as_number() == -*mul(price, d("0.00001")));
}

TEST_CASE("a fee in a third asset is booked at its price") {
  house h(0, watching());
  const auto w = h.deploy(trader("BTC/USDT", "0.01"));
  pay_fees_in(h, "BNB", d("0.001"));
  h.door->price = value(decimal(60'000));
  REQUIRE(sends(h, w));
  h.door->price.reset();
  h.run();
  CHECK(figure(h, "realized_total").as_number() == -60);
  // The next one's waits until it has a price again.
  h.pass(2min);
  h.door->unpriced = {"BNB/USDT"};
  REQUIRE(sends(h, w));
  CHECK(figure(h, "realized_total").is_null());
  CHECK_FALSE(sends(h, w));
  CHECK(last_code(h) == "figures_unknown");
  CHECK(h.events->all<order_rejected>().back().reason.find("BNB/USDT at paper") !=
        std::string::npos);
  h.door->unpriced.clear();
  h.pass(2s);
  CHECK_FALSE(figure(h, "realized_total").is_null());
  CHECK(h.events->all<order_filled>().size() == 2);
}

TEST_CASE("a fee whose asset has no price for a minute halts where limits halt") {
  house h(0, watching(true));
  const auto w = h.deploy(trader("BTC/USDT", "0.001"));
  pay_fees_in(h, "BNB", d("0.0001"));
  REQUIRE(sends(h, w));
  h.pass(1h);  // Valued, and long ago.
  CHECK(halts(h) == 0);
  h.door->unpriced = {"BNB/USDT"};
  REQUIRE(sends(h, w));
  h.pass(50s);
  CHECK(halts(h) == 0);
  h.pass(15s);
  CHECK(halts(h) == 1);
}

TEST_CASE("what waits for its price is known again after a restart") {
  estate left;
  {
    house h(0, watching());
    pay_fees_in(h, "BNB", d("0.25"));
    h.door->unpriced = {"BNB/USDT"};
    REQUIRE(sends(h, h.deploy(trader("BTC/USDT", "0.01"))));
    left = h.kill(1h);
  }
  left.rules = watching(true).rules;
  house h(0, std::move(left));
  CHECK(figure(h, "realized_total").is_null());
  h.pass(3s);
  const auto realized = figure(h, "realized_total");
  REQUIRE_FALSE(realized.is_null());
  CHECK(realized.as_number() < 0);
  CHECK(realized.as_number() > -100);
  CHECK(halts(h) == 0);
}

TEST_CASE(
    "what was converted before a kill is after it what it was, and not what it would be now") {
  estate left;
  value before;
  {
    house h(0, watching());
    pay_fees_in(h, "BNB", d("0.25"));
    h.door->price = value(decimal(400));
    REQUIRE(sends(h, h.deploy(trader("BTC/USDT", "0.01"))));
    CHECK(figure(h, "realized_total").as_number() == -100);
    REQUIRE(sends(h, h.deploy(trader("ETH/BTC", "1"), "eth")));
    h.door->price = value(decimal(500));
    h.pass(3s);
    before = figure(h, "realized_total");
    REQUIRE_FALSE(before.is_null());
    left = h.kill(1h);
  }
  left.rules = watching().rules;
  house h(0, std::move(left));
  h.door->price = value(decimal(900));
  h.pass(3s);
  CHECK(figure(h, "realized_total") == before);
}

TEST_CASE("limits of money hold in the account's currency, or nothing is ordered") {
  auto from = watching();
  from.rules.limits = risk_limits::none();
  const bool by_loss = GENERATE(true, false);
  if (by_loss)
    from.rules.limits.daily_loss_limit = decimal(-500);
  else
    from.rules.limits.max_order_notional = decimal(4'000);
  house h(0, std::move(from));
  h.door->unpriced = {"BTC/USDT"};
  const auto w = h.deploy(trader("ETH/BTC", "1", "0.05")),
             large = h.deploy(trader("ETH/BTC", "2", "0.05"), "large"),
             dollars = h.deploy(trader("ETH/USDT", "1"), "dollars");
  CHECK_FALSE(sends(h, w));
  CHECK(last_code(h) == "currency_unknown");
  CHECK(h.events->all<order_rejected>().back().reason.find("no price of BTC in it") !=
        std::string::npos);
  CHECK(sends(h, dollars));  // In the account's own nothing else needs to be known.
  h.door->unpriced.clear();
  CHECK(sends(h, w));
  CHECK(sends(h, large) == by_loss);  // 6,000 USDT
  if (!by_loss) CHECK(last_code(h) == "max_order_notional");
}

TEST_CASE("without limits of money an order in another quote asset needs no price of it") {
  estate from;
  from.rules.limits = risk_limits::none();
  from.rules.limits.max_position_size = decimal(5);
  house h(0, std::move(from));
  h.door->unpriced = {"BTC/USDT"};
  CHECK(sends(h, h.deploy(trader("ETH/BTC", "1"))));
}

TEST_CASE("a loss in another quote asset is judged at what that is worth") {
  auto from = watching(true);
  from.rules.limits = risk_limits::none();
  from.rules.limits.daily_loss_limit = decimal(-500);
  house h(0, std::move(from));
  *h.door->retell = [](order_report& r) {
    for (auto& f : r.fills) f = {d("0.05"), f.quantity, {}, {}};
  };
  h.door->price = value(d("0.05"));
  REQUIRE(sends(h, h.deploy(trader("ETH/BTC", "0.01"))));
  REQUIRE(h.events->all<order_filled>().size() == 1);
  h.door->price.reset();
  caf::anon_send(h.shared->risk,
                 price_marked{"paper", "BTC/USDT", decimal(60'000), h.clock->now(), {}});
  // Down by 0.0004 BTC.
  caf::anon_send(h.shared->risk, price_marked{"paper", "ETH/BTC", d("0.01"), h.clock->now(), {}});
  h.run();
  CHECK(figure(h, "unrealized").as_number().to_string() == "-24");
}

TEST_CASE("a fill without a price or a quantity is no fill: its order is in doubt, not journaled") {
  house h;
  h.recover();
  bool broken = true;
  *h.door->retell = [&](order_report& r) {
    for (auto& f : r.fills) {
      if (broken) f.price = decimal();
    }
  };
  auto s = h.start(h.deploy(trader("BTC/USDT", "0.01")));
  h.pass(2s);
  CHECK(h.events->all<order_filled>().empty());
  broken = false;
  h.pass(1min);
  REQUIRE(s->done());
  CHECK(h.events->all<order_filled>().size() == 1);
  CHECK(h.door->sent.size() == 1);
}

TEST_CASE("a journaled fill that cannot be booked leaves the figures unknown, not the host down") {
  estate from;
  event_batch batch{std::make_shared<const event_scope>(), {}};
  order_filled nothing;
  nothing.client_order_id = "x";
  nothing.order.venue = "paper";
  nothing.order.symbol = "BTC/USDT";
  nothing.node = std::make_shared<const node_identity>();
  batch.events.push_back({from.clock->now(), nothing});
  bool done = false;
  from.storage.events->commit({batch}, durability::memory, [&](const auto& r) {
    CHECK(r.ok());
    done = true;
  });
  REQUIRE(done);
  from.rules.auto_halt = true;
  house h(0, std::move(from));
  CHECK(halts(h) == 1);
  h.command(emergency_action::resume);
  CHECK_FALSE(sends(h, h.deploy(trader("BTC/USDT", "0.01"))));
  CHECK(last_code(h) == "figures_unknown");
}

}  // namespace pitwall::test
