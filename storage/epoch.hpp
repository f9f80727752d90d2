// Job: names the lives of a journal between which published events may have been lost: a seq that
//      a viewer holds stands for the same event as long as the epoch is the same.
// Rule: it changes at a start that finds no epoch (a new journal, what was salvaged, memory), after
//      a life in `async` that did not end in order, and in another directory: its file EPOCH is not
//      in backups, so what was put in place of the journal begins a new one. A kill in `sync` loses
//      nothing that was published: the epoch stays.
// Durable: both are synced before they return, whatever the mode, save `memory`.
// Threads: one owner. Errors: of the store. Tests: tests/storage/epoch_test.cpp
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/ports/state_store.hpp"

namespace pitwall {

/// In the store; without it the next start begins a new epoch.
inline constexpr std::string_view epoch_key = "journal/epoch";

/// Beside the journal's files.
inline constexpr const char* epoch_file = "EPOCH";

/// The epoch of the life that begins; before anything is committed in it. `fresh`: a name never
/// used before. `directory`: of the journal; empty in memory.
result<std::string> begin_epoch(state_store& states, durability how,
                                const std::filesystem::path& directory, const std::string& fresh);

/// An orderly end: all that was committed is durable once this is.
status end_epoch(state_store& states);

}  // namespace pitwall
