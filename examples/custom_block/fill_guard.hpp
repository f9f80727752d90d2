// Job: an actor of our own: it hears of every fill once that is in the journal, and halts a bot
// that
//      has more than so many within a minute.
// Owns: the latest fills of each bot. Threads: the actor's; what it calls of the host may be called
//      from any. Time: that of the events.
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <string>

#include "runtime/ports/control.hpp"

namespace desk {

struct guard_rules {
  std::size_t most = 0;  ///< Fills of a bot within a minute.
  /// Told once the halt is durable, on any thread.
  std::function<void(const std::string& bot, const pitwall::emergency_answer&)> halted;
};

/// `host` outlives it.
caf::actor spawn_fill_guard(caf::actor_system& in, pitwall::control& host, guard_rules rules);

/// Tells it of the host's fills until the token is destroyed.
std::shared_ptr<void> listen(pitwall::control& host, const caf::actor& guard);

}  // namespace desk
