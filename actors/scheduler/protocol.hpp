// Job: the messages of the scheduler, the one owner of what starts workflows without a person: the
//      clock, other workflows' events, and prices.
// Promise: no moment and no event starts two executions, over any number of restarts: every start
//      carries an idempotency key made of bot and moment (docs/triggers.md).
// Bounds: of each trigger one execution runs, and fire_policy::queue_limit fires wait.
#pragma once

#include <atomic>
#include <caf/all.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/breakers/protocol.hpp"
#include "actors/type_ids.hpp"
#include "runtime/ports/control.hpp"
#include "runtime/workflow/block.hpp"

namespace pitwall {

/// To itself: something may be due. Of an earlier turn: nothing.
struct wake_up {
  std::uint64_t turn = 0;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, wake_up& x) {
  return f(caf::meta::type_name("wake_up"), x.turn);
}

/// The table (table.hpp) says something else now.
struct read_table {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_table&) {
  return f(caf::meta::type_name("read_table"));
}

/// To itself, from the completion of a start. Of a trigger that is another one now: nothing.
struct start_answered {
  std::string bot_id;
  std::uint64_t trigger = 0;  ///< Which of the bot's, over time.
  result<start_answer> answer;
};
/// The same of a start after a failure.
struct restart_answered {
  std::string bot_id;
  std::string failed_id;  ///< The execution that failed.
  result<start_answer> answer;
};

/// To itself, from the venue.
struct price_seen {
  std::string bot_id;
  std::uint64_t trigger = 0;
  result<market_data> answer;
};

/// How a bot's executions ended: all of those since it was told last, in one.
struct bot_ends {
  bool succeeded = false;                 ///< One completed,
  std::uint64_t failed = 0;               ///< and so many failed after it,
  std::string execution_id, workflow_id;  ///< this one last.

  void add(const bot_ends& later) {
    if (later.succeeded) *this = {true, 0, {}, {}};
    if (later.failed == 0) return;
    failed += later.failed;
    execution_id = later.execution_id;
    workflow_id = later.workflow_id;
  }
};

/// Of commits: that there is something that a trigger waits for (news.hpp); the journal has it.
struct trigger_news {
  struct span {
    std::uint64_t from = 0, up_to = 0;  ///< Both included; not everything between is for it.
  };
  std::uint64_t first_of_all = 0;        ///< Not 0: nothing before this seq was looked at.
  bool ended = false;                    ///< An execution of a workflow that has a trigger.
  std::map<std::string, span> events;    ///< By bot.
  std::map<std::string, bot_ends> ends;  ///< Of bots that are started again when they fail.
};
/// The one unread message: what comes meanwhile takes the place of what it says, with all of that.
struct trigger_letter {
  std::atomic<std::shared_ptr<const trigger_news>> news;  ///< Null: it was read.
};
using trigger_letter_ref = std::shared_ptr<trigger_letter>;

struct ask_triggers {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_triggers&) {
  return f(caf::meta::type_name("ask_triggers"));
}
struct trigger_list {
  std::map<std::string, trigger_view> by_bot;
};

}  // namespace pitwall

CAF_BEGIN_TYPE_ID_BLOCK(pitwall_scheduler, pitwall::type_ids::scheduler)
CAF_ADD_TYPE_ID(pitwall_scheduler, (pitwall::wake_up))
CAF_ADD_TYPE_ID(pitwall_scheduler, (pitwall::ask_triggers))
CAF_ADD_TYPE_ID(pitwall_scheduler, (pitwall::read_table))
CAF_END_TYPE_ID_BLOCK(pitwall_scheduler)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::start_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::restart_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::price_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::trigger_letter_ref)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pitwall::trigger_list)

namespace pitwall {

using scheduler_actor =
    caf::typed_actor<caf::reacts_to<wake_up>, caf::reacts_to<read_table>,
                     caf::reacts_to<start_answered>, caf::reacts_to<restart_answered>,
                     caf::reacts_to<price_seen>, caf::reacts_to<trigger_letter_ref>,
                     caf::reacts_to<call_granted>, caf::reacts_to<call_refused>,
                     caf::replies_to<ask_triggers>::with<trigger_list>>;

}  // namespace pitwall
