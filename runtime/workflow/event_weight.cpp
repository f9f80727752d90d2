#include "runtime/workflow/event_weight.hpp"

#include <type_traits>

#include "runtime/base/limits.hpp"

namespace pitwall {

namespace {

constexpr std::size_t fixed = 64;

std::size_t of(const outputs_ref& outputs) {
  std::size_t sum = 0;
  if (outputs == nullptr) return sum;
  for (const auto& v : outputs->values) sum += weight(v);
  return sum;
}

/// What of each event has no bound of its own.
struct weigh {
  std::size_t operator()(const execution_started& e) const { return weight(e.trigger); }
  std::size_t operator()(const node_completed& e) const { return of(e.outputs); }
  std::size_t operator()(const node_state_changed& e) const {
    return weight(e.state) + of(e.outputs);
  }
  std::size_t operator()(const notification_sent& e) const {
    return e.message.size() + e.url.size();
  }
  std::size_t operator()(const node_failed& e) const { return e.error.size(); }
  std::size_t operator()(const node_retrying& e) const { return e.error.size(); }
  std::size_t operator()(const execution_failed& e) const { return e.error.size(); }
  std::size_t operator()(const execution_resumed& e) const { return 8 * e.again.size(); }
  std::size_t operator()(const trip_recorded& e) const {
    return 64 * e.unanswered.size() + weight(e.evidence);
  }
  std::size_t operator()(const auto&) const { return 0; }
};

}  // namespace

std::size_t event_weight(const event& e) { return fixed + std::visit(weigh{}, e.body); }

std::size_t batch_weight(const event_batch& batch) {
  std::size_t sum = 0;
  for (const auto& e : batch.events) sum += event_weight(e);
  return sum;
}

}  // namespace pitwall
