// Job: where the sources and the programs under test are.
// Why no macros: paths on the command line would make every test's object another one in each clone
//      for the compiler cache; they stand in paths.cpp alone.
#pragma once

#include <string>
#include <vector>

namespace pitwall::test {

/// `below` the top of the sources: "/docs/risk.md".
std::string source_path(const std::string& below);
/// The programs that test_process and test_net run; empty in a build without them.
std::string pitwall_binary();
/// `pitwall WORDS` for a machine that may stand still for seconds: a host that waits longer for its
/// venues before it says "ready:" ...
std::vector<std::string> waiting_pitwall(const std::vector<std::string>& words);
/// ... and whose orders to "sim" may arrive late, too: not where they are to be proven absent.
std::vector<std::string> patient_pitwall(const std::vector<std::string>& words);
std::string witness_binary();
std::string stuck_disk_library();
/// A worker of another version.
std::string other_worker_binary();

}  // namespace pitwall::test
