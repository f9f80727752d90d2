// Job: drives one run in tests as its actor would: decide, apply at once, remember everything. Time
//      stands until it is moved. Events and effects also come as short lines: "node_started a #1".
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/workflow/run.hpp"
#include "tests/workflow/plan_builder.hpp"

namespace pitwall::test {

using lines = std::vector<std::string>;

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

/// The type, the node and what tells it from its like.
inline std::string line_of(const event& e) {
  std::string out(type_name(e.body));
  if (const auto* n = node_of(e.body)) out += " " + n->id;
  out += std::visit(
      overloaded{
          [](const execution_completed& x) { return " " + std::string(to_string(x.status)); },
          [](const execution_failed& x) { return " " + x.error_type; },
          [](const execution_halted& x) { return " " + x.reason + " " + x.emergency_state; },
          [](const node_started& x) { return " #" + std::to_string(x.attempt); },
          [](const node_completed& x) {
            return x.status == node_status::completed ? std::string()
                                                      : " " + std::string(to_string(x.status));
          },
          [](const node_failed& x) { return " " + x.error_type; },
          [](const node_retrying& x) {
            return " #" + std::to_string(x.attempt) + " " + x.error_type + " " +
                   std::to_string(x.wait.count() / 1000) + " ms";
          },
          [](const order_filled& x) {
            return " " + x.fill.quantity.to_string() + (x.complete ? " complete" : "");
          },
          [](const order_rejected& x) { return " " + x.code; },
          [](const execution_resumed& x) {
            std::string ids;
            for (const auto& n : x.again) ids += " " + n->id;
            return ids;
          },
          [](const auto&) { return std::string(); },
      },
      e.body);
  return out;
}

inline std::string line_of(const plan& p, const run_effect& effect) {
  return std::visit(
      [&](const auto& x) -> std::string {
        using effect_type = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<effect_type, finish>) {
          return "finish";
        } else {
          const auto& id = p.nodes[x.node].identity->id;
          if constexpr (std::is_same_v<effect_type, run_node>) return "run " + id;
          if constexpr (std::is_same_v<effect_type, place_order>) return "place " + id;
          if constexpr (std::is_same_v<effect_type, settle_order>) return "settle " + id;
          if constexpr (std::is_same_v<effect_type, send_notification>) return "notify " + id;
          if constexpr (std::is_same_v<effect_type, cancel_orders>) return "cancel " + id;
          if constexpr (std::is_same_v<effect_type, abandon_node>) return "abandon " + id;
        }
      },
      effect);
}

inline scope_ref test_scope() {
  static const auto scope = std::make_shared<const event_scope>(
      event_scope{"exec_wf_01HZZZZZZZZZZZZZZZZZZZZZZZ", "wf", "bot", ""});
  return scope;
}

/// Another attempt after 1 s for each failure so far, until there were `most`; for what may pass.
inline auto retry_until(std::uint32_t most) {
  return [most](const failed_node_attempt& a) -> std::optional<microseconds> {
    const bool passing = a.type == "unavailable" || a.type == "timeout";
    if (!passing || a.failures >= most) return std::nullopt;
    return std::max(microseconds(std::chrono::seconds(a.failures)),
                    a.retry_after.value_or(microseconds{0}));
  };
}

inline constexpr timestamp start_time{std::chrono::seconds(1'772'366'400)};

class run_driver {
 public:
  explicit run_driver(std::shared_ptr<const plan> p)
      : state(p, test_scope()), workflow(std::move(p)) {}
  explicit run_driver(const plan_builder& b) : run_driver(b.build()) {}

  /// Decides and applies; what came of it is in `last`, `events` and `effects`.
  const decision& feed(run_input input) {
    last = decide(state, std::move(input), now, rules);
    for (const auto& e : last.events) {
      apply(state, e);
      events.push_back(e);
    }
    effects.insert(effects.end(), last.effects.begin(), last.effects.end());
    return last;
  }

  std::uint32_t index(std::string_view id) const {
    for (std::uint32_t i = 0; i < workflow->nodes.size(); ++i)
      if (workflow->nodes[i].identity->id == id) return i;
    std::abort();
  }
  node_run& of(std::string_view id) { return state.nodes[index(id)]; }

  void start() { feed(begin{}); }
  void finish_node(std::string_view id, value output = 1, std::optional<timestamp> seen = {}) {
    const auto i = index(id);
    std::vector<value> outputs(workflow->nodes[i].outputs->size());
    if (!outputs.empty()) outputs[0] = std::move(output);
    feed(node_finished{i, state.nodes[i].attempt, std::move(outputs), seen, nullptr});
  }
  void fail_node(std::string_view id, std::string type = "unavailable") {
    feed(node_errored{index(id), of(id).attempt, "it broke", std::move(type)});
  }
  void propose(std::string_view id, order_kind kind = order_kind::market) {
    order_request order{"paper", "BTC/USD", order_side::buy, kind, decimal(2), decimal(0)};
    feed(order_proposed{index(id), of(id).attempt, std::move(order)});
  }
  /// `fills`: how many of quantity 1 there are so far.
  void report(std::string_view id, order_state s, int fills = 0, std::string code = {}) {
    order_report r;
    r.client_order_id = of(id).client_order_id;
    r.venue_order_id = "v-1";
    r.state = s;
    r.fills.assign(static_cast<std::size_t>(fills), {decimal(100), decimal(1), decimal(0), "USD"});
    r.reason = code.empty() ? "" : "reason of " + code;
    r.code = std::move(code);
    feed(order_reported{index(id), std::move(r), {value("report")}});
  }
  void missing(std::string_view id, bool may_send = true, std::string code = {},
               std::string reason = {}) {
    feed(order_missing{index(id), may_send, std::move(code), std::move(reason)});
  }
  /// Somebody else journals this for the execution.
  void journaled(event_body body) {
    events.push_back({now, std::move(body)});
    apply(state, events.back());
  }
  void wait(microseconds us) { now += us; }
  /// The process dies and is started again: what was journaled is all there is. `forgotten`
  /// events were not durable.
  void crash(std::size_t forgotten = 0) {
    events.resize(events.size() - forgotten);
    run_state fresh(workflow, test_scope());
    for (const auto& e : events) apply(fresh, e);
    state = std::move(fresh);
  }
  void resume_halted() { feed(resume_run{true}); }
  void resume(bool settle_only = false) { feed(resume_run{false, settle_only}); }

  /// What the latest input came to.
  lines new_events() const {
    lines out;
    for (const auto& e : last.events) out.push_back(line_of(e));
    return out;
  }
  lines new_effects() const {
    lines out;
    for (const auto& e : last.effects) out.push_back(line_of(*workflow, e));
    return out;
  }
  template <class Event>
  const Event* latest() const {
    for (auto e = events.rbegin(); e != events.rend(); ++e)
      if (const auto* found = std::get_if<Event>(&e->body)) return found;
    return nullptr;
  }
  template <class Effect>
  const Effect* latest_effect() const {
    for (auto e = effects.rbegin(); e != effects.rend(); ++e)
      if (const auto* found = std::get_if<Effect>(&*e)) return found;
    return nullptr;
  }

  run_state state;
  std::shared_ptr<const plan> workflow;
  timestamp now = start_time;
  run_rules rules;
  decision last;
  std::vector<event> events;
  std::vector<run_effect> effects;
};

inline bool same_order(const node_run& a, const node_run& b) {
  if ((a.order == nullptr) != (b.order == nullptr)) return false;
  return (a.order == nullptr || *a.order == *b.order) && a.order_progress == b.order_progress &&
         a.client_order_id == b.client_order_id && a.fills == b.fills &&
         a.acknowledged == b.acknowledged && a.kept_by_halt == b.kept_by_halt;
}

inline bool same_outputs(const outputs_ref& a, const outputs_ref& b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

inline bool same(const node_run& a, const node_run& b) {
  return a.status == b.status && a.notified == b.notified && a.attempt == b.attempt &&
         a.retries == b.retries && a.retry_at == b.retry_at && a.last_wait == b.last_wait &&
         a.first_started_at == b.first_started_at && a.waiting == b.waiting &&
         a.started_at == b.started_at && a.observed_at == b.observed_at &&
         a.duration == b.duration && a.error == b.error && a.error_type == b.error_type &&
         same_outputs(a.outputs, b.outputs) && same_outputs(a.journaled, b.journaled) &&
         same_order(a, b);
}

/// Field by field.
inline bool same(const run_state& a, const run_state& b) {
  return a.status == b.status && a.started_at == b.started_at && a.resumed_at == b.resumed_at &&
         a.duration == b.duration && a.open_nodes == b.open_nodes && a.error == b.error &&
         a.error_type == b.error_type && a.trigger == b.trigger &&
         std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(),
                    [](const node_run& x, const node_run& y) { return same(x, y); });
}

/// The state that the events alone give.
inline run_state replay(const std::shared_ptr<const plan>& p, const std::vector<event>& events) {
  run_state fresh(p, test_scope());
  for (const auto& e : events) apply(fresh, e);
  return fresh;
}

}  // namespace pitwall::test
