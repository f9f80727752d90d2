// Job: what the program's --help says of a command: its options, what it takes, its subcommands.
// Threads: plain values; program_help is for one thread.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace documents {

struct command_help {
  std::map<std::string, bool> options;  ///< By name; true: a value follows.
  std::set<std::string> repeated;       ///< Options that take several values.
  std::set<std::string> subcommands;
  std::size_t needed = 0, most = 0;  ///< Positionals.
  bool needs_subcommand = false;
};

/// Asks the program, once for each command.
class program_help {
 public:
  /// Null where there is no such command.
  const command_help* of(const std::vector<std::string>& command);

 private:
  std::map<std::vector<std::string>, command_help> known_;
};

/// The `pitwall` calls in a line of shell, each in words; those of a usage line without its
/// brackets.
std::vector<std::vector<std::string>> pitwall_calls(const std::string& line);

/// What the program would not take; empty where it would. `whole`: what it needs has to be there,
/// too.
std::string objection(program_help& help, const std::vector<std::string>& call, bool whole);

}  // namespace documents
