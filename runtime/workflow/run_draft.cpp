#include "runtime/workflow/run_draft.hpp"

#include <algorithm>
#include <utility>

#include "runtime/workflow/run_time.hpp"

namespace pitwall {

timestamp run_draft::oldest_input(std::uint32_t i) const noexcept {
  auto oldest = timestamp::max();
  for (const auto source : node(i).sources)
    oldest = older(oldest, run_of(source).observed_at, now_);
  return oldest;
}

void run_draft::start(std::uint32_t i) {
  // The next tick ends the run.
  if (state_.status == run_status::running && now_ >= run_deadline(state_)) return;
  const auto& n = node(i);
  const auto attempt = run_of(i).attempt + 1;
  emit(node_started{n.identity, attempt});
  want(run_node{i, attempt, bind(n), later(now_, n.timeout), run_of(i).retries > 0});
}

void run_draft::settle(std::uint32_t i) {
  const auto& run = run_of(i);
  want(settle_order{i, run.attempt, bind(node(i)), run.client_order_id, *run.order,
                    later(now_, node(i).timeout)});
}

std::vector<value> run_draft::bind(const plan_node& n) const {
  std::vector<value> inputs;
  inputs.reserve(n.inputs.size());
  for (const auto& b : n.inputs) {
    if (b.node == input_binding::constant) {
      inputs.push_back(b.fixed);
      continue;
    }
    const auto& from = b.node == fresh_node_ ? fresh_outputs_ : run_of(b.node).outputs;
    // A source that failed with `continue` has no outputs: null.
    const bool given = from != nullptr && b.slot < from->values.size();
    inputs.push_back(given ? from->values[b.slot] : value{});
  }
  return inputs;
}

void run_draft::complete(std::uint32_t i, outputs_ref outputs, timestamp observed_at) {
  const auto& run = run_of(i);
  fresh_node_ = i;
  fresh_outputs_ = outputs;
  emit(node_completed{identity(i), run.attempt, elapsed(run.started_at, now_), std::move(outputs),
                      observed_at, node_status::completed});
  close(i);
  release_dependents(i);
}

void run_draft::fail(std::uint32_t i, std::string error, std::string type) {
  const auto& run = run_of(i);
  const auto& n = node(i);
  errors_ = true;
  const bool ends_run = n.error_policy == on_error::fail;
  // "timeout" of an execution means its own deadline (contract: timed_out).
  std::string run_type = !ends_run ? std::string{} : type == "timeout" ? "node_timeout" : type;
  std::string run_error = ends_run ? n.identity->id + " failed: " + error : std::string{};
  emit(node_failed{n.identity, run.attempt, elapsed(run.started_at, now_), std::move(error),
                   std::move(type)});
  close(i);
  switch (n.error_policy) {
    case on_error::skip_dependents:
      return skip_dependents(i, " failed");
    case on_error::proceed:
      return release_dependents(i);
    case on_error::fail:
      return end_early(execution_failed{std::move(run_error), std::move(run_type),
                                        elapsed(state_.started_at, now_)});
  }
}

void run_draft::doubt(std::uint32_t i, std::string reason, outputs_ref outputs) {
  const auto& run = run_of(i);
  errors_ = true;
  // An end that the journal has (a person's word) is not in doubt; only the block's outputs are.
  if (run.order_progress != order_stage::closed) doubt_order(i, std::move(reason));
  fresh_node_ = i;
  fresh_outputs_ = outputs;
  emit(node_completed{identity(i), run.attempt, elapsed(run.started_at, now_), std::move(outputs),
                      oldest_input(i), node_status::in_doubt});
  close(i);
  if (node(i).error_policy == on_error::proceed)
    release_dependents(i);
  else
    skip_dependents(i, " is in doubt");
}

void run_draft::doubt_order(std::uint32_t i, std::string reason) {
  emit(order_in_doubt{identity(i), run_of(i).client_order_id, std::move(reason)});
}

void run_draft::end_early(event_body last, const std::vector<std::uint32_t>& unsent) {
  for (std::uint32_t i = 0; i < state_.nodes.size(); ++i) {
    const auto& run = run_of(i);
    if (run.status != node_status::running || is_closed(i)) continue;
    if (std::find(unsent.begin(), unsent.end(), i) != unsent.end())
      emit(order_rejected{identity(i), run.client_order_id, "not_sent",
                          "the execution ended before the order was sent"});
    else if (order_in_flight(run))
      doubt_order(i, "the execution ended before the venue's final word on the order");
    // What the journal says is told is told, whatever the run came to.
    if (!run.notified) want(abandon_node{i, run.attempt});
  }
  emit(std::move(last));
  want(finish{});
  ended_ = true;
}

decision run_draft::take() {
  if (!ended_ && open_ == 0 && !decided_.events.empty()) {
    const bool queued = state_.status == run_status::queued;
    const auto outcome = any_error() ? run_status::completed_with_errors : run_status::completed;
    emit(execution_completed{outcome, queued ? microseconds{0} : elapsed(state_.started_at, now_)});
    want(finish{});
  }
  return std::move(decided_);
}

bool run_draft::any_error() const noexcept {
  return errors_ || std::any_of(state_.nodes.begin(), state_.nodes.end(), [](const auto& n) {
           return is_final(n.status) && n.status != node_status::completed;
         });
}

void run_draft::close(std::uint32_t i) {
  --open_;
  if (closed_++ == 0) {
    first_closed_ = i;
    return;
  }
  if (gone_.empty()) {
    gone_.assign(state_.nodes.size(), false);
    freed_.assign(state_.nodes.size(), 0);
    count_closed(first_closed_);
  }
  count_closed(i);
}

void run_draft::count_closed(std::uint32_t i) {
  gone_[i] = true;
  for (const auto d : node(i).dependents) ++freed_[d];
}

bool run_draft::is_closed(std::uint32_t i) const noexcept {
  if (is_final(run_of(i).status)) return true;
  return gone_.empty() ? closed_ == 1 && first_closed_ == i : gone_[i];
}

void run_draft::release_dependents(std::uint32_t i) {
  for (const auto d : node(i).dependents) {
    const auto freed = freed_.empty() ? 1 : freed_[d];
    // One whose order is under way stays as it is, though a source of it was made anew.
    if (awaits_order(run_of(d))) continue;
    if (run_of(d).waiting == freed && !is_closed(d)) start(d);
  }
}

void run_draft::skip_dependents(std::uint32_t i, std::string_view what_happened) {
  std::string cause = identity(i)->id;
  cause += what_happened;
  std::vector<std::uint32_t> skipped{i};
  for (std::size_t at = 0; at < skipped.size(); ++at) {
    const auto source = skipped[at];
    for (const auto d : node(source).dependents) {
      if (is_closed(d) || awaits_order(run_of(d))) continue;
      emit(node_skipped{identity(d),
                        at == 0 ? cause : identity(source)->id + " was skipped because " + cause});
      close(d);
      skipped.push_back(d);
    }
  }
}

}  // namespace pitwall
