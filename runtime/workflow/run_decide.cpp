#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/base/error.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/workflow/run_draft.hpp"
#include "runtime/workflow/run_time.hpp"

namespace pitwall {

namespace {

/// "6.25 s", to the millisecond.
std::string seconds_text(microseconds us) {
  const auto ms = std::chrono::duration_cast<milliseconds>(us).count();
  auto text = std::to_string(ms / 1000);
  if (const auto rest = ms % 1000; rest != 0) {
    auto digits = std::to_string(1000 + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + " s";
}

bool rests(order_kind k) noexcept { return k == order_kind::limit || k == order_kind::gtc; }

/// Whether the venue had the order, by its own word.
bool was_accepted(order_state s) noexcept {
  return s != order_state::rejected && s != order_state::in_doubt;
}

/// The venue was not called: what is wrong with it, only the attempt before can tell.
bool is_kept_back(std::string_view type) noexcept {
  return type == "retry_budget" || type == "circuit_open" || type == "rate_limited" ||
         type == "venue_busy";
}

class decider {
 public:
  decider(const run_state& s, timestamp now, const run_rules& rules) noexcept
      : state_(s), rules_(rules), draft_(s, now) {}

  decision take() { return draft_.take(); }

  void operator()(begin& in);
  void operator()(resume_run& in);
  void operator()(node_finished& in);
  void operator()(node_errored& in);
  void operator()(order_proposed& in);
  void operator()(order_refused& in);
  void operator()(order_reported& in);
  void operator()(order_missing& in);
  void operator()(notification_proposed& in);
  void operator()(cancel_proposed& in);
  void operator()(tick& in);
  void operator()(halt_requested& in);
  void operator()(cancel_requested& in);

 private:
  /// Whether this is the answer of a node that runs now.
  bool answers(std::uint32_t node, std::uint32_t attempt) const noexcept {
    if (state_.status != run_status::running || node >= state_.nodes.size()) return false;
    const auto& n = state_.nodes[node];
    return n.status == node_status::running && n.attempt == attempt;
  }
  /// The block's outputs of an order: one that exists is never undone for a wrong count.
  outputs_ref order_outputs(std::uint32_t node, std::vector<value> values) const;
  void new_fills(std::uint32_t node, const order_report& report);
  void settle(std::uint32_t node, order_report& report, std::vector<value>& outputs);
  /// Its node waits to be told to go on, and will not be.
  void refuse(std::uint32_t node, std::string message, std::string type);
  void expire(std::uint32_t node);
  /// Before it has an order, an attempt may be made again.
  void retry_or_fail(node_errored failure);
  bool tries_again(const node_errored& failure, microseconds& wait) const;
  void time_out();

  const run_state& state_;
  const run_rules& rules_;
  run_draft draft_;
};

void decider::operator()(begin& in) {
  if (state_.status != run_status::queued) return;
  const auto& nodes = state_.workflow->nodes;
  draft_.emit(execution_started{static_cast<std::uint32_t>(nodes.size()),
                                state_.workflow->definition_id, std::move(in.trigger),
                                std::move(in.idempotency_key)});
  for (std::uint32_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].sources.empty()) draft_.start(i);
}

/// Precondition: the state is as after the execution_resumed of this decision.
void decider::operator()(resume_run& in) {
  if (state_.status != run_status::running) return;
  const bool overdue = draft_.now() >= run_deadline(state_);
  bool in_flight = false;
  for (std::uint32_t i = 0; i < state_.nodes.size(); ++i) {
    const auto& run = state_.nodes[i];
    if (is_final(run.status)) continue;
    if (awaits_order(run)) {
      draft_.settle(i);
      in_flight = in_flight || order_in_flight(run);
    } else if (!in.settle_only && run.waiting == 0 && run.journaled == nullptr &&
               run.status != node_status::retrying) {
      draft_.start(i);
    }
  }
  if (overdue && !in_flight) time_out();
}

void decider::operator()(node_finished& in) {
  if (!answers(in.node, in.attempt)) return;
  const auto& names = draft_.node(in.node).outputs;
  if (order_in_flight(state_.nodes[in.node]))
    return draft_.doubt(in.node, "the node finished without the venue's final word on the order",
                        order_outputs(in.node, std::move(in.outputs)));
  const auto given = in.journaled != nullptr ? in.journaled->values.size() : in.outputs.size();
  if (given != names->size())
    return draft_.fail(in.node,
                       "the block gave " + std::to_string(given) + " outputs instead of " +
                           std::to_string(names->size()),
                       std::string(to_string(errc::internal)));
  // Fresh data rests on the inputs too: a node cannot make an old input young.
  const auto oldest = draft_.oldest_input(in.node);
  const auto observed = in.observed_at ? older(*in.observed_at, oldest, draft_.now()) : oldest;
  auto outputs = std::move(in.journaled);
  if (outputs == nullptr)
    outputs = std::make_shared<const port_values>(port_values{names, std::move(in.outputs)});
  draft_.complete(in.node, std::move(outputs), observed);
}

void decider::operator()(node_errored& in) {
  if (!answers(in.node, in.attempt)) return;
  // The order may have left: its fate is the venue's to tell, whatever became of the node.
  if (order_in_flight(state_.nodes[in.node]))
    return draft_.doubt(in.node, std::move(in.message), order_outputs(in.node, {}));
  retry_or_fail(std::move(in));
}

bool decider::tries_again(const node_errored& failure, microseconds& wait) const {
  const auto& run = state_.nodes[failure.node];
  if (!rules_.retry || run.order_progress != order_stage::none || run.journaled != nullptr)
    return false;
  const auto advice =
      rules_.retry({draft_.node(failure.node), state_.scope->execution_id, failure.type,
                    failure.status, run.retries + 1, run.last_wait, run.first_started_at,
                    draft_.now(), run_deadline(state_), failure.retry_after});
  if (!advice) return false;
  wait = std::max(*advice, microseconds{0});
  return later_by(draft_.now(), wait) < run_deadline(state_);
}

void decider::retry_or_fail(node_errored failure) {
  microseconds wait{};
  if (!tries_again(failure, wait)) {
    const auto& before = state_.nodes[failure.node].error;
    if (is_kept_back(failure.type) && !before.empty())
      failure.message += "; the attempt before: " + before;
    return draft_.fail(failure.node, std::move(failure.message), std::move(failure.type));
  }
  draft_.emit(node_retrying{draft_.identity(failure.node), state_.nodes[failure.node].attempt, wait,
                            std::move(failure.message), std::move(failure.type)});
}

void decider::operator()(order_proposed& in) {
  if (!answers(in.node, in.attempt)) return;
  const auto& n = draft_.node(in.node);
  if (state_.nodes[in.node].order_progress != order_stage::none) return;
  if (n.effect != effect_class::effectful)
    return refuse(in.node, "the block wanted an order, but its type is not effectful",
                  std::string(to_string(errc::internal)));
  const auto observed = draft_.oldest_input(in.node);
  const auto age = input_age(observed, draft_.now());
  if (age > rules_.max_input_age)
    return refuse(in.node,
                  "the oldest input was " + seconds_text(age) + " old, and at most " +
                      seconds_text(rules_.max_input_age) + " is allowed: no order was sent",
                  std::string(to_string(errc::stale_input)));
  auto id = make_client_order_id(state_.scope->execution_id, in.node);
  draft_.emit(order_intent{n.identity, id, in.order});
  draft_.want(place_order{in.node, std::move(id), std::move(in.order)});
}

void decider::operator()(order_refused& in) {
  if (!answers(in.node, in.attempt)) return;
  if (state_.nodes[in.node].order_progress != order_stage::none) return;
  draft_.emit(order_rejected{draft_.identity(in.node),
                             make_client_order_id(state_.scope->execution_id, in.node), in.code,
                             in.reason});
  auto message = "the order was refused (" + in.code + "): " + in.reason;
  refuse(in.node, std::move(message), std::move(in.code));
}

void decider::operator()(order_missing& in) {
  if (state_.status != run_status::running || in.node >= state_.nodes.size()) return;
  const auto& run = state_.nodes[in.node];
  if (awaits_order(run) && run.order_progress == order_stage::closed)
    return refuse(in.node,
                  "its order has ended, as the journal shows, and the venue does not know it",
                  "interrupted");
  if (!order_in_flight(run)) return;
  if (run.order_progress == order_stage::accepted) {
    draft_.want(abandon_node{in.node, run.attempt});
    return draft_.doubt(in.node, "the venue accepted it, and does not know it any more",
                        order_outputs(in.node, {}));
  }
  const auto age = input_age(draft_.oldest_input(in.node), draft_.now());
  const bool in_time =
      draft_.now() < run_deadline(state_) && draft_.now() < node_deadline(state_, in.node);
  if (in.may_send && !run.kept_by_halt && in_time && age <= rules_.max_input_age)
    return draft_.want(place_order{in.node, run.client_order_id, *run.order});
  const bool refused = !in.may_send && !in.code.empty() && in.code != to_string(errc::halted);
  const std::string why = run.kept_by_halt ? "a halt came in between"
                          : !in.may_send   ? refused ? in.reason : "trading is halted"
                          : !in_time       ? "its time is over"
                                           : "its inputs are " + seconds_text(age) + " old";
  const std::string code = refused && !run.kept_by_halt ? in.code : "not_sent";
  draft_.emit(order_rejected{draft_.identity(in.node), run.client_order_id, code,
                             "the order never reached the venue, and " + why});
  refuse(in.node, "the order was not sent: it never reached the venue, and " + why, code);
}

void decider::refuse(std::uint32_t node, std::string message, std::string type) {
  draft_.want(abandon_node{node, state_.nodes[node].attempt});
  draft_.fail(node, std::move(message), std::move(type));
}

outputs_ref decider::order_outputs(std::uint32_t node, std::vector<value> values) const {
  const auto& names = draft_.node(node).outputs;
  values.resize(names->size());
  return std::make_shared<const port_values>(port_values{names, std::move(values)});
}

void decider::operator()(order_reported& in) {
  if (state_.status != run_status::running || in.node >= state_.nodes.size()) return;
  const auto& run = state_.nodes[in.node];
  const auto& named = in.report.client_order_id;
  if (run.order == nullptr || (!named.empty() && named != run.client_order_id)) return;
  if (awaits_order(run)) return settle(in.node, in.report, in.outputs);
  // An accepted order rests at the venue: what fills later belongs to this execution still.
  if (run.status == node_status::completed && run.order_progress == order_stage::accepted)
    new_fills(in.node, in.report);
}

void decider::new_fills(std::uint32_t node, const order_report& report) {
  const auto& run = state_.nodes[node];
  for (std::size_t i = run.fills; i < report.fills.size(); ++i) {
    const bool last = i + 1 == report.fills.size();
    draft_.emit(order_filled{draft_.identity(node), run.client_order_id, *run.order,
                             report.fills[i], last && report.state == order_state::filled});
  }
}

void decider::settle(std::uint32_t node, order_report& report, std::vector<value>& outputs) {
  const auto& run = state_.nodes[node];
  const auto& identity = draft_.identity(node);
  const bool told = run.order_progress == order_stage::closed;  // Its end is in the journal.
  const auto complete = [&] {
    draft_.complete(node, order_outputs(node, std::move(outputs)), draft_.oldest_input(node));
  };
  if (was_accepted(report.state) && run.order_progress == order_stage::intended)
    draft_.emit(order_submitted{identity, run.client_order_id, std::move(report.venue_order_id)});
  if (!told) new_fills(node, report);
  switch (report.state) {
    case order_state::accepted:
    case order_state::partially_filled:
      if (rests(run.order->kind)) complete();
      return;
    case order_state::filled:
      return complete();
    case order_state::canceled:
      if (!told)
        draft_.emit(order_canceled{identity, run.client_order_id, std::move(report.reason)});
      return complete();
    case order_state::rejected: {
      auto code = report.code.empty() ? std::string("rejected") : std::move(report.code);
      if (!told) draft_.emit(order_rejected{identity, run.client_order_id, code, report.reason});
      auto why = "the order was rejected (" + code + ")";
      if (!report.reason.empty()) why += ": " + report.reason;
      return draft_.fail(node, std::move(why), std::move(code));
    }
    case order_state::in_doubt: {
      auto why = report.reason.empty() ? std::string("the venue did not say what became of it")
                                       : std::move(report.reason);
      return draft_.doubt(node, std::move(why), order_outputs(node, std::move(outputs)));
    }
  }
}

void decider::operator()(notification_proposed& in) {
  if (!answers(in.node, in.attempt)) return;
  const auto& run = state_.nodes[in.node];
  if ((run.notified && run.attempt == 1) || order_in_flight(run)) return;
  // Journaled by an earlier attempt: at least once means that this one tells it again.
  if (!run.notified)
    draft_.emit(notification_sent{draft_.identity(in.node), in.message.message, in.message.url});
  draft_.want(send_notification{in.node, in.attempt, std::move(in.message)});
}

void decider::operator()(cancel_proposed& in) {
  if (!answers(in.node, in.attempt) || order_in_flight(state_.nodes[in.node])) return;
  draft_.want(cancel_orders{in.node, in.attempt, std::move(in.request)});
}

void decider::operator()(tick&) {
  if (state_.status != run_status::running) return;
  const auto now = draft_.now();
  if (run_is_late(state_, now)) return time_out();
  std::vector<std::uint32_t> late;
  for (std::uint32_t i = 0; i < state_.nodes.size(); ++i) {
    const auto& run = state_.nodes[i];
    if (run.status != node_status::running || !node_is_late(state_, i, now)) continue;
    microseconds wait{};
    // One that ends the run ends it for the others too.
    const bool ends = draft_.node(i).error_policy == on_error::fail && !order_in_flight(run) &&
                      !tries_again({i, run.attempt, {}, "timeout"}, wait);
    if (ends) return expire(i);
    late.push_back(i);
  }
  for (const auto i : late) expire(i);
  for (std::uint32_t i = 0; i < state_.nodes.size(); ++i)
    if (retry_is_due(state_.nodes[i], now)) draft_.start(i);
}

void decider::time_out() {
  const auto limit = *state_.workflow->definition->timeout;
  draft_.end_early(execution_failed{"the execution did not end within " + seconds_text(limit),
                                    "timeout", elapsed(state_.started_at, draft_.now())});
}

void decider::expire(std::uint32_t node) {
  const auto& run = state_.nodes[node];
  auto why = "did not answer within " + seconds_text(draft_.node(node).timeout);
  draft_.want(abandon_node{node, run.attempt, true});
  if (order_in_flight(run)) return draft_.doubt(node, "the venue " + why, order_outputs(node, {}));
  retry_or_fail({node, run.attempt, std::move(why), "timeout"});
}

void decider::operator()(halt_requested& in) {
  draft_.end_early(execution_halted{std::move(in.reason), std::move(in.emergency_state)},
                   in.unsent);
}

void decider::operator()(cancel_requested& in) {
  const bool queued = state_.status == run_status::queued;
  draft_.end_early(
      execution_cancelled{std::move(in.reason),
                          queued ? microseconds{0} : elapsed(state_.started_at, draft_.now())},
      in.unsent);
}

/// The rest of the decision is made in the state that the execution_resumed leads to.
decision decide_resume(const run_state& s, resume_run how, timestamp now, const run_rules& rules) {
  event resumed{now, execution_resumed{}};
  auto next = s;
  if (s.status == run_status::halted && how.from_halt) apply(next, resumed);
  if (next.status != run_status::running) return {};
  if (!how.settle_only && now < run_deadline(s))
    for (const auto i : nodes_to_run_again(next, now, rules))
      std::get<execution_resumed>(resumed.body).again.push_back(s.workflow->nodes[i].identity);
  next = s;
  apply(next, resumed);
  decision all{{std::move(resumed)}, {}};
  const auto go_on = [&](auto input) {
    decider d(next, now, rules);
    d(input);
    auto decided = d.take();
    for (auto& e : decided.events) {
      apply(next, e);
      all.events.push_back(std::move(e));
    }
    std::move(decided.effects.begin(), decided.effects.end(), std::back_inserter(all.effects));
  };
  go_on(how);
  // Their trigger states have moved: what they gave stands, and they do not run twice.
  for (std::uint32_t i = 0; i < next.nodes.size() && !how.settle_only; ++i)
    if (const auto& run = next.nodes[i];
        run.status == node_status::running && run.journaled != nullptr)
      go_on(node_finished{i, run.attempt, {}, {}, run.journaled});
  return all;
}

}  // namespace

decision decide(const run_state& s, run_input input, timestamp now, const run_rules& rules) {
  if (const auto* how = std::get_if<resume_run>(&input)) return decide_resume(s, *how, now, rules);
  if (is_final(s.status)) return {};
  decider d(s, now, rules);
  std::visit(d, input);
  return d.take();
}

}  // namespace pitwall
