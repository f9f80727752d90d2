// Job: the emergency state that a host starts with, from what the journal and the marker file
//      (storage/halt_file.hpp) say. What cannot be read or understood halts: `halts` are to be
//      journaled before any order path opens.
// Threads: pure. Tests: tests/host/restored_emergency_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/ports/journal.hpp"
#include "runtime/risk/emergency.hpp"
#include "runtime/workflow/event.hpp"

namespace pitwall {

struct restored_emergency {
  emergency_book book;
  std::vector<emergency_command> halts;
  std::vector<event> changes;  ///< To be journaled: a shutdown that was left.
};

/// `marker`: what an earlier process left because it could not journal a halt.
restored_emergency restore_emergency(const result<std::vector<emergency_state_changed>>& journaled,
                                     const std::optional<std::string>& marker, bool leave_shutdown,
                                     timestamp now);

}  // namespace pitwall
