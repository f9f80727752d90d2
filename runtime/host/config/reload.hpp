// Job: a configuration that was read anew against the one in force: what of it can change while the
//      host runs, and what waits for a start.
// Rules: bots are told apart by their ids, so that their order means nothing. One that is new is
//      taken, and one that is gone refused, as a whole.
// Threads: pure. Tests: tests/host/config_reload_test.cpp
#pragma once

#include "runtime/host/config/settings.hpp"
#include "runtime/ports/control.hpp"

namespace pitwall::config {

struct reload_plan {
  settings next;  ///< What is in force once it is done: the old, with what could change.
  reload_outcome outcome;
  std::vector<std::string> new_bots;  ///< Their ids: what they need is not there yet.
};

/// Precondition: both were checked.
reload_plan plan_reload(const settings& now, const settings& read);

}  // namespace pitwall::config
