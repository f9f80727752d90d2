// Job: the metrics of a part that not every host has, as docs/metrics.md tells of them: in a list.
// Threads: pure but for the file.
#pragma once

#include <fstream>
#include <map>
#include <string>

#include "tests/support/paths.hpp"

namespace pitwall::test {

/// Name and type of each whose name begins so.
inline std::map<std::string, std::string> documented_metrics(const std::string& prefix) {
  std::map<std::string, std::string> out;
  std::ifstream in(source_path("/docs/metrics.md"));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("- `" + prefix)) continue;
    const auto end = line.find('`', 3), type = line.find('(', end) + 1;
    out[line.substr(3, end - 3)] = line.substr(type, line.find(';', type) - type);
  }
  return out;
}

}  // namespace pitwall::test
