#include "runtime/host/metrics/bot_tally.hpp"

#include "runtime/base/limits.hpp"

namespace pitwall {
namespace {

void count(bot_metrics& m, const event_body& body) {
  if (std::holds_alternative<execution_started>(body)) {
    ++m.started;
  } else if (const auto* end = std::get_if<execution_completed>(&body)) {
    ++(end->status == run_status::completed ? m.completed : m.completed_with_errors);
  } else if (const auto* failure = std::get_if<execution_failed>(&body)) {
    ++(failure->error_type == "timeout" ? m.timed_out : m.failed);
  } else if (std::holds_alternative<execution_halted>(body)) {
    ++m.halted;
  } else if (std::holds_alternative<execution_cancelled>(body)) {
    ++m.cancelled;
  } else if (std::holds_alternative<order_filled>(body)) {
    ++m.fills;
  }
}

}  // namespace

bool bot_tally::offer(const committed_ref& commit) {
  const std::lock_guard lock(mutex_);
  for (const auto& batch : commit->batches) {
    if (!batch.scope || batch.scope->bot_id.empty() || batch.scope->execution_id.empty()) continue;
    auto at = bots_.find(batch.scope->bot_id);
    if (at == bots_.end()) {
      if (bots_.size() >= limits::max_reported_bots) continue;
      at = bots_.emplace(batch.scope->bot_id, bot_metrics{}).first;
    }
    for (const auto& e : batch.events) count(at->second, e.body);
  }
  return true;
}

std::map<std::string, bot_metrics> bot_tally::read() const {
  const std::lock_guard lock(mutex_);
  return bots_;
}

}  // namespace pitwall
