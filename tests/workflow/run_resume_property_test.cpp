// Random plans in a process that dies again and again, and is halted and resumed: what was not
// durable is forgotten, what was under way is lost, the venue alone remembers. The run must come to
// an end, every order must have reached the venue at most once, no node with an intent may run
// again, no order may rest on old inputs, and what the journal says of an order must be what the
// venue says.
#include <map>
#include <random>
#include <set>

#include "runtime/workflow/run.hpp"
#include "tests/support/catch.hpp"
#include "tests/workflow/run_driver.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

namespace {

class mortal_world {
 public:
  explicit mortal_world(std::uint64_t seed) : random_(seed), run_(random_plan()) {
    if (!one_in(3)) run_.rules.retry = retry_until(3);
  }

  void live() {
    feed(begin{});
    for (int step = 0; step < 400 && !is_final(run_.state.status); ++step) {
      run_.wait(microseconds(below(one_in(20) ? 9'000'000 : 200'000)));
      if (step < 200 && one_in(12))
        die();
      else if (step < 200 && one_in(20))
        halt_and_go_on();
      else if (one_in(15))
        feed(tick{});
      else if (pending_.empty())
        feed(tick{});
      else
        perform_one();
    }
    while (!is_final(run_.state.status)) {
      const auto next = next_deadline(run_.state);
      REQUIRE(next != timestamp::max());
      run_.now = std::max(run_.now, next);
      feed(tick{});
    }
    flush();
    check_orders();
    REQUIRE(same(replay(run_.workflow, run_.events), run_.state));
  }

  std::size_t deaths = 0, resent = 0, orders = 0, reruns = 0, retries = 0, halts = 0, kept = 0;

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

  plan_builder random_plan() {
    plan_builder b;
    const auto count = 1 + below(9);
    for (std::size_t i = 0; i < count; ++i) {
      node_spec n{"n" + std::to_string(i)};
      if (i > 0)
        for (auto sources = below(3); sources > 0; --sources)
          n.sources.push_back("n" + std::to_string(below(i)));
      n.effect = n.sources.empty() ? effect_class::idempotent
                 : one_in(3)       ? effect_class::effectful
                                   : effect_class::pure;
      if (n.effect == effect_class::pure && one_in(4)) n.policy = on_error::proceed;
      n.timeout = 1s * (1 + below(30));
      b.node(std::move(n));
    }
    if (one_in(4)) b.timeout(1s * (5 + below(60)));
    return b;
  }

  void feed(run_input input) {
    run_.feed(std::move(input));
    for (const auto& e : run_.last.effects) pending_.push_back(e);
    for (const auto& e : run_.last.events) {
      if (const auto* x = std::get_if<order_intent>(&e.body)) check_inputs(x->node->index);
      if (const auto* x = std::get_if<execution_resumed>(&e.body)) reruns += x->again.size();
      if (std::holds_alternative<node_retrying>(e.body)) ++retries;
    }
    // As the actor does: what leaves the house waits for the commit of all before it.
    for (const auto& e : run_.last.effects)
      if (std::holds_alternative<place_order>(e) || std::holds_alternative<finish>(e)) flush();
    if (one_in(6)) flush();
  }
  void flush() { durable_ = run_.events.size(); }

  void die() {
    ++deaths;
    pending_.clear();
    run_.crash(below(run_.events.size() - durable_ + 1));
    durable_ = run_.events.size();
    if (run_.state.status == run_status::queued) return feed(begin{});  // Was never acknowledged.
    run_.wait(microseconds(below(one_in(2) ? 20'000'000 : 2'000'000)));
    feed(resume_run{});
  }

  void halt_and_go_on() {
    if (is_final(run_.state.status)) return;
    ++halts;
    std::vector<std::uint32_t> unsent;
    for (const auto& e : pending_)
      if (const auto* order = std::get_if<place_order>(&e)) unsent.push_back(order->node);
    pending_.clear();
    feed(halt_requested{"limit", "halt", std::move(unsent)});
    flush();
    pending_.clear();
    REQUIRE(run_.state.status == run_status::halted);
    run_.wait(microseconds(below(one_in(2) ? 20'000'000 : 2'000'000)));
    run_.crash();
    feed(resume_run{true});
    for (const auto& n : run_.state.nodes) kept += n.kept_by_halt ? 1 : 0;
    REQUIRE(run_.state.status != run_status::halted);
  }

  void check_inputs(std::uint32_t node) {
    for (const auto source : run_.workflow->nodes[node].sources) {
      const auto seen = run_.state.nodes[source].observed_at;
      REQUIRE((seen == timestamp::max() || run_.now - seen <= run_.rules.max_input_age));
    }
  }

  void perform_one() {
    const auto at = pending_.begin() + static_cast<std::ptrdiff_t>(below(pending_.size()));
    const auto effect = *at;
    pending_.erase(at);
    std::visit([this](const auto& x) { perform(x); }, effect);
  }
  void perform(const run_node& x) {
    const auto& n = run_.workflow->nodes[x.node];
    if (one_in(12)) return feed(node_errored{x.node, x.attempt, "chaos", "unavailable"});
    if (n.effect == effect_class::effectful)
      return feed(order_proposed{
          x.node,
          x.attempt,
          {"paper", "BTC/USD", order_side::buy, order_kind::market, decimal(2), decimal(0)}});
    std::optional<timestamp> seen;
    if (n.effect == effect_class::idempotent) seen = run_.now;
    feed(node_finished{x.node, x.attempt, {value(1)}, seen, nullptr});
  }
  void perform(const place_order& x) {
    if (run_.state.nodes[x.node].status != node_status::running) return;
    REQUIRE(venue_.count(x.client_order_id) == 0);
    const auto oldest = run_.state.nodes[x.node].started_at;
    REQUIRE(oldest <= run_.now);
    order_report r;
    r.client_order_id = x.client_order_id;
    r.venue_order_id = "v";
    r.state = one_in(5) ? order_state::canceled : order_state::filled;
    if (r.state == order_state::filled) r.fills.resize(1 + below(3));
    venue_[x.client_order_id] = r;
    ++orders;
    if (one_in(3)) return die();  // Before the answer.
    if (one_in(10)) return;       // The answer is lost: the deadline finds it.
    feed(order_reported{x.node, std::move(r), {value(1)}});
  }
  void perform(const settle_order& x) {
    if (const auto known = venue_.find(x.client_order_id); known != venue_.end())
      return feed(order_reported{x.node, known->second, {value(1)}});
    feed(order_missing{x.node, !one_in(4)});
    for (const auto& e : run_.last.effects)
      if (std::holds_alternative<place_order>(e)) ++resent;
  }
  void perform(const finish&) {}
  template <class Other>
  void perform(const Other&) {}

  void check_orders() {
    std::map<std::string, std::size_t> intents;
    std::set<std::string> intended;
    for (const auto& e : run_.events) {
      if (const auto* x = std::get_if<order_intent>(&e.body)) intended.insert(x->node->id);
      if (const auto* x = std::get_if<node_started>(&e.body))
        REQUIRE(intended.count(x->node->id) == 0);
      if (const auto* x = std::get_if<order_intent>(&e.body))
        REQUIRE(++intents[x->client_order_id] == 1);
      if (const auto* x = std::get_if<order_rejected>(&e.body))
        REQUIRE(venue_.count(x->client_order_id) == 0);
    }
    for (const auto& [id, report] : venue_) REQUIRE(intents.count(id) == 1);
    for (const auto& n : run_.state.nodes) {
      if (n.order == nullptr) continue;
      const auto known = venue_.find(n.client_order_id);
      if (n.status == node_status::completed) {
        REQUIRE(known != venue_.end());
        REQUIRE(n.fills == known->second.fills.size());
      }
      // Whatever the venue has is either told in full, or reported in doubt.
      if (known != venue_.end())
        REQUIRE(
            (n.order_progress == order_stage::closed || n.order_progress == order_stage::in_doubt));
    }
  }

  std::mt19937_64 random_;
  run_driver run_;
  std::vector<run_effect> pending_;
  std::size_t durable_ = 0;
  std::map<std::string, order_report> venue_;
};

}  // namespace

TEST_CASE("however often the process dies, orders go out once and runs end", "[run][property]") {
  std::size_t deaths = 0, resent = 0, orders = 0, reruns = 0, retries = 0, halts = 0, kept = 0;
  for (std::uint64_t seed = 1; seed <= 6'000; ++seed) {
    CAPTURE(seed);
    mortal_world w(seed);
    w.live();
    deaths += w.deaths;
    resent += w.resent;
    orders += w.orders;
    reruns += w.reruns;
    retries += w.retries;
    halts += w.halts;
    kept += w.kept;
  }
  // Else the worlds above were too tame to show anything.
  CAPTURE(deaths, resent, orders, reruns, halts, kept);
  CHECK(deaths > 4'000);
  CHECK(orders > 2'000);
  CHECK(resent > 100);
  CHECK(reruns > 500);
  CHECK(retries > 500);
  CHECK(halts > 2'000);
  CHECK(kept > 200);
}
