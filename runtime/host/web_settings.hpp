// Job: where the web requests of workflows may go (net/client/web_gate.hpp).
// Threads: plain values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall {

struct web_settings {
  std::vector<std::string> allow;  ///< HOST[:PORT], although their addresses are not public.
  std::filesystem::path ca_file;   ///< Whose certificates to believe; none: the system's.
};

/// What is wrong with them: invalid_argument, io_error.
status check(const web_settings& s);

}  // namespace pitwall
