#include "tests/docs/markdown.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>

namespace documents {
namespace {

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\r')) s.remove_suffix(1);
  return s;
}

/// Reads line by line; what belongs together is handed to the page when it ends.
class reader {
 public:
  explicit reader(page& out) : out_(out) {}

  void line(std::string_view text) {
    ++number_;
    const auto bare = trimmed(text);
    if (bare.starts_with("```")) return fence(bare);
    if (fenced_) return code(text);
    if (bare.empty()) return end_paragraph();
    if (paragraph_.text.empty() && text.starts_with("    ")) return code(text);
    if (bare.front() == '#' && heading(bare)) return;
    if (bare.front() == '|') end_paragraph();
    if (paragraph_.text.empty()) paragraph_.line = number_;
    paragraph_.text += (paragraph_.text.empty() ? "" : " ") + std::string(bare);
    if (bare.front() == '|') end_paragraph();
  }

  void end_paragraph() {
    if (!paragraph_.text.empty()) out_.prose.push_back(paragraph_);
    paragraph_ = {};
    command_ = {};
  }

 private:
  void fence(std::string_view bare) {
    end_paragraph();
    fenced_ = !fenced_;
    const auto language = bare.substr(3);
    shell_ = language.empty() || language == "text" || language == "sh";
    json_ = language == "json";
    if (fenced_ && json_) out_.json.push_back({"", number_});
  }

  void code(std::string_view text) {
    if (fenced_ && json_) out_.json.back().text += std::string(text) + "\n";
    if (fenced_ && !shell_) return;
    if (command_.text.empty()) command_.line = number_;
    auto bare = trimmed(text);
    const bool goes_on = bare.ends_with('\\');
    if (goes_on) bare.remove_suffix(1);
    command_.text += std::string(bare) + (goes_on ? " " : "");
    if (goes_on) return;
    out_.shell.push_back(command_);
    command_ = {};
  }

  bool heading(std::string_view bare) {
    const auto depth = bare.find_first_not_of('#');
    if (depth == std::string_view::npos || depth > 6 || bare[depth] != ' ') return false;
    end_paragraph();
    const auto anchor = anchor_of(bare.substr(depth + 1));
    const auto before = seen_[anchor]++;
    out_.anchors.insert(before == 0 ? anchor : anchor + "-" + std::to_string(before));
    return true;
  }

  page& out_;
  piece paragraph_, command_;
  std::map<std::string, std::size_t> seen_;
  std::size_t number_ = 0;
  bool fenced_ = false, shell_ = false, json_ = false;
};

}  // namespace

page read_page(std::string path, std::string_view text) {
  page out;
  out.path = std::move(path);
  reader lines(out);
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.line(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  lines.end_paragraph();
  return out;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<page> read_pages(const std::filesystem::path& root) {
  std::vector<page> out;
  const auto add = [&](const std::filesystem::directory_entry& e) {
    if (!e.is_regular_file() || e.path().extension() != ".md") return;
    const auto path = e.path().lexically_relative(root).generic_string();
    if (path.find("node_modules") == std::string::npos)
      out.push_back(read_page(path, read_file(e.path())));
  };
  for (const auto& e : std::filesystem::directory_iterator(root)) add(e);
  for (const char* below : {"docs", "examples", "tests", "bench", "packaging"})
    for (const auto& e : std::filesystem::recursive_directory_iterator(root / below)) add(e);
  std::sort(out.begin(), out.end(), [](const page& a, const page& b) { return a.path < b.path; });
  return out;
}

std::vector<std::string> code_spans(std::string_view prose) {
  std::vector<std::string> out;
  for (std::size_t at = prose.find('`'); at != std::string_view::npos;) {
    const auto end = prose.find('`', at + 1);
    if (end == std::string_view::npos) break;
    std::string span(prose.substr(at + 1, end - at - 1));
    for (auto bar = span.find("\\|"); bar != std::string::npos; bar = span.find("\\|", bar))
      span.erase(bar, 1);
    out.push_back(std::move(span));
    at = prose.find('`', end + 1);
  }
  return out;
}

std::vector<std::string> links(std::string_view prose) {
  std::string bare;
  bool code = false;
  for (const char c : prose) {
    if (c == '`') code = !code;
    bare += code ? ' ' : c;
  }
  std::vector<std::string> out;
  for (auto at = bare.find("]("); at != std::string::npos; at = bare.find("](", at + 2)) {
    const auto end = bare.find(')', at);
    if (end != std::string::npos) out.push_back(bare.substr(at + 2, end - at - 2));
  }
  return out;
}

std::string anchor_of(std::string_view heading) {
  std::string out;
  for (const char c : trimmed(heading)) {
    const auto u = static_cast<unsigned char>(c);
    if (c == ' ' || c == '-') out += '-';
    if (c == '_' || std::isalnum(u) != 0 || u >= 0x80) out += static_cast<char>(std::tolower(u));
  }
  return out;
}

void findings::add(const page& where, const piece& at, const std::string& message) {
  all.push_back(where.path + ":" + std::to_string(at.line) + ": " + message);
}

std::string findings::text() const {
  std::string out;
  for (const auto& one : all) out += "\n  " + one;
  return out;
}

}  // namespace documents
