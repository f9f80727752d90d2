// Job: the scheduler (protocol.hpp): it hands time, events and prices to the state machines of
//      runtime/schedule, and carries out what they decide.
// Time: one timer, for what is due next; it sleeps by a clock that nobody sets, so while a clock's
//      trigger has something to come it looks at the wall clock every two seconds: set forward, a
//      fire that then lies in the past is still on time.
// Durable: a note for each trigger in the state store, written before a start is asked for, and not
//      waited for: it says where to go on. That nothing starts twice does not rest on it, but on
//      the idempotency key, which the journal keeps with the start.
// Errors: a start that is refused is logged and counted as skipped; one that may be taken later
//      (unavailable, resource_exhausted) is tried while it is not too late.
// Tests: tests/actors/scheduler_test.cpp, tests/process/triggers_test.cpp
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/resident.hpp"
#include "actors/scheduler/protocol.hpp"
#include "actors/scheduler/table.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/bot_board.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/ports/state_store.hpp"
#include "runtime/ports/venue.hpp"
#include "runtime/schedule/fire_plan.hpp"
#include "runtime/schedule/market_watch.hpp"
#include "runtime/schedule/trigger_binding.hpp"

namespace pitwall {

struct scheduler_options {
  std::shared_ptr<const trigger_table> table;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<const journal> history;
  std::shared_ptr<state_store> notes;
  durability mode = durability::async;  ///< Of the notes.
  std::shared_ptr<const bot_board> bots;
  std::shared_ptr<log_port> log;
  /// As control::start; must not block.
  std::function<void(start_request, control::completion<start_answer>)> start;
  /// Asks for an execution's end, again and again until it has come; must not block.
  std::function<void(const std::string& execution_id, const std::string& why)> cancel;
  /// Null where there is none of this name.
  std::function<std::shared_ptr<venue>(const std::string& name)> find_venue;
  breakers_actor breakers{};  ///< Null: venues are asked without one.
  /// A bot failed too often: it shall take no starts any more; must not block.
  std::function<void(const std::string& bot_id, const std::string& why)> pause;
};

class scheduler : public resident<scheduler_actor> {
 public:
  /// The wall clock is looked at again after this, whatever is due.
  static constexpr std::chrono::seconds longest_sleep{60};
  static constexpr std::chrono::seconds clock_look{2};
  static_assert(clock_look < fire_policy::on_time);
  /// Events before this many are not looked for at the start.
  static constexpr std::uint64_t events_looked_at = 100'000;

  /// An execution that was told to end, and has not, is told again.
  static constexpr std::chrono::seconds cancel_pause{2};
  /// A venue that has not answered by then is asked anew.
  static constexpr std::chrono::seconds call_patience{30};

  scheduler(caf::actor_config& cfg, scheduler_options options);

  const char* name() const override { return "scheduler"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct entry {
    entry(trigger_binding b, std::uint64_t n)
        : bound(std::move(b)), number(n), line(bound.trigger.policy) {}

    trigger_binding bound;
    std::uint64_t number;                 ///< Of the bot's triggers over time this one.
    std::optional<fire_plan> plan{};      ///< Of a clock; the others have
    fire_line line;                       ///< this alone.
    std::optional<market_watch> watch{};  ///< Of prices.
    std::shared_ptr<venue> market{};
    timestamp next_poll{};
    timestamp looked_at{};
    timestamp cancel_again{};  ///< While the running one has been told to end.
    bool price_failed = false;
    std::uint64_t call = 0;  ///< The token of the call for a price; 0: none is under way.
    timestamp call_ends{};   ///< Nobody waits for it longer.
    breaker_actor guard{};   ///< Which granted it.
    bool behind = false;     ///< The journal could not be read up to the latest news.
    std::map<std::uint64_t, value> prices{};  ///< What open fires saw, by number.
    std::uint64_t last_number = 0;            ///< Of a fire; of events: up to this seq.
    std::string execution{};                  ///< The running one.
    std::string note{};
    std::uint64_t unsaid = 0;  ///< Skipped since the last start, for the reason told then.
    trigger_view figures{};
  };

  struct restart {
    restart(restart_binding b, restart_memory from)
        : bound(std::move(b)), line(bound.policy, std::move(from)) {}
    restart_binding bound;
    restart_line line;
    std::string note{};
  };

  void read_table();
  void restore(entry& e);
  void restore_place(entry& e, const value& note);
  void tick();
  void arm();
  static std::optional<timestamp> next_wake(const entry& e);
  void act(entry& e, const fire_actions& actions);
  void start(entry& e, const fire_action& a);
  void skipped(entry& e, const fire_action& a);
  void answered(const start_answered& message);
  void look_after_running(entry& e);
  void cancel(entry& e);
  static bool cancelling(const entry& e);
  void ended(entry& e);
  void keep_note(entry& e);
  std::string key_of(const entry& e, timestamp at, std::uint64_t number) const;
  result<value> trigger_of(const entry& e, const fire_action& a) const;
  /// Why its bot takes no starts; empty: it does.
  std::string shut(const entry& e) const;
  void offer(entry& e, fire f, fire_actions& out);
  // news.cpp
  void hear(trigger_letter& letter);
  void look_back(entry& e, std::uint64_t up_to);
  void read_on(entry& e, std::uint64_t after, std::uint64_t up_to);
  void happened(entry& e, const recorded_event& event, fire_actions& out);
  // prices.cpp
  void poll(entry& e);
  void ask_price(entry& e);
  void granted(const call_granted& message);
  void refused(const call_refused& message);
  void no_price(entry& e, const std::string& why);
  void end_call(entry& e, call_outcome outcome);
  entry* calling(std::uint64_t token);
  void priced(const price_seen& message);
  void watched(entry& e, const market_data& data);
  // restarts.cpp
  void bind_restarts(const std::vector<restart_binding>& all);
  void look_at_latest(restart& r, bool answers);
  void ended(restart& r, const bot_ends& ends);
  void tick_restarts(timestamp now);
  void answered(const restart_answered& message);
  void keep_note(restart& r);

  void say(log_level level, const entry& e, const std::string& text) const;

  scheduler_options options_;
  std::map<std::string, entry> entries_;     ///< By bot.
  std::map<std::string, restart> restarts_;  ///< By bot.
  std::uint64_t turn_ = 0, last_trigger_ = 0, last_call_ = 0;
};

}  // namespace pitwall
