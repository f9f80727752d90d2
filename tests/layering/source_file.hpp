// Job: what the rules look at: the sources of the house, and their text without comments and
//      literals, so that a word in a comment is no violation.
// Threads: plain values.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace layering {

struct source {
  std::string path;  ///< From the repository root, with '/'.
  std::string text;
};

struct finding {
  std::string path;
  std::size_t line = 0;
  std::string message;
};

inline std::string to_string(const finding& f) {
  return f.path + ":" + std::to_string(f.line) + ": " + f.message;
}

inline std::string to_string(const std::vector<finding>& findings) {
  std::string out;
  for (const finding& f : findings) out += "\n  " + to_string(f);
  return out;
}

inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return out;
}

inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Place of `word` in `text` as a whole word, from `from` on; npos where there is none.
inline std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
  for (std::size_t at = text.find(word, from); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word(text[at - 1]) || !is_word(word.front());
    const std::size_t end = at + word.size();
    const bool ends = end == text.size() || !is_word(text[end]) || !is_word(word.back());
    if (starts && ends) return at;
  }
  return std::string_view::npos;
}

enum class literals { keep, blank };

/// The end of the comment or literal that starts at `at`; `at` itself where none does.
inline std::size_t end_of_token(std::string_view text, std::size_t at) {
  const auto after = [&](std::size_t found, std::size_t size) {
    return found == std::string_view::npos ? text.size() : found + size;
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return after(text.find('\n', at), 0);
  if (rest.starts_with("/*")) return after(text.find("*/", at + 2), 2);
  if (rest.starts_with("R\"") && (at == 0 || !is_word(text[at - 1]))) {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos) return text.size();
    const std::string close = ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"";
    return after(text.find(close, open), close.size());
  }
  // A quote between digits separates them: 1'000.
  const bool separator = text[at] == '\'' && at > 0 && is_word(text[at - 1]);
  if (text[at] != '"' && (text[at] != '\'' || separator)) return at;
  for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[at]) {
      return i + 1;
    }
  }
  return at + 1;
}

/// The text with comments (and, as asked, literals) as blanks; lines stay where they are.
inline std::string code_of(std::string_view text, literals mode) {
  std::string out(text);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_token(text, at);
    if (end == at) {
      ++at;
      continue;
    }
    if (text[at] == '/' || mode == literals::blank) {
      std::replace_if(
          out.begin() + static_cast<std::ptrdiff_t>(at),
          out.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return c != '\n'; }, ' ');
    }
    at = end;
  }
  return out;
}

/// Every .hpp and .cpp below these folders of the repository, sorted by path.
inline std::vector<source> read_sources(const std::filesystem::path& root,
                                        const std::vector<std::string>& folders) {
  std::vector<source> out;
  for (const std::string& folder : folders) {
    if (!std::filesystem::exists(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".hpp" && extension != ".cpp")) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      out.push_back({entry.path().lexically_relative(root).generic_string(),
                     {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const source& a, const source& b) { return a.path < b.path; });
  return out;
}

}  // namespace layering
