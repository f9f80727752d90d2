// Actors that die: nodes, workflows and others, replaced with back-off and bounded intensity.
#include <stdexcept>

#include "actors/supervisor/actor.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

/// A block that throws when its input says so, and counts its evaluations in its state.
class fragile final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    if (in.inputs[0].is_text() && in.inputs[0].as_text() == "throw")
      throw std::runtime_error("poison");
    const auto seen = in.state.is_number() ? in.state.as_number() : decimal(0);
    auto next = add(seen, 1);
    if (!next.ok()) return next.error();
    return step(completion{{value(*next)}, value(*next), std::nullopt});
  }
};

block_type fragile_type() {
  block_type t;
  t.name = "fragile";
  t.category = "triggers";
  t.summary = "Counts, and throws on demand.";
  t.inputs = {{.name = "mood"}};
  t.outputs = {{"count", port_kind::number}};
  t.stateful = true;
  t.make = [](const block_config&) -> result<std::unique_ptr<const block>> {
    return std::unique_ptr<const block>(new fragile);
  };
  return t;
}

void add_fragile(house& h) {
  auto added = h.blocks.add(fragile_type());
  if (!added.ok()) FAIL(added.error().to_string());
}

constexpr std::string_view counting =
    R"({"blocks": [{"id": "n", "type": "fragile", "category": "triggers"}]})";

std::vector<std::uint64_t> versions(const house& h) {
  std::vector<std::uint64_t> out;
  for (const auto& c : h.events->all<node_state_changed>()) out.push_back(c.version);
  return out;
}

}  // namespace

TEST_CASE("a block that throws fails its node alone; its neighbours run on") {
  house h;
  add_fragile(h);
  auto s = h.run_once(R"({"blocks": [
    {"id": "bad", "type": "fragile", "category": "triggers", "properties": {"mood": "throw"}},
    {"id": "good", "type": "fragile", "category": "triggers"}]})");
  CHECK(s->value().status == run_status::completed_with_errors);
  const auto failed = h.events->all<node_failed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].node->id == "bad");
  CHECK(failed[0].error.find("poison") != std::string::npos);
  CHECK(h.events->all<node_completed>().size() == 1);
}

TEST_CASE("trigger state is journaled in version order, and replay gives the live state") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    house h(seed);
    add_fragile(h);
    auto w = h.deploy(counting);
    std::vector<std::shared_ptr<started>> all;
    for (int i = 0; i < 30; ++i) all.push_back(h.start(w));
    h.run();
    for (const auto& s : all) CHECK(s->value().status == run_status::completed);
    std::vector<std::uint64_t> expected;
    for (std::uint64_t v = 1; v <= 30; ++v) expected.push_back(v);
    CHECK(versions(h) == expected);
    const auto stored = h.storage.events->node_state("test", "n");
    REQUIRE(stored.ok());
    CHECK(stored->version == 30);
    CHECK(stored->state == value(30));
    // What led to a change is in the journal before it.
    std::vector<std::string> begun;
    for (const auto& e : h.events->events) {
      if (std::holds_alternative<node_started>(e.what.body)) begun.push_back(e.scope->execution_id);
      if (std::holds_alternative<node_state_changed>(e.what.body))
        CHECK(std::find(begun.begin(), begun.end(), e.scope->execution_id) != begun.end());
    }
  }
}

TEST_CASE("a new deployment of the workflow goes on from the journaled trigger state") {
  house h;
  add_fragile(h);
  auto w = h.deploy(counting);
  h.start(w);
  h.run();
  caf::anon_send_exit(w, caf::exit_reason::user_shutdown);
  h.run();
  h.start(h.deploy(counting));
  h.run();
  CHECK(versions(h) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a node actor that is killed is replaced, with its state, and the workflow lives on") {
  house h;
  add_fragile(h);
  auto w = h.deploy(counting);
  h.start(w);
  const auto node = h.next_named("node");
  REQUIRE(node);
  h.run();
  caf::anon_send_exit(node, caf::exit_reason::kill);
  auto hit = h.start(w);  // Its attempt finds nobody.
  h.run();
  CHECK(h.log->has("node's actor died"));
  CHECK_FALSE(hit->done());
  h.pass(std::chrono::milliseconds(100));
  CHECK(hit->value().status == run_status::completed_with_errors);
  auto s = h.start(w);
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(versions(h) == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("an execution actor that is killed is reported to whoever waits for it") {
  house h;
  auto w =
      h.deploy(R"({"blocks": [{"id": "m", "type": "manual_trigger", "category": "triggers"}]})");
  auto s = h.start(w);
  // A node's answer is on its way; the execution dies before it hears it.
  REQUIRE(h.next_named("node"));
  h.sched.run_once();
  const auto execution = h.next_named("execution");
  REQUIRE(execution);
  h.journal_port->hold = true;
  h.sched.run_once();
  caf::anon_send_exit(execution, caf::exit_reason::kill);
  h.run();
  h.journal_port->release();
  h.run();
  REQUIRE(s->done());
  CHECK_FALSE(s->answer->ok());
  auto next = h.start(w);
  h.run();
  CHECK(next->value().status == run_status::completed);
}

TEST_CASE("the supervisor restarts with back-off, and gives up past the bound") {
  house h;
  auto log = std::make_shared<memory_log>();
  auto s = h.system.spawn<supervisor>(
      supervisor_options{restart_limits{3, std::chrono::seconds(60), std::chrono::milliseconds(100),
                                        std::chrono::seconds(10)},
                         h.clock, log});
  std::vector<caf::actor> started;
  std::vector<error> given_up;
  auto recipe = std::make_shared<child_recipe>();
  recipe->name = "child";
  recipe->start = [](caf::actor_system& sys) {
    return sys.spawn([](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; }, 0);
  };
  recipe->started = [&](const caf::actor& a) { started.push_back(a); };
  recipe->given_up = [&](const error& e) { given_up.push_back(e); };
  caf::anon_send(s, supervise{recipe});
  h.run();
  REQUIRE(started.size() == 1);
  for (std::size_t restarts = 1; restarts <= 3; ++restarts) {
    caf::anon_send_exit(started.back(), caf::exit_reason::kill);
    h.run();
    CHECK(started.size() == restarts);  // Not before its back-off.
    h.sched.advance_time(std::chrono::milliseconds(50));
    h.run();
    CHECK(started.size() == restarts);
    h.sched.advance_time(std::chrono::seconds(1));
    h.run();
    REQUIRE(started.size() == restarts + 1);
  }
  CHECK(given_up.empty());
  caf::anon_send_exit(started.back(), caf::exit_reason::kill);
  h.run();
  CHECK(given_up.size() == 1);
  h.sched.advance_time(std::chrono::minutes(5));
  h.run();
  CHECK(started.size() == 4);
  caf::anon_send_exit(s, caf::exit_reason::user_shutdown);
  started.clear();
  h.run();
}

TEST_CASE("a child that is let go is told once, and not made again") {
  house h;
  auto s = h.system.spawn<supervisor>(
      supervisor_options{restart_limits{3, std::chrono::seconds(60), std::chrono::milliseconds(100),
                                        std::chrono::seconds(10)},
                         h.clock, std::make_shared<memory_log>()});
  std::vector<caf::actor> started, replaced;
  auto recipe = std::make_shared<child_recipe>();
  recipe->name = "child";
  recipe->start = [](caf::actor_system& sys) {
    return sys.spawn([](caf::event_based_actor*, int) -> caf::behavior { return {[](int) {}}; }, 0);
  };
  recipe->started = [&](const caf::actor& a) { started.push_back(a); };
  recipe->replaced = [&](const caf::actor& a) { replaced.push_back(a); };
  caf::anon_send(s, supervise{recipe});
  caf::anon_send(s, let_go{"another"});
  h.run();
  CHECK(replaced.empty());
  caf::anon_send(s, let_go{"child"});
  caf::anon_send(s, let_go{"child"});
  h.run();
  CHECK(replaced == started);
  caf::anon_send_exit(started.back(), caf::exit_reason::kill);
  h.run();
  h.sched.advance_time(std::chrono::minutes(1));
  h.run();
  CHECK(started.size() == 1);
  caf::anon_send_exit(s, caf::exit_reason::user_shutdown);
  started.clear();
  replaced.clear();
  h.run();
}

TEST_CASE("a sink that does not keep up is dropped, the others get everything") {
  struct refusing final : event_sink {
    bool offer(const committed_ref&) override {
      ++offers;
      return false;
    }
    int offers = 0;
  };
  house h;
  auto slow = std::make_shared<refusing>();
  caf::anon_send(h.broadcast, add_sink{slow});
  auto w =
      h.deploy(R"({"blocks": [{"id": "m", "type": "manual_trigger", "category": "triggers"}]})");
  h.start(w);
  h.start(w);
  h.run();
  CHECK(slow->offers == 1);
  CHECK(h.events->all<execution_completed>().size() == 2);
}

TEST_CASE("a draining workflow refuses starts, and answers when the last execution has ended") {
  house h;
  h.paper->set_deferred(true);
  auto w = h.deploy(R"({"blocks": [{"id": "p", "type": "paper", "category": "providers"}]})");
  auto running = h.start(w);
  h.run();
  auto drained = std::make_shared<bool>(false);
  h.system.spawn(
      [](caf::event_based_actor* self, const workflow_actor& to,
         const std::shared_ptr<bool>& into) {
        self->request(to, caf::infinite, drain{}).then([into](bool all) { *into = all; });
      },
      w, drained);
  h.run();
  auto refused = h.start(w);
  h.run();
  REQUIRE(refused->done());
  CHECK(refused->answer->error().code == errc::unavailable);
  CHECK_FALSE(*drained);
  h.paper->set_deferred(false);
  h.paper->flush();
  h.run();
  CHECK(running->value().status == run_status::completed);
  CHECK(*drained);
}

TEST_CASE("positions and orders of the day come from committed events, and from the journal") {
  house h;
  constexpr std::string_view buy = R"({"bot_id": "b", "blocks": [
    {"id": "limit", "type": "max_trades", "category": "risk", "properties": {"limit": 2}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.5", "venue": "paper"}}],
    "connections": [{"from": {"blockId": "limit", "index": 0},
                     "to": {"blockId": "buy", "index": 0}}]})";
  caf::anon_send(h.broadcast, add_sink{h.risk_sink()});
  auto w = h.deploy(buy);
  for (int i = 0; i < 4; ++i) {
    auto s = h.start(w);
    h.run();
    CHECK(s->value().status == run_status::completed);
  }
  CHECK(h.events->all<order_intent>().size() == 2);
  auto stop = h.start(h.deploy(R"({"bot_id": "b", "blocks": [
    {"id": "stop", "type": "stop_loss", "category": "risk", "properties": {"price": 1}}]})",
                               "stop"));
  h.run();
  CHECK(stop->value().result_json.find(R"("trigger":true)") != std::string::npos);
  const auto rebuilt = [&] {
    auto r = risk::restore(*h.storage.events, *h.storage.states);
    REQUIRE(r.ok());
    CHECK(r->seq == h.storage.events->head());
    CHECK(r->books.bots().orders_today("b", h.clock->now()) == 2);
    return r->books.bots().position_of("b", "paper", "BTC/USDT").quantity;
  };
  CHECK(rebuilt() == decimal(1));

  // One that takes in the same again, and ends: a start then reads its snapshot, not the fills.
  books_as_of nothing;
  auto second =
      h.system.spawn<risk>(risk_options{nothing, h.shared->venues, h.clock, {}, h.storage.states});
  auto page = h.storage.events->read({0, 10'000, {}, {}});
  REQUIRE(page.ok());
  auto again = std::make_shared<committed>();
  again->first_seq = 1;
  for (const auto& e : page->events) {
    // Twice as much as the journal says.
    auto twice = e.what;
    if (auto* f = std::get_if<order_filled>(&twice.body))
      f->fill.quantity = *add(f->fill.quantity, f->fill.quantity);
    again->batches.push_back({e.scope, {twice}});
  }
  again->last_seq = page->events.size();
  caf::anon_send(second, publish{again});
  caf::anon_send(second, publish{again});  // What it has taken in it passes over.
  h.run();
  caf::anon_send_exit(second, caf::exit_reason::user_shutdown);
  h.run();
  CHECK(rebuilt() == decimal(2));
  REQUIRE(h.storage.states->put("risk/books", "garbage", durability::memory).ok());
  CHECK(rebuilt() == decimal(1));  // The journal reaches back to the first fill.
}

}  // namespace pitwall::test
