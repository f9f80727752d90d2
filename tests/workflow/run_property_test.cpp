// Random plans under random answers: failures, late and repeated answers, orders, ticks, halts.
// A model that reads only what came out checks the promises of the run.
#include <random>
#include <set>

#include "runtime/workflow/run.hpp"
#include "tests/support/catch.hpp"
#include "tests/workflow/run_driver.hpp"

using namespace pitwall;
using namespace pitwall::test;
using namespace std::chrono_literals;

namespace {

class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 random_;
};

milliseconds seconds_between(dice& d) { return std::chrono::seconds(1 + d.below(20)); }

plan_builder random_plan(dice& d) {
  plan_builder b;
  const auto count = d.below(15);
  for (std::size_t i = 0; i < count; ++i) {
    node_spec n{"n" + std::to_string(i)};
    if (i > 0)
      for (auto sources = d.below(4); sources > 0; --sources)
        n.sources.push_back("n" + std::to_string(d.below(i)));
    n.effect = static_cast<effect_class>(d.below(3));
    if (n.effect != effect_class::effectful && d.one_in(3)) n.policy = on_error::proceed;
    if (d.one_in(12)) n.policy = on_error::fail;
    n.timeout = seconds_between(d);
    b.node(std::move(n));
  }
  if (d.one_in(4)) b.timeout(seconds_between(d) * 2);
  if (d.one_in(3)) b.without_index_hints();
  return b;
}

/// What an outside reader of events and effects can know, and what must hold for it.
class witness {
 public:
  explicit witness(const plan& p)
      : plan_(p),
        started_(p.nodes.size()),
        attempts_(p.nodes.size()),
        status_(p.nodes.size(), node_status::pending),
        given_(p.nodes.size(), timestamp::max()) {}

  void answered(std::uint32_t node, std::optional<timestamp> seen) {
    if (status_[node] == node_status::running && seen) given_[node] = *seen;
  }
  void look(const decision& d, timestamp now) {
    now_ = now;
    intents_.clear();
    runs_expected_ = 0;
    for (const auto& e : d.events) {
      REQUIRE_FALSE(ended);
      std::visit([this](const auto& x) { event(x); }, e.body);
    }
    for (const auto& e : d.effects) std::visit([this](const auto& x) { effect(x); }, e);
    REQUIRE(runs_expected_ == 0);
    REQUIRE(intents_.empty());
  }

  bool ended = false;
  std::size_t orders = 0, retries = 0;

 private:
  static bool closed(node_status s) {
    return s != node_status::pending && s != node_status::running && s != node_status::retrying;
  }
  std::uint32_t place(const node_ref& n) const {
    for (std::uint32_t i = 0; i < plan_.nodes.size(); ++i)
      if (plan_.nodes[i].identity == n) return i;
    FAIL("an event of a node that is not in the plan");
    return 0;
  }
  void close(const node_ref& n, node_status s, node_status from) {
    auto& mine = status_[place(n)];
    REQUIRE(mine == from);
    mine = s;
  }
  /// Whether a transitive source ended in a way that must keep this node from acting.
  bool tainted(std::uint32_t node) const {
    for (const auto s : plan_.nodes[node].sources) {
      const bool lets_on = plan_.nodes[s].error_policy == on_error::proceed;
      const bool bad = status_[s] == node_status::failed || status_[s] == node_status::in_doubt;
      if ((bad && !lets_on) || status_[s] == node_status::skipped || tainted(s)) return true;
    }
    return false;
  }
  timestamp oldest_source(std::uint32_t node) const {
    auto oldest = timestamp::max();
    for (const auto s : plan_.nodes[node].sources) {
      if (status_[s] == node_status::failed) continue;
      oldest = std::min({oldest, given_[s], oldest_source(s)});
    }
    return oldest;
  }

  void event(const node_started& x) {
    const auto i = place(x.node);
    REQUIRE(x.attempt == ++attempts_[i]);
    REQUIRE(status_[i] == (started_[i] ? node_status::retrying : node_status::pending));
    for (const auto s : plan_.nodes[i].sources) REQUIRE(closed(status_[s]));
    REQUIRE_FALSE(tainted(i));
    started_[i] = true;
    status_[i] = node_status::running;
    ++runs_expected_;
  }
  void event(const node_retrying& x) {
    const auto i = place(x.node);
    REQUIRE(ordered_.count(i) == 0);
    REQUIRE(x.attempt == attempts_[i]);
    REQUIRE(x.attempt < 3);
    close(x.node, node_status::retrying, node_status::running);
    ++retries;
  }
  void event(const node_completed& x) { close(x.node, x.status, node_status::running); }
  void event(const node_failed& x) {
    REQUIRE(in_flight_.count(place(x.node)) == 0);
    close(x.node, node_status::failed, node_status::running);
  }
  void event(const node_skipped& x) {
    REQUIRE(tainted(place(x.node)));
    close(x.node, node_status::skipped, node_status::pending);
  }
  void event(const order_intent& x) {
    const auto i = place(x.node);
    REQUIRE(status_[i] == node_status::running);
    REQUIRE(plan_.nodes[i].effect == effect_class::effectful);
    REQUIRE_FALSE(tainted(i));
    const auto oldest = oldest_source(i);
    REQUIRE((oldest == timestamp::max() || now_ - oldest <= 5s));
    REQUIRE(ordered_.insert(i).second);
    in_flight_.insert(i);
    intents_.insert(x.client_order_id);
    ++orders;
  }
  void event(const order_submitted& x) { REQUIRE(ordered_.count(place(x.node)) == 1); }
  void event(const order_filled& x) {
    REQUIRE(ordered_.count(place(x.node)) == 1);
    if (x.complete) in_flight_.erase(place(x.node));
  }
  void event(const order_rejected& x) { REQUIRE(in_flight_.erase(place(x.node)) == 1); }
  void event(const order_canceled& x) { REQUIRE(in_flight_.erase(place(x.node)) == 1); }
  void event(const order_in_doubt& x) { REQUIRE(in_flight_.erase(place(x.node)) == 1); }
  void event(const execution_completed& x) {
    bool clean = true;
    for (const auto s : status_) {
      REQUIRE(closed(s));
      clean = clean && s == node_status::completed;
    }
    REQUIRE(clean == (x.status == run_status::completed));
    ended = true;
  }
  void event(const execution_failed&) { end_early(); }
  void event(const execution_halted&) { end_early(); }
  void event(const execution_cancelled&) { end_early(); }
  template <class Other>
  void event(const Other&) {}

  void end_early() {
    for (const auto i : in_flight_) REQUIRE(status_[i] != node_status::running);
    ended = true;
  }

  void effect(const run_node& x) {
    REQUIRE(status_[x.node] == node_status::running);
    --runs_expected_;
  }
  void effect(const place_order& x) { REQUIRE(intents_.erase(x.client_order_id) == 1); }
  void effect(const abandon_node& x) { REQUIRE(started_[x.node]); }
  void effect(const finish&) { REQUIRE(ended); }
  template <class Other>
  void effect(const Other&) {}

  const plan& plan_;
  timestamp now_;
  std::vector<bool> started_;
  std::vector<std::uint32_t> attempts_;
  std::vector<node_status> status_;
  std::vector<timestamp> given_;
  std::set<std::uint32_t> ordered_;
  std::set<std::uint32_t> in_flight_;  ///< Ordered, and nothing final was said of the order.
  std::set<std::string> intents_;      ///< Of this decision, not placed yet.
  int runs_expected_ = 0;
};

/// A made-up world that answers, forgets, repeats and fails.
class world {
 public:
  world(std::uint64_t seed) : dice_(seed), run_(random_plan(dice_)), witness_(*run_.workflow) {
    if (!dice_.one_in(3)) run_.rules.retry = retry_until(3);
  }

  void live() {
    feed(begin{value(static_cast<int>(dice_.below(3)))});
    for (int step = 0; step < 80; ++step) {
      if (run_.workflow->nodes.empty() || dice_.one_in(8))
        disturb();
      else
        answer();
      if (step % 16 == 0) REQUIRE(same(replay(run_.workflow, run_.events), run_.state));
    }
    // The world falls silent: deadlines alone end the run.
    for (std::size_t i = 0; !witness_.ended; ++i) {
      REQUIRE(i <= 6 * run_.workflow->nodes.size());
      const auto next = next_deadline(run_.state);
      REQUIRE(next != timestamp::max());
      run_.now = std::max(run_.now, next);
      feed(tick{});
    }
    REQUIRE(is_final(run_.state.status));
    REQUIRE(run_.state.open_nodes == 0);
    for (const auto& n : run_.state.nodes) {
      REQUIRE(is_final(n.status));
      REQUIRE(n.waiting == 0);
    }
    REQUIRE(same(replay(run_.workflow, run_.events), run_.state));
  }
  std::size_t orders() const { return witness_.orders; }
  std::size_t retries() const { return witness_.retries; }
  run_status status() const { return run_.state.status; }

 private:
  void feed(run_input input) {
    if (past_.size() < 40) past_.push_back(input);
    run_.feed(std::move(input));
    witness_.look(run_.last, run_.now);
  }

  void disturb() {
    switch (dice_.below(12)) {
      case 0:
        if (dice_.one_in(3)) feed(halt_requested{"chaos", "halt"});
        return;
      case 1:
        if (dice_.one_in(3)) feed(cancel_requested{"chaos"});
        return;
      case 2:
      case 3:
        run_.wait(microseconds(dice_.below(8'000'000)));
        return;
      case 4:
      case 5:
        return feed(tick{});
      default:  // Said again, or late.
        return feed(run_input(past_[dice_.below(past_.size())]));
    }
  }

  void answer() {
    const auto node = static_cast<std::uint32_t>(dice_.below(run_.workflow->nodes.size()));
    const auto& run = run_.state.nodes[node];
    const auto attempt = dice_.one_in(20) ? run.attempt + 1 : run.attempt;
    run_.wait(microseconds(dice_.below(300'000)));
    if (run.order != nullptr && !dice_.one_in(10)) return report(node);
    if (dice_.one_in(10)) return feed(node_errored{node, attempt, "chaos", "unavailable"});
    if (dice_.one_in(30)) return feed(notification_proposed{node, attempt, {"hello", ""}});
    if (dice_.one_in(30)) return feed(cancel_proposed{node, attempt, {"paper", ""}});
    const bool acts = run_.workflow->nodes[node].effect == effect_class::effectful;
    if ((acts && !dice_.one_in(4)) || dice_.one_in(40)) {
      const auto kind = static_cast<order_kind>(dice_.below(5));
      return feed(order_proposed{
          node, attempt, {"paper", "BTC/USD", order_side::buy, kind, decimal(2), decimal(1)}});
    }
    std::optional<timestamp> seen;
    if (!dice_.one_in(3)) seen = run_.now - microseconds(dice_.below(6'000'000));
    if (attempt == run.attempt) witness_.answered(node, seen);
    const std::size_t outputs = dice_.one_in(40) ? 2 : 1;
    feed(node_finished{node, attempt, std::vector<value>(outputs, value(7)), seen, nullptr});
  }

  void report(std::uint32_t node) {
    order_report r;
    if (!dice_.one_in(4)) r.client_order_id = run_.state.nodes[node].client_order_id;
    r.state = static_cast<order_state>(dice_.below(6));
    r.fills.resize(dice_.below(4));
    r.code = dice_.one_in(2) ? "risk" : "";
    feed(order_reported{node, std::move(r), std::vector<value>(dice_.below(3))});
  }

  dice dice_;
  run_driver run_;
  witness witness_;
  std::vector<run_input> past_;
};

}  // namespace

TEST_CASE("whatever happens, a run keeps its promises", "[run][property]") {
  std::size_t orders = 0, retries = 0;
  std::set<run_status> seen;
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    CAPTURE(seed);
    world w(seed);
    w.live();
    orders += w.orders();
    retries += w.retries();
    seen.insert(w.status());
  }
  // Else the worlds above were too tame to show anything.
  CHECK(orders > 1'000);
  CHECK(retries > 1'000);
  CHECK(seen.size() == 6);
}

TEST_CASE("a plan of a thousand nodes in a row and in width", "[run][property]") {
  for (const bool wide : {false, true}) {
    CAPTURE(wide);
    plan_builder b;
    b.node({"n0"});
    for (int i = 1; i < 1'000; ++i)
      b.node({"n" + std::to_string(i), {wide ? "n0" : "n" + std::to_string(i - 1)}});
    run_driver r(b);
    r.start();
    for (std::uint32_t i = 0; i < 1'000; ++i) r.feed(node_finished{i, 1, {value(1)}, {}, nullptr});
    CHECK(r.state.status == run_status::completed);
    CHECK(r.events.size() == 2'002);
    CHECK(same(replay(r.workflow, r.events), r.state));

    run_driver failing(b);
    failing.start();
    failing.fail_node("n0");
    CHECK(failing.events.size() == 1'003);
    CHECK(failing.state.open_nodes == 0);
  }
}
