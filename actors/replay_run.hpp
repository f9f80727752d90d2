// Job: an execution's state, from its events in the journal alone.
// Errors: those of journal::read; data_loss where it has no events.
#pragma once

#include <memory>

#include "runtime/ports/journal.hpp"
#include "runtime/workflow/run.hpp"

namespace pitwall {

result<std::shared_ptr<run_state>> replay_run(const journal& history, std::shared_ptr<const plan> p,
                                              scope_ref scope);

}  // namespace pitwall
