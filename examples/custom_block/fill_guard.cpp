#include "fill_guard.hpp"

#include <deque>
#include <map>
#include <variant>

namespace desk {
namespace {

using namespace pitwall;

struct guard_state {
  std::map<std::string, std::deque<std::int64_t>> fills;  ///< By bot, in microseconds.
};

void halt(control& host, const std::string& bot, const guard_rules& rules) {
  emergency_command command;
  command.scope = "bot:" + bot;
  command.reason = "more than " + std::to_string(rules.most) + " fills within a minute";
  command.operator_name = "fill_guard";
  command.trigger = "fill_guard";
  host.emergency(std::move(command), [bot, told = rules.halted](result<emergency_answer> answer) {
    if (answer.ok()) told(bot, *answer);
  });
}

caf::behavior fill_guard(caf::stateful_actor<guard_state>* self, control* host,
                         const guard_rules& rules) {
  return {[self, host, rules](const std::string& bot, std::int64_t at) {
    auto& fills = self->state.fills[bot];
    fills.push_back(at);
    while (fills.front() < at - 60'000'000) fills.pop_front();
    if (fills.size() == rules.most + 1) halt(*host, bot, rules);
  }};
}

}  // namespace

caf::actor spawn_fill_guard(caf::actor_system& in, control& host, guard_rules rules) {
  return in.spawn(fill_guard, &host, std::move(rules));
}

std::shared_ptr<void> listen(control& host, const caf::actor& guard) {
  // On the broadcaster's thread: a message is all that may be done here.
  return host.on_published([guard](const committed_ref& commit) {
    for (const auto& batch : commit->batches) {
      for (const auto& e : batch.events) {
        if (!std::holds_alternative<order_filled>(e.body)) continue;
        caf::anon_send(guard, batch.scope->bot_id, std::int64_t{e.at.time_since_epoch().count()});
      }
    }
  });
}

}  // namespace desk
