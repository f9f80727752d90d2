// Job: holds the output that an example's README shows to what the example prints: the same lines
//      under the same headings, whatever figures, ids and times are in them.
// Threads: plain values. Tests: tests/examples/readme_sample_test.cpp
#pragma once

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/paths.hpp"

namespace pitwall::test {

struct sample_rules {
  /// Words that stand for one another in both: {"(east|west)", "EXCHANGE"}.
  std::vector<std::pair<std::string, std::string>> same{};
  /// Patterns of whole lines, as form_of() has them, that one run has and another has not.
  std::vector<std::string> may_vary{};
};

/// The first block of text in an example's README.
inline std::string readme_sample(const std::string& example) {
  std::ifstream in(source_path("/examples/" + example + "/README.md"));
  std::ostringstream all;
  all << in.rdbuf();
  const auto text = all.str();
  const std::string fence = "```text\n";
  const auto begin = text.find(fence);
  if (begin == std::string::npos) return {};
  return text.substr(begin + fence.size(), text.find("```", begin + 3) - begin - fence.size());
}

/// A line without what differs from run to run.
inline std::string form_of(std::string line, const sample_rules& rules = {}) {
  // What is cut off at the width of a page ends somewhere within a word.
  constexpr std::size_t width = 119;
  if (line.size() >= width) line.resize(line.rfind(' '));
  static const std::vector<std::pair<std::regex, std::string>> everywhere{
      {std::regex(R"(\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d:\d\d:\d\d\.\d+)"), "TIME"},
      {std::regex("[0-9A-HJKMNP-TV-Z]{26}"), "ID"},
      {std::regex("[0-9a-f]{32,}"), "HASH"},
      {std::regex(R"([-+]?\d+(\.\d+)?)"), "#"},
      {std::regex("# (us|ms|s)\\b"), "# s"},
      {std::regex(" +"), " "},
      {std::regex("^ | $"), ""}};
  for (const auto& [what, word] : rules.same)
    line = std::regex_replace(line, std::regex(what), word);
  for (const auto& [what, word] : everywhere) line = std::regex_replace(line, what, word);
  return line;
}

/// What stands under one heading, in any order and number: nodes run side by side.
struct sample_part {
  std::string heading;
  std::set<std::string> lines{};
};

inline std::vector<sample_part> parts_of(const std::string& text, const sample_rules& rules) {
  std::vector<sample_part> out{{"the beginning"}};
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto form = form_of(line, rules);
    if (form.starts_with("== "))
      out.push_back({form});
    else if (!form.empty())
      out.back().lines.insert(form);
  }
  return out;
}

/// Where the two differ, line by line; empty: nowhere.
inline std::string sample_differences(const std::string& sample, const std::string& printed,
                                      const sample_rules& rules = {}) {
  const auto shown = parts_of(sample, rules), real = parts_of(printed, rules);
  if (shown.size() == 1 && shown[0].lines.empty()) return "there is no sample";
  if (shown.size() != real.size())
    return std::to_string(shown.size() - 1) + " headings in the sample, and " +
           std::to_string(real.size() - 1) + " printed";
  std::string out;
  const auto varies = [&](const std::string& line) {
    return std::any_of(rules.may_vary.begin(), rules.may_vary.end(),
                       [&](const auto& p) { return std::regex_match(line, std::regex(p)); });
  };
  const auto only = [&](const sample_part& a, const sample_part& b, const char* where) {
    for (const auto& line : a.lines)
      if (!b.lines.contains(line) && !varies(line))
        out.append(where).append(" alone, under ").append(a.heading).append(": ") += line + "\n";
  };
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i].heading != real[i].heading)
      out += "'" + shown[i].heading + "' in the sample, '" + real[i].heading + "' printed\n";
    only(shown[i], real[i], "in the sample");
    only(real[i], shown[i], "printed");
  }
  return out;
}

}  // namespace pitwall::test
