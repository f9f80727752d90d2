// Job: the command line as a manual page and as a completion for bash, made from the declarations
//      that parse it: neither can name what there is not, nor leave out what there is.
// Tests: tests/process/manual_test.cpp
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace pitwall::cli {

/// In troff's man macros.
std::string manual_page(const CLI::App& program);
std::string bash_completion(const CLI::App& program);

/// The hidden command that prints them, for whoever makes a package.
void add_manual(CLI::App& app, int& exit);

}  // namespace pitwall::cli
