// Job: runs an example's `start` as its README says, and sees that nothing of it is left.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

/// `settings`: NAME=VALUE, for its environment.
inline finished run_example(const std::string& name, const std::vector<std::string>& more = {},
                            const std::vector<std::string>& settings = {}) {
  scratch_directory temporary;
  std::vector<std::string> all{"/usr/bin/env", "PITWALL=" + pitwall_binary(),
                               "TMPDIR=" + temporary.path().string()};
  all.insert(all.end(), settings.begin(), settings.end());
  all.push_back(source_path("/examples/" + name + "/start"));
  all.insert(all.end(), more.begin(), more.end());
  auto out = run_program(all, std::chrono::seconds(120));
  CHECK(std::filesystem::is_empty(temporary.path()));
  return out;
}

/// A setting: so long may an order to that venue take, where the machine stands still for seconds.
inline std::string late(const std::string& venue, const std::string& window) {
  return "PITWALL__VENUES__" + venue + "__RECV_WINDOW=" + window;
}

/// Where each of these stands behind the one before it; the first that does not.
inline std::string missing_in_order(const std::string& text,
                                    const std::vector<std::string>& parts) {
  std::size_t at = 0;
  for (const auto& part : parts) {
    at = text.find(part, at);
    if (at == std::string::npos) return part;
    at += part.size();
  }
  return {};
}

}  // namespace pitwall::test
