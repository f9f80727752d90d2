// Job: the house rules that a compiler does not see: sizes, headers, time, sleeping, doubles,
//      locks. Threads: plain values.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/layering/source_file.hpp"

namespace layering {

inline constexpr std::size_t max_header_lines = 250;
inline constexpr std::size_t max_source_lines = 400;
inline constexpr std::size_t max_test_lines = 600;
inline constexpr std::size_t max_function_lines = 70;
inline constexpr std::size_t max_columns = 100;

/// Words that may not stand in the code of these folders.
struct word_rule {
  std::vector<std::string_view> words;
  std::vector<std::string_view> in, except;  ///< Beginnings of paths.
  std::string_view reason;
};

inline const std::vector<word_rule> word_rules = {
    {{"sleep_for", "sleep_until", "usleep", "nanosleep"},
     {"actors/", "runtime/", "net/", "storage/", "tests/"},
     {},
     "nothing sleeps: time is given, and events wake"},
    {{"double", "float"},
     {"runtime/risk/", "actors/order_router/", "net/venues/"},
     {},
     "money is decimal, never through double"},
    {{"mutex", "shared_mutex", "recursive_mutex", "lock_guard", "unique_lock", "scoped_lock",
      "shared_lock", "condition_variable"},
     {"actors/"},
     {},
     "an actor owns its state; no locks in actors"},
    {{"system_clock::now", "high_resolution_clock::now", "gettimeofday", "time(nullptr)",
      "time(NULL)"},
     {"actors/", "runtime/", "net/", "storage/", "examples/"},
     {"runtime/host/", "runtime/base/clock.cpp", "runtime/base/boot_clock.cpp"},
     "time is given: take `now` or a wall_clock"},
    // The server's thread asks what it has used of its processor, which is no time of day.
    {{"clock_gettime"},
     {"actors/", "runtime/", "net/", "storage/", "examples/"},
     {"runtime/host/", "runtime/base/clock.cpp", "runtime/base/boot_clock.cpp",
      "net/server/engine.cpp"},
     "time is given: take `now` or a wall_clock"},
    // Sockets have deadlines on the monotonic clock, which no decision ever reads.
    {{"steady_clock::now"},
     {"actors/", "runtime/", "net/", "storage/", "examples/"},
     {"runtime/host/", "runtime/base/clock.cpp", "net/"},
     "time is given: take `now` or a wall_clock"},
};

inline bool starts_with_any(std::string_view path, const std::vector<std::string_view>& all) {
  for (std::string_view prefix : all) {
    if (path.starts_with(prefix)) return true;
  }
  return false;
}

inline std::size_t columns_of(std::string_view line) {
  std::size_t columns = 0;
  for (char c : line) columns += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
  return columns;
}

inline std::size_t line_at(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + at, '\n'));
}

inline void check_sizes(const source& s, std::vector<finding>& out) {
  const std::vector<std::string_view> lines = lines_of(s.text);
  const bool test = s.path.starts_with("tests/");
  const bool header = s.path.ends_with(".hpp");
  const std::size_t most = test ? max_test_lines : header ? max_header_lines : max_source_lines;
  if (lines.size() > most) {
    out.push_back({s.path, lines.size(),
                   "has " + std::to_string(lines.size()) + " lines, at most " +
                       std::to_string(most) + ": it holds two ideas, split it"});
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (columns_of(lines[i]) > max_columns) {
      out.push_back({s.path, i + 1, "has more than " + std::to_string(max_columns) + " columns"});
    }
  }
}

inline void check_header(const source& s, std::vector<finding>& out) {
  if (!s.path.ends_with(".hpp")) return;
  if (s.text.find("\n#pragma once\n") == std::string::npos) {
    out.push_back({s.path, 1, "has no #pragma once"});
  }
  const std::string opening = s.text.substr(0, s.text.find("\n#"));
  if (!opening.starts_with("//") || opening.find("Job:") == std::string::npos) {
    out.push_back({s.path, 1, "does not open with a comment that says its Job:"});
  }
}

/// Whether `pattern`, in which a star stands for anything, is this path.
inline bool fits(std::string_view pattern, std::string_view path) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  const std::string_view end = pattern.substr(star + 1);
  return path.size() + 1 >= pattern.size() && path.starts_with(pattern.substr(0, star)) &&
         path.ends_with(end);
}

/// Tests that a text names by their path must be there.
inline void check_named_tests(const source& s, const std::vector<source>& all,
                              std::vector<finding>& out) {
  constexpr std::string_view ending = "_test.cpp";
  for (std::size_t at = s.text.find("tests/"); at != std::string::npos;
       at = s.text.find("tests/", at + 1)) {
    std::size_t end = at;
    while (end < s.text.size() && (is_word(s.text[end]) || s.text[end] == '/' ||
                                   s.text[end] == '*' || s.text[end] == '.')) {
      ++end;
    }
    std::string_view name(s.text.data() + at, end - at);
    while (name.ends_with('.')) name.remove_suffix(1);
    if (!name.ends_with(ending)) continue;
    const auto is_it = [&](const source& other) { return fits(name, other.path); };
    if (std::any_of(all.begin(), all.end(), is_it)) continue;
    out.push_back(
        {s.path, line_at(s.text, at), "names a test that is not there: " + std::string(name)});
  }
}

inline void check_words(const source& s, std::string_view code, std::vector<finding>& out) {
  for (const word_rule& rule : word_rules) {
    if (!starts_with_any(s.path, rule.in) || starts_with_any(s.path, rule.except)) continue;
    for (std::string_view word : rule.words) {
      for (std::size_t at = find_word(code, word); at != std::string_view::npos;
           at = find_word(code, word, at + 1)) {
        out.push_back({s.path, line_at(code, at),
                       "uses " + std::string(word) + ": " + std::string(rule.reason)});
      }
    }
  }
  for (std::string_view word : {"TODO", "FIXME", "XXX"}) {
    // Put together, so that this file does not object to itself.
    if (s.path.starts_with("tests/layering/")) break;
    const std::size_t at = find_word(s.text, word);
    if (at == std::string_view::npos) continue;
    out.push_back(
        {s.path, line_at(s.text, at), "says " + std::string(word) + ": do it or drop it"});
  }
}

inline void check_name(const source& s, std::vector<finding>& out) {
  const std::size_t slash = s.path.rfind('/');
  const std::string_view name = std::string_view(s.path).substr(slash + 1);
  std::string spaced(name);
  for (char& c : spaced) c = c == '_' || c == '.' ? ' ' : c;
  for (std::string_view word : {"manager", "helper", "helpers", "util", "utils", "misc"}) {
    if (find_word(spaced, word) != std::string_view::npos) {
      out.push_back({s.path, 1, "is named " + std::string(word) + ": name what it does"});
    }
  }
}

/// What opens a brace: `head` is the code since the last `;`, `{` or `}`.
inline bool opens_function(std::string_view head) {
  while (!head.empty() && std::isspace(static_cast<unsigned char>(head.front())) != 0) {
    head.remove_prefix(1);
  }
  if (head.starts_with("template")) {
    int depth = 0;
    std::size_t i = head.find('<');
    for (; i < head.size(); ++i) {
      depth += head[i] == '<' ? 1 : head[i] == '>' ? -1 : 0;
      if (depth == 0) break;
    }
    return i < head.size() && opens_function(head.substr(i + 1));
  }
  for (std::string_view word : {"namespace", "class", "struct", "enum", "union"}) {
    if (find_word(head, word) == 0) return false;
  }
  return head.find('(') != std::string_view::npos;
}

inline void check_functions(const source& s, std::string_view code, std::vector<finding>& out) {
  std::string plain(code);
  bool directive = false;  // Macros are no functions; their lines would confuse the braces.
  for (std::size_t at = 0, start = 0; at <= plain.size(); ++at) {
    if (at < plain.size() && plain[at] != '\n') continue;
    const std::size_t first = plain.find_first_not_of(" \t", start);
    if (!directive) directive = first < at && plain[first] == '#';
    const bool more = at > start && plain[at - 1] == '\\';
    if (directive) std::fill(plain.begin() + start, plain.begin() + at, ' ');
    directive = directive && more;
    start = at + 1;
  }
  std::vector<bool> scopes;  // For each open brace: is it a function's?
  std::size_t inside = 0, opened_at = 0, head = 0;
  for (std::size_t at = 0; at < plain.size(); ++at) {
    const char c = plain[at];
    if (c == '{') {
      const bool function =
          inside == 0 && opens_function(std::string_view(plain).substr(head, at - head));
      if (function) opened_at = at;
      inside += function || inside > 0 ? 1 : 0;
      scopes.push_back(function || inside > 0);
    } else if (c == '}' && !scopes.empty()) {
      if (scopes.back() && --inside == 0) {
        const std::size_t first = line_at(plain, opened_at), last = line_at(plain, at);
        if (last - first + 1 > max_function_lines) {
          out.push_back({s.path, first,
                         "opens a function of " + std::to_string(last - first + 1) +
                             " lines, at most " + std::to_string(max_function_lines)});
        }
      }
      scopes.pop_back();
    }
    if (c == '{' || c == '}' || c == ';') head = at + 1;
  }
}

inline std::vector<finding> check_tidy(const source& s) {
  std::vector<finding> out;
  const std::string code = code_of(s.text, literals::blank);
  check_sizes(s, out);
  check_header(s, out);
  check_words(s, code, out);
  check_name(s, out);
  if (!s.path.starts_with("tests/") && !s.path.starts_with("bench/")) {
    check_functions(s, code, out);
  }
  return out;
}

}  // namespace layering
