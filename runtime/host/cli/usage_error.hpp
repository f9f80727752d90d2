// Job: what is said of a command line that is refused: of a command or an option that does not
//      exist, which there are, and the nearest; of all else, whose help says what it takes.
// Threads: plain values. Tests: tests/process/manual_test.cpp
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>

#include "runtime/base/error.hpp"

namespace pitwall::cli {

/// `words`: the command line without the program's name. `what`: what is wrong with it, where all
/// its commands and options exist.
error usage_error(const CLI::App& program, std::span<const char* const> words, std::string what);

}  // namespace pitwall::cli
