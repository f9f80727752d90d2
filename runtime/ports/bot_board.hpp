// Job: which bots take starts now, and why the others do not: written by the bots actor alone,
//      read by the workflow actors and whoever shows bots.
// Why shared memory: a start is refused in its workflow actor, which must not wait for another.
// Threads: any; the mutex is held for a copy.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/workflow/bot.hpp"

namespace pitwall {

struct bot_condition {
  bot_state state = bot_state::running;
  timestamp since{};  ///< Zero: nobody has spoken of it yet.
  std::string reason, operator_name;
};

class bot_board {
 public:
  void set(const std::string& bot, bot_condition now) {
    const std::lock_guard lock(mutex_);
    bots_[bot] = std::move(now);
  }
  /// One that nobody wrote about runs.
  bot_condition read(const std::string& bot) const {
    const std::lock_guard lock(mutex_);
    const auto found = bots_.find(bot);
    return found == bots_.end() ? bot_condition{} : found->second;
  }
  std::map<std::string, bot_condition> all() const {
    const std::lock_guard lock(mutex_);
    return bots_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, bot_condition> bots_;
};

}  // namespace pitwall
