// Job: what guards a host's TCP port (gate.hpp).
// Threads: plain values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pitwall::access {

struct gate_options {
  std::filesystem::path tokens{};              ///< The file; empty: there are none.
  std::vector<std::string> allowed_origins{};  ///< "https://desk.example": besides its own.
  bool always = false;                         ///< Also while there is no file.
};

}  // namespace pitwall::access
