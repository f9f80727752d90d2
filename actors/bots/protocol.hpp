// Job: the messages of the bots actor, the one owner of which bot runs, is paused or stopped.
// Order: a pause or a stop shuts the board first, is then journaled (always synced), then answered:
//      after the answer none of the bot's workflows takes a start. A start is journaled first, and
//      opens the board then. Cancelling what a stopped bot runs is the host's, after the answer.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <string>

#include "actors/inspect.hpp"
#include "actors/journal_writer/protocol.hpp"
#include "actors/type_ids.hpp"
#include "runtime/workflow/bot.hpp"

namespace pitwall {

struct steer_bot {
  std::string bot_id;
  bot_action action = bot_action::pause;
  std::string reason, operator_name;
  std::string trigger = "manual";  ///< manual, or what did it: workflow_given_up
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, steer_bot& x) {
  auto action = static_cast<std::uint8_t>(x.action);
  auto load = [&]() -> caf::error {
    if (action > static_cast<std::uint8_t>(bot_action::stop)) return caf::sec::invalid_argument;
    x.action = static_cast<bot_action>(action);
    return caf::none;
  };
  return f(caf::meta::type_name("steer_bot"), x.bot_id, action, x.reason, x.operator_name,
           x.trigger, caf::meta::load_callback(load));
}

/// To itself: time to tell what the bots have come to (reporter.hpp).
struct report_bots {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, report_bots&) {
  return f(caf::meta::type_name("report_bots"));
}

struct bot_outcome {
  std::string previous_state, state;
  wire_error failure;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, bot_outcome& x) {
  return f(caf::meta::type_name("bot_outcome"), x.previous_state, x.state, x.failure);
}

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_bots, pitwall::type_ids::bots)
CAF_ADD_TYPE_ID(pitwall_bots, (pitwall::steer_bot))
CAF_ADD_TYPE_ID(pitwall_bots, (pitwall::bot_outcome))
CAF_ADD_TYPE_ID(pitwall_bots, (pitwall::report_bots))
CAF_END_TYPE_ID_BLOCK(pitwall_bots)

namespace pitwall {

using bots_actor =
    caf::typed_actor<caf::replies_to<steer_bot>::with<bot_outcome>, caf::reacts_to<durable>>;
using reporter_actor = caf::typed_actor<caf::reacts_to<report_bots>, caf::reacts_to<durable>>;

}  // namespace pitwall
