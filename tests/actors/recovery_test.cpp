// A process dies in the middle of trading and is started again over the same journal and venue.
#include <set>

#include "actors/replay_run.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/actors/buyer.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

std::vector<recorded_event> story(house& h) {
  auto page = h.storage.events->read({0, 100'000, {}, {}});
  REQUIRE(page.ok());
  return page->events;
}

template <class T>
std::vector<T> all(const std::vector<recorded_event>& events) {
  std::vector<T> out;
  for (const auto& e : events)
    if (const auto* x = std::get_if<T>(&e.what.body)) out.push_back(*x);
  return out;
}

}  // namespace

TEST_CASE("recovery: an order that left before the death is found at the venue, not sent again") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    h.paper->set_deferred_submits(true);  // The venue executes it; the answer does not come.
    h.start(w);
    h.run();
    REQUIRE(h.door->sent.size() == 1);
    left = h.kill(1h);
    h.paper->set_deferred_submits(false);
  }
  house h(0, std::move(left));
  h.deploy(buyer);
  CHECK_FALSE(h.board->read("paper").open);
  h.recover();
  CHECK(h.board->read("paper").open);
  CHECK(h.door->sent.empty());
  CHECK(h.door->expected.size() == 1);  // So that a halt would list it.
  CHECK(h.events->types() == std::vector<std::string>{"execution_resumed", "order_submitted",
                                                      "order_filled", "node_completed",
                                                      "execution_completed"});
  CHECK(h.executions().at(0).status == run_status::completed);
  CHECK(h.held("BTC") == *decimal::parse("100.01"));
}

TEST_CASE("recovery: an order that never left leaves now while its inputs are fresh") {
  for (const auto down : {microseconds(1s), microseconds(1h)}) {
    CAPTURE(down.count());
    estate left;
    {
      house h;
      const auto w = h.deploy(buyer);
      h.door->dead = true;  // Journaled, and lost on the way out.
      h.door->dead = false;
      h.start(w);
      while (all<order_intent>(story(h)).empty()) h.run_some(1);
      REQUIRE(h.door->sent.empty());
      left = h.kill(down);
    }
    house h(0, std::move(left));
    h.deploy(buyer);
    h.recover();
    const bool fresh = down < 5s;
    CHECK(h.door->sent.size() == (fresh ? 1 : 0));
    CHECK(h.executions().at(0).status ==
          (fresh ? run_status::completed : run_status::completed_with_errors));
    CHECK(all<order_rejected>(story(h)).size() == (fresh ? 0 : 1));
    CHECK(all<order_intent>(story(h)).size() == 1);
    CHECK(h.executions().at(0).open_orders == 0);
  }
}

TEST_CASE("recovery: a venue that cannot say stays closed, and holds back nobody else") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    h.paper->set_deferred_submits(true);
    h.start(w);
    h.run();
    left = h.kill(1s);
    h.paper->set_deferred_submits(false);
  }
  house h(0, std::move(left));
  const auto w = h.deploy(buyer);
  const auto watcher = h.deploy(R"({"blocks": [
      {"id": "feed", "type": "paper", "category": "providers",
       "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}}]})",
                                "watch");
  h.door->unreachable = true;
  h.recover();
  const auto condition = h.board->read("paper");
  CHECK_FALSE(condition.open);
  CHECK(condition.unsettled == 1);
  CHECK(condition.last_error.find("the venue is away") != std::string::npos);
  auto refused = h.start(w);
  auto other = h.start(watcher);
  h.run();
  REQUIRE(refused->done());
  CHECK(refused->answer->error().code == errc::unavailable);
  CHECK(refused->answer->error().message.find("'paper' is closed") != std::string::npos);
  CHECK(other->value().status == run_status::completed);

  h.door->unreachable = false;
  h.pass(1min);
  CHECK(h.board->read("paper").open);
  CHECK(h.executions().size() == 2);
  for (const auto& e : h.executions()) CHECK(is_final(e.status));
  CHECK(h.held("BTC") == *decimal::parse("100.01"));
}

TEST_CASE("recovery: what fills at the venue while nobody looks is journaled afterwards") {
  constexpr std::string_view resting = R"({"bot_id": "bot-1", "blocks": [
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "price": "1", "order_type": "limit",
                    "venue": "paper", "signal": true}}]})";
  estate left;
  {
    house h;
    auto s = h.run_once(resting);
    REQUIRE(s->value().status == run_status::completed);
    REQUIRE(h.executions().at(0).open_orders == 1);
    // Somebody cancels it at the venue itself.
    h.paper->on_report(nullptr);
    h.paper->cancel({"paper", {}}, {}, [](result<cancel_report> r) { REQUIRE(r.ok()); });
    left = h.kill(1h);
  }
  house h(0, std::move(left));
  h.recover();
  CHECK(h.events->types() == std::vector<std::string>{"order_canceled"});
  CHECK(h.executions().at(0).open_orders == 0);
  CHECK(h.executions().at(0).status == run_status::completed);
}

TEST_CASE("recovery: halted before the death, halted after it, and orders are settled first") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    h.paper->set_deferred_submits(true);
    h.start(w);
    h.run();
    left = h.kill(1s);
    h.paper->set_deferred_submits(false);
  }
  house h(0, std::move(left));
  h.deploy(buyer);
  h.command(emergency_action::halt);
  h.recover();
  const auto types = h.events->types(h.executions().at(0).scope->execution_id);
  CHECK(types == std::vector<std::string>{"execution_resumed", "order_submitted", "order_filled",
                                          "node_completed", "execution_completed"});
  CHECK(h.door->sent.empty());
}

TEST_CASE("recovery: an execution whose definition is gone stays, is reported, and hurts nobody") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    h.start(w);
    while (story(h).empty()) h.run_some(1);
    left = h.kill();
  }
  house h(0, std::move(left));
  h.recover();
  CHECK(h.log->has("cannot go on"));
  CHECK(h.board->read("paper").open);
  CHECK(h.executions().at(0).status == run_status::running);
}

TEST_CASE(
    "recovery: executions go to the successor of a workflow actor that was retired meanwhile") {
  estate left;
  {
    house h;
    const auto w = h.deploy(buyer);
    h.paper->set_deferred_submits(true);
    h.start(w);
    h.run();
    left = h.kill(1s);
    h.paper->set_deferred_submits(false);
  }
  house h(0, std::move(left));
  const auto old = h.deploy(buyer);
  h.door->unreachable = true;
  h.recover();
  caf::anon_send(old, retire{});  // With nothing to do it ends at once.
  h.deploy(buyer);
  h.door->unreachable = false;
  h.pass(5s);
  CHECK(h.executions().at(0).status == run_status::completed);
}

TEST_CASE("a doubt while the host lives is settled by asking, and journaled for its execution") {
  house h;
  h.paper->set_faults({false, false, true, false});  // Executed, and reported in doubt.
  auto s = h.run_once(buyer);
  CHECK(s->value().status == run_status::completed_with_errors);
  h.pass(1s);
  const auto types = h.events->types(s->value().execution_id);
  const std::vector<std::string> tail(types.end() - 3, types.end());
  CHECK(tail == std::vector<std::string>{"execution_completed", "order_submitted", "order_filled"});
  CHECK(h.executions().at(0).open_orders == 0);
}

TEST_CASE("a start with a key that was used gives the same execution, also after a restart") {
  estate left;
  std::string id;
  const auto start = [](const workflow_actor& w, const char* key, value trigger = {}) {
    auto s = std::make_shared<started>();
    start_execution message{std::move(trigger), true,
                            std::make_shared<const start_completion>(
                                [s](result<start_answer> a) { s->answer = std::move(a); })};
    message.idempotency_key = key;
    caf::anon_send(w, std::move(message));
    return s;
  };
  {
    house h;
    const auto w = h.deploy(buyer);
    auto first = start(w, "k1");
    auto twin = start(w, "k1");  // While the first one runs.
    h.run();
    id = first->value().execution_id;
    CHECK(twin->value().execution_id == id);
    CHECK(h.executions().size() == 1);
    left = h.kill(23h);
  }
  house h(0, std::move(left));
  const auto w = h.deploy(buyer);
  h.recover();
  auto again = start(w, "k1");
  auto other_trigger = start(w, "k1", value(1));
  h.run();
  CHECK(again->value().execution_id == id);
  CHECK(again->value().status == run_status::completed);
  CHECK(again->value().result_json.find(id) != std::string::npos);
  CHECK(other_trigger->answer->error().code == errc::failed_precondition);
  CHECK(h.executions().size() == 1);
  h.pass(2h);
  auto late = start(w, "k1");
  h.run();
  CHECK(late->value().execution_id != id);
}

TEST_CASE("recovery: killed anywhere, however often, every execution ends and orders go out once") {
  std::size_t kills = 0, resumed = 0, settled = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    estate left;
    std::vector<std::string> sent;
    for (int life = 0; life < 6; ++life) {
      house h(seed * 10 + static_cast<std::uint64_t>(life), std::move(left));
      const auto w = h.deploy(buyer);
      if (life > 0) h.recover();
      for (int i = 0; i < 5; ++i) h.start(w);
      h.paper->set_deferred_submits(random() % 3 == 0);
      h.run_some(random() % 300);
      sent.insert(sent.end(), h.door->sent.begin(), h.door->sent.end());
      resumed += all<execution_resumed>(story(h)).size();
      ++kills;
      left = h.kill(microseconds(random() % 8'000'000));
      h.paper->set_deferred_submits(false);
    }
    house h(0, std::move(left));
    h.deploy(buyer);
    h.recover();
    h.pass(1min);
    sent.insert(sent.end(), h.door->sent.begin(), h.door->sent.end());
    CHECK(std::set(sent.begin(), sent.end()).size() == sent.size());
    const auto events = story(h);
    for (std::size_t i = 0; i < events.size(); ++i) REQUIRE(events[i].seq == i + 1);
    for (const auto& e : h.executions()) {
      CAPTURE(e.scope->execution_id);
      CHECK(is_final(e.status));
      CHECK(e.open_orders == 0);
    }
    // What the journal says was bought is what the account has.
    decimal bought;
    for (const auto& f : all<order_filled>(events)) bought = *add(bought, f.fill.quantity);
    CHECK(*add(decimal(100), bought) == h.held("BTC"));
    settled += all<order_submitted>(events).size();
  }
  CHECK(resumed > 100);
  CHECK(settled > 200);
}

}  // namespace pitwall::test
