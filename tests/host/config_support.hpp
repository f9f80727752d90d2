// Job: what the tests of the configuration share: loading from texts, and problems as lines.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/host/config/settings.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

inline config::loaded load_file(const std::string& text,
                                std::vector<config::variable> environment = {},
                                std::vector<config::flag> flags = {}) {
  config::sources s;
  s.file = config::source_file{"host.json", text};
  s.environment = std::move(environment);
  s.flags = std::move(flags);
  return config::load(s);
}

inline config::settings good(const config::loaded& l) {
  for (const auto& p : l.problems) FAIL(p.to_string());
  return l.config;
}

inline std::string lines_of(const std::vector<error>& problems) {
  std::string out;
  for (const auto& p : problems) out += p.to_string() + "\n";
  return out;
}

/// Exactly one problem at this place, with these words in it.
inline void check_one(const std::vector<error>& problems, const std::string& where,
                      const std::string& words) {
  INFO(lines_of(problems));
  REQUIRE(problems.size() == 1);
  const auto& p = problems.front();
  CHECK(p.code == errc::invalid_argument);
  CHECK(p.where == where);
  CHECK_FALSE(p.remedy.empty());
  CHECK(p.to_string().find(words) != std::string::npos);
}

}  // namespace pitwall::test
