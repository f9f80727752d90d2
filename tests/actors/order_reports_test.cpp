// What a venue tells of a resting order while the answer to its submission is on its way to the
// journal: fills are journaled in the order that they happened in, each once.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

/// Far from the market: it rests.
constexpr std::string_view resting = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "1", "price": "1", "order_type": "limit",
                  "venue": "paper", "signal": true}}]})";
/// After the order there is something to do yet: what is known of it waits for the next tick.
constexpr std::string_view resting_and_more = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "1", "price": "1", "order_type": "limit",
                  "venue": "paper", "signal": true}},
  {"id": "feed", "type": "paper", "category": "providers"}]})";

/// The order as it stands with so many fills of a tenth, the n-th at the price n.
order_report with_fills(const std::string& id, int fills) {
  order_report r;
  r.client_order_id = id;
  r.venue_order_id = "v-" + id;
  r.state = fills == 0    ? order_state::accepted
            : fills == 10 ? order_state::filled
                          : order_state::partially_filled;
  for (int i = 1; i <= fills; ++i)
    r.fills.push_back({decimal(i), decimal::parse("0.1").value(), decimal(), "USDT"});
  return r;
}
order_report canceled(const std::string& id, int fills) {
  auto r = with_fills(id, fills);
  r.state = order_state::canceled;
  return r;
}

void tell(house& h, order_report r) {
  caf::anon_send(h.shared->venues.find("paper")->router, venue_report{std::move(r)});
}

/// What the journal has of this order: "submitted", a fill by its price, an end.
std::vector<std::string> history(house& h, const std::string& id) {
  const auto all = h.storage.events->read({0, 100'000, {}, {}});
  REQUIRE(all.ok());
  std::vector<std::string> out;
  for (const auto& e : all->events) {
    const auto& body = e.what.body;
    if (const auto* s = std::get_if<order_submitted>(&body); s && s->client_order_id == id)
      out.emplace_back("submitted");
    if (const auto* f = std::get_if<order_filled>(&body); f && f->client_order_id == id)
      out.push_back(f->fill.price.to_string() + (f->complete ? " complete" : ""));
    if (const auto* c = std::get_if<order_canceled>(&body); c && c->client_order_id == id)
      out.emplace_back("canceled");
    if (const auto* r = std::get_if<order_rejected>(&body); r && r->client_order_id == id)
      out.emplace_back("rejected");
  }
  return out;
}

/// It has left, and nothing has come back.
std::string send_silently(house& h, std::string_view what) {
  h.door->dead = true;
  h.start(h.deploy(what));
  h.run();
  h.door->dead = false;
  const auto intents = h.events->all<order_intent>();
  REQUIRE(intents.size() == 1);
  return intents[0].client_order_id;
}

}  // namespace

TEST_CASE("a later fill is journaled after the answer that has the first ones") {
  house h;
  h.recover();
  const auto id = send_silently(h, GENERATE(resting, resting_and_more));
  // The second word comes before the execution has heard the first one.
  tell(h, with_fills(id, 1));
  SECTION("more fills") {
    tell(h, with_fills(id, 2));
    tell(h, with_fills(id, 3));
    h.pass(1s);
    CHECK(history(h, id) == std::vector<std::string>{"submitted", "1", "2", "3"});
    tell(h, with_fills(id, 4));
    h.run();
    CHECK(history(h, id).back() == "4");
  }
  SECTION("all of it") {
    tell(h, with_fills(id, 10));
    tell(h, with_fills(id, 2));  // Late.
    h.pass(1s);
    REQUIRE(history(h, id).size() == 11);
    CHECK(history(h, id)[2] == "2");
    CHECK(history(h, id).back() == "10 complete");
  }
  SECTION("its end, by a word that names no fills") {
    tell(h, with_fills(id, 2));
    tell(h, canceled(id, 0));
    h.pass(1s);
    CHECK(history(h, id) == std::vector<std::string>{"submitted", "1", "2", "canceled"});
  }
}

TEST_CASE("an execution that dies with the answer leaves it to be asked for, whole") {
  house h;
  h.recover();
  const auto w = h.deploy(resting);
  h.door->dead = true;
  h.start(w);
  h.run();
  h.door->dead = false;
  const auto id = h.events->all<order_intent>().at(0).client_order_id;
  tell(h, with_fills(id, 1));
  tell(h, with_fills(id, 2));
  const auto execution = h.next_named("execution");
  REQUIRE(execution);
  caf::anon_send_exit(execution, caf::exit_reason::kill);
  h.door->says = with_fills(id, 3);
  h.pass(1min);
  CHECK(history(h, id) == std::vector<std::string>{"submitted", "1", "2", "3"});
}

TEST_CASE("a resting order whose fill cannot be read is asked for until it can") {
  house h;
  h.recover();
  const auto id = send_silently(h, resting);
  tell(h, with_fills(id, 1));
  h.pass(1s);
  auto broken = with_fills(id, 10);
  broken.fills.back().price = decimal();
  h.door->unreachable = true;
  tell(h, broken);
  h.pass(1s);
  CHECK(h.board->read("paper").unsettled == 1);
  CHECK(history(h, id) == std::vector<std::string>{"submitted", "1"});
  h.door->unreachable = false;
  h.door->says = with_fills(id, 10);
  h.pass(1min);
  CHECK(history(h, id).size() == 11);
  CHECK(h.board->read("paper").unsettled == 0);
}

TEST_CASE("who has read the journal before an order's end changes nothing by handing it over") {
  house h;
  h.recover();
  const auto id = send_silently(h, resting);
  tell(h, with_fills(id, 1));
  h.pass(1s);
  h.journal_port->hold = true;
  tell(h, with_fills(id, 10));
  h.run();
  const auto all = h.storage.events->read({0, 100'000, {}, {"order_intent"}});
  REQUIRE(all.ok());
  const auto& before = all->events.at(0);
  const auto& intent = std::get<order_intent>(before.what.body);
  h.door->says = with_fills(id, 10);
  caf::anon_send(h.shared->venues.find("paper")->router,
                 adopt_order{shared_scope{before.scope}, shared_node{intent.node}, id, intent.order,
                             1, true, GENERATE(true, false)});
  h.run();
  h.journal_port->release();
  h.pass(1min);
  CHECK(history(h, id).size() == 11);
  CHECK(h.board->read("paper").unsettled == 0);
}

TEST_CASE("property: fills are journaled in order, each once, however messages interleave") {
  std::size_t overlapped = 0, killed = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    house h(seed);
    h.recover();
    const auto w = h.deploy(resting), more = h.deploy(resting_and_more, "more");
    h.door->dead = true;
    for (int i = 0; i < 4; ++i) h.start(random() % 2 == 0 ? w : more);
    h.run();
    h.door->dead = false;
    struct truth {
      int fills = 0;
      bool canceled = false;
      bool over() const { return canceled || fills == 10; }
    };
    std::map<std::string, truth> orders;
    for (const auto& i : h.events->all<order_intent>()) orders[i.client_order_id] = {};
    REQUIRE(orders.size() == 4);
    const auto as_it_is = [&](const std::string& id) {
      const auto& t = orders.at(id);
      return t.canceled ? canceled(id, t.fills) : with_fills(id, t.fills);
    };
    h.door->tells_of = as_it_is;
    for (int step = 0; step < 60; ++step) {
      auto at = std::next(orders.begin(), static_cast<std::ptrdiff_t>(random() % orders.size()));
      auto& t = at->second;
      if (!t.over()) {
        t.canceled = random() % 20 == 0;
        if (!t.canceled) t.fills = std::min(10, t.fills + static_cast<int>(random() % 3));
        overlapped += history(h, at->first).empty() ? 1 : 0;
        tell(h, as_it_is(at->first));
      }
      if (random() % 12 == 0) {
        if (const auto who = h.next_named("execution")) {
          ++killed;
          caf::anon_send_exit(who, caf::exit_reason::kill);
        }
      }
      h.run_some(random() % 6);
      h.door->unreachable = random() % 4 == 0;
      if (random() % 10 == 0) h.pass(50ms);
    }
    h.door->unreachable = false;
    for (auto& [id, t] : orders) tell(h, as_it_is(id));  // The latest word of each.
    h.pass(2min);
    for (const auto& [id, t] : orders) {
      CAPTURE(id, t.fills, t.canceled);
      std::vector<std::string> expected;
      if (t.fills > 0 || !t.canceled) expected.emplace_back("submitted");
      for (int i = 1; i <= t.fills; ++i)
        expected.push_back(std::to_string(i) + (i == 10 ? " complete" : ""));
      if (t.canceled) expected.emplace_back("canceled");
      auto journaled = history(h, id);
      // Where nothing but its end was ever heard, that it was accepted goes without saying.
      if (t.canceled && t.fills == 0) std::erase(journaled, "submitted");
      CHECK(journaled == expected);
    }
    h.door->tells_of = nullptr;
  }
  CHECK(overlapped > 500);
  CHECK(killed > 50);
}

}  // namespace pitwall::test
