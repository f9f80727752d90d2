// Job: what is said of a command line with a command or an option that does not exist: which there
//      are, and the nearest.
// Threads: plain values. Tests: tests/process/manual_test.cpp
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>

#include "runtime/base/error.hpp"

namespace pitwall::cli {

/// `words`: the command line without the program's name. Nothing where commands and options are
/// known, and something else is wrong.
std::optional<error> unknown_word(const CLI::App& program, std::span<const char* const> words);

}  // namespace pitwall::cli
