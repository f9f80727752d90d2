// Order routers and the risk actor die while their host lives.
#include <set>

#include "actors/risk/office.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view buyer = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})";
/// Far from the market: it rests.
constexpr std::string_view resting = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "0.02", "price": "1", "order_type": "limit",
                  "venue": "paper", "signal": true}}]})";
constexpr std::string_view watcher =
    R"({"blocks": [{"id": "feed", "type": "paper", "category": "providers"}]})";

/// The router that lives now; kills it.
void kill_router(house& h) {
  caf::anon_send(h.shared->venues.find("paper")->router, ask_again{});
  const auto who = h.next_named("order_router");
  REQUIRE(who);
  caf::anon_send_exit(who, caf::exit_reason::kill);
}

std::vector<execution_summary> executions(house& h) {
  auto page = h.storage.events->executions({{}, {}, {}, {}, {}, {}, {}, 1'000});
  REQUIRE(page.ok());
  return page->executions;
}

/// What the journal says was bought is what the account has, and nothing was sent twice.
void check_books(house& h) {
  decimal bought;
  for (const auto& f : h.events->all<order_filled>()) bought = *add(bought, f.fill.quantity);
  CHECK(*add(decimal(100), bought) == h.held("BTC"));
  CHECK(std::set(h.door->sent.begin(), h.door->sent.end()).size() == h.door->sent.size());
}

breaker_report orders_breaker(house& h) {
  std::optional<breaker_report> found;
  h.system.spawn(
      [](caf::event_based_actor* self, const breakers_actor& to,
         std::optional<breaker_report>* into) {
        self->request(to, caf::infinite, list_breakers{})
            .then([into](const std::vector<breaker_report>& all) {
              for (const auto& r : all)
                if (r.name == "paper/orders") *into = r;
            });
      },
      h.shared->breakers, &found);
  h.run();
  REQUIRE(found);
  return *found;
}

venue_condition condition(const house& h) { return h.board->read("paper"); }

}  // namespace

TEST_CASE("an order router that dies is replaced, and the venue opens again") {
  house h;
  h.recover();
  auto w = h.deploy(buyer);
  kill_router(h);
  h.run();
  CHECK_FALSE(condition(h).open);
  CHECK(condition(h).last_error == "its order router died and was replaced");
  auto refused = h.start(w);
  h.run();
  REQUIRE(refused->done());
  CHECK(refused->answer->error().code == errc::unavailable);
  h.pass(100ms);
  CHECK(condition(h).open);
  CHECK(condition(h).last_error.empty());
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(h.log->has("order router of paper died and is replaced"));
  check_books(h);
}

TEST_CASE("an execution that waits for a dead router's answer gets the venue's, and orders once") {
  house h;
  h.recover();
  auto w = h.deploy(buyer);
  h.paper->set_deferred_submits(true);
  auto s = h.start(w);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  kill_router(h);
  h.run();
  CHECK_FALSE(s->done());
  h.pass(100ms);
  CHECK(s->value().status == run_status::completed);
  CHECK(condition(h).open);
  h.paper->set_deferred_submits(false);
  h.paper->flush();  // The late answer is for a dead actor.
  h.pass(40s);
  CHECK(h.events->all<order_filled>().size() == 1);
  CHECK(executions(h)[0].open_orders == 0);
  check_books(h);
  const auto breaker = orders_breaker(h);
  CHECK(breaker.under_way == 0);
  CHECK(breaker.timeouts == 0);  // The dead router's call says nothing about the venue.
}

TEST_CASE("a successor does not open for what its predecessor was given") {
  house h;
  h.recover();
  kill_router(h);
  h.run();
  caf::anon_send(h.shared->venues.find("paper")->router, open_when_settled{0});
  h.run();
  CHECK_FALSE(condition(h).open);
  h.pass(100ms);
  CHECK(condition(h).open);
}

TEST_CASE("an order that waits at its breaker when the router dies is sent once or not at all") {
  house h;
  h.guard_limits.at_once = {1, 10};
  h.recover();
  auto w = h.deploy(buyer);
  h.paper->set_deferred_submits(true);
  auto first = h.start(w);
  auto second = h.start(w);
  h.run();
  REQUIRE(h.door->sent.size() == 1);
  kill_router(h);
  h.paper->set_deferred_submits(false);
  h.pass(1s);
  CHECK(first->value().status == run_status::completed);
  REQUIRE(second->done());
  const auto rejected = h.events->all<order_rejected>().size();
  CHECK(h.door->sent.size() + rejected == 2);
  for (const auto& e : executions(h)) CHECK(e.open_orders == 0);
  check_books(h);
}

TEST_CASE("a fill that nobody heard of while the router was dead is found and journaled once") {
  house h;
  h.recover();
  auto s = h.start(h.deploy(resting));
  h.run();
  REQUIRE(s->value().status == run_status::completed);
  REQUIRE(h.events->all<order_submitted>().size() == 1);
  order_report filled;
  filled.client_order_id = h.door->sent.at(0);
  filled.venue_order_id = "v-1";
  filled.state = order_state::filled;
  filled.fills = {{decimal(1), *decimal::parse("0.02"), decimal(0), "USDT"}};
  kill_router(h);
  caf::anon_send(h.shared->venues.find("paper")->router, venue_report{filled});
  h.door->says = filled;
  h.pass(1s);
  CHECK(h.events->all<order_submitted>().size() == 1);
  CHECK(h.events->all<order_filled>().size() == 1);
  CHECK(executions(h)[0].open_orders == 0);
  CHECK(condition(h).open);
}

TEST_CASE("while the venue cannot say what became of an order, its new router stays closed") {
  house h;
  h.recover();
  auto w = h.deploy(buyer);
  h.paper->set_deferred_submits(true);
  h.start(w);
  h.run();
  h.door->unreachable = true;
  kill_router(h);
  h.pass(5s);
  CHECK_FALSE(condition(h).open);
  CHECK(condition(h).unsettled == 1);
  auto refused = h.start(w);
  auto other = h.start(h.deploy(watcher, "watcher"));
  h.run();
  REQUIRE(refused->done());
  CHECK_FALSE(refused->answer->ok());
  CHECK(other->value().status == run_status::completed);
  h.door->unreachable = false;
  h.paper->set_deferred_submits(false);
  h.paper->flush();
  h.pass(1min);
  CHECK(condition(h).open);
  CHECK(h.events->all<order_filled>().size() == 1);
  check_books(h);
}

TEST_CASE("an order that comes to a successor before it is open is refused: nothing was sent") {
  house h;
  h.recover();
  auto w = h.deploy(buyer);
  auto s = h.start(w);
  while (h.events->all<order_intent>().empty()) h.run_some(1);
  const auto node = h.next_named("node");  // It is about to hand the order on.
  REQUIRE(node);
  REQUIRE(h.door->sent.empty());
  kill_router(h);
  h.run();
  h.pass(1s);
  REQUIRE(s->done());
  CHECK(h.door->sent.size() + h.events->all<order_rejected>().size() == 1);
  check_books(h);
}

TEST_CASE("a router that dies too often is given up; its venue stays closed, the host lives on") {
  house h;
  h.recover();
  auto w = h.deploy(buyer);
  for (int i = 0; i < 5; ++i) {
    kill_router(h);
    h.run();
    CHECK(condition(h).last_error.find("given up") == std::string::npos);
  }
  kill_router(h);
  h.pass(1min);
  CHECK_FALSE(condition(h).open);
  CHECK(condition(h).last_error.find("died too often") != std::string::npos);
  auto refused = h.start(w);
  auto other = h.start(h.deploy(watcher, "watcher"));
  h.run();
  REQUIRE(refused->done());
  CHECK(refused->answer->error().message.find("closed") != std::string::npos);
  CHECK(other->value().status == run_status::completed);
  CHECK(h.door->sent.empty());
}

TEST_CASE("routers killed anywhere: every order is sent once, and every execution ends") {
  std::size_t deaths = 0, reclaimed = 0, refused = 0;
  std::vector<std::uint64_t> seeds{1488, 1884};  // An order accepted in the moment it is given up.
  for (std::uint64_t seed = 1; seed <= 60; ++seed) seeds.push_back(seed);
  for (const auto seed : seeds) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    house h(seed);
    if (seed % 3 == 0) h.guard_limits.at_once = {2, 1'000};
    h.guard_limits.breaker.failure_threshold = 0;
    h.recover();
    auto market = h.deploy(buyer);
    auto limit = h.deploy(resting, "resting");
    std::vector<std::shared_ptr<started>> all;
    std::size_t deaths_here = 0;
    for (int round = 0; round < 8; ++round) {
      for (int i = 0; i < 4; ++i) all.push_back(h.start(random() % 3 == 0 ? limit : market));
      h.paper->set_deferred_submits(random() % 3 == 0);
      h.run_some(random() % 150);
      // No more than what it survives.
      if (deaths_here < 4 && random() % 4 != 0) {
        if (random() % 2 == 0) caf::anon_send(h.shared->venues.find("paper")->router, ask_again{});
        if (const auto who = h.next_named("order_router")) {
          ++deaths_here;
          const auto waiting = h.paper->unanswered().size();
          caf::anon_send_exit(who, caf::exit_reason::kill);
          ++deaths;
          reclaimed += waiting;
        }
      }
      h.run_some(random() % 100);
      if (random() % 2 == 0) h.pass(15s);
    }
    h.paper->set_deferred_submits(false);
    h.paper->flush();
    h.pass(2min);
    CHECK(condition(h).open);
    for (const auto& s : all) CHECK(s->done());
    for (const auto& e : executions(h)) {
      CAPTURE(e.scope->execution_id);
      CHECK(is_final(e.status));
    }
    // Nobody waits in vain, and nothing is in doubt any more: only resting orders are open.
    std::set<std::string> open;
    for (const auto& o : h.events->all<order_submitted>()) open.insert(o.client_order_id);
    for (const auto& o : h.events->all<order_filled>())
      if (o.complete) open.erase(o.client_order_id);
    std::size_t unsettled = 0;
    for (const auto& e : executions(h)) unsettled += e.open_orders;
    CHECK(unsettled == open.size());
    for (const auto& r : h.events->all<order_rejected>())
      if (r.code == "venue_closed") ++refused;
    check_books(h);
  }
  CHECK(deaths > 100);
  CHECK(reclaimed > 50);
  CHECK(refused > 20);
}

namespace {

/// Takes the place of the house's risk actor.
risk_actor open_office(house& h, const risk_settings& rules, bool& halted) {
  const auto restored = [&h, rules]() -> result<risk_options> {
    auto books = risk::restore(*h.journal_port, *h.storage.states);
    if (!books.ok()) return books.error();
    return risk_options{std::move(*books), h.shared->venues, h.clock,         rules,
                        h.storage.states,  h.gate,           h.shared->writer};
  };
  auto first = restored();
  REQUIRE(first.ok());
  auto mine = open_risk_office(h.system, h.gate, std::move(*first), restored, h.log,
                               [&halted](const error&) { halted = true; });
  h.shared->risk = mine;
  caf::anon_send(h.broadcast, add_sink{h.risk_sink()});
  return mine;
}

void close_office(house& h) {
  caf::anon_send_exit(h.shared->risk, caf::exit_reason::user_shutdown);
  h.shared->risk = nullptr;
  h.run();
}

void kill_risk(house& h) {
  caf::anon_send(h.shared->risk, publish{std::make_shared<const committed>()});
  const auto who = h.next_named("risk");
  REQUIRE(who);
  caf::anon_send_exit(who, caf::exit_reason::kill);
  h.run();
}

}  // namespace

TEST_CASE("what a risk actor let through that died before the journal knew of it does not leave") {
  house h;
  bool halted = false;
  risk_settings rules{risk_limits::none()};
  rules.limits.max_open_orders = decimal(1);
  open_office(h, rules, halted);
  const auto w = h.deploy(resting);
  h.journal_port->hold = true;
  auto granted = h.start(w);
  h.run();
  kill_risk(h);
  auto second = h.start(w);
  h.run();
  CHECK(h.door->sent.empty());
  h.journal_port->release();
  h.pass(1s);
  REQUIRE(granted->done());
  REQUIRE(second->done());
  CHECK(h.door->sent.size() == 1);  // The successor's.
  const auto rejected = h.events->all<order_rejected>();
  REQUIRE(rejected.size() == 1);
  CHECK(rejected[0].code == "permit_void");
  CHECK(rejected[0].client_order_id != h.door->sent[0]);
  // What it knows from the journal holds; what it lets through itself leaves.
  auto third = h.start(w);
  h.run();
  CHECK(h.events->all<order_rejected>().back().code == "max_open_orders");
  CHECK_FALSE(halted);
  close_office(h);
}

TEST_CASE("a risk actor that dies is replaced with what the journal knows") {
  house h;
  bool halted = false;
  open_office(h, {}, halted);
  auto w = h.deploy(R"({"bot_id": "b", "blocks": [
    {"id": "limit", "type": "max_trades", "category": "risk", "properties": {"limit": 2}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.5", "venue": "paper"}}],
    "connections": [{"from": {"blockId": "limit", "index": 0},
                     "to": {"blockId": "buy", "index": 0}}]})");
  for (int i = 0; i < 4; ++i) {
    auto s = h.start(w);
    h.run();
    CHECK(s->value().status == run_status::completed);
    kill_risk(h);
  }
  CHECK(h.events->all<order_intent>().size() == 2);  // The count of today's orders lives on.
  CHECK_FALSE(halted);
  kill_risk(h);
  kill_risk(h);
  CHECK(halted);
  close_office(h);
}

}  // namespace pitwall::test
