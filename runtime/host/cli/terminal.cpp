#include "runtime/host/cli/terminal.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime/host/cli/exit_codes.hpp"

namespace pitwall::cli {
namespace {

bool starts_code_point(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

}  // namespace

bool is_terminal(int stream) noexcept { return isatty(stream) == 1; }

bool wants_colour(int stream) noexcept {
  const char* term = std::getenv("TERM");
  return is_terminal(stream) && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
         std::strcmp(term, "dumb") != 0;
}

std::string paint(std::string_view text, colour c, bool enabled) {
  if (!enabled || c == colour::none) return std::string(text);
  const char* code = "";
  switch (c) {
    case colour::green:
      code = "32";
      break;
    case colour::red:
      code = "31";
      break;
    case colour::yellow:
      code = "33";
      break;
    case colour::dim:
      code = "2";
      break;
    case colour::bold:
      code = "1";
      break;
    case colour::none:
      break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  }
  return out;
}

std::string format_milliseconds(const decimal& milliseconds) {
  const double ms = milliseconds.to_double();
  if (ms < 1) return fmt::format("{:.0f} us", ms * 1'000);
  if (ms < 1'000) return fmt::format("{:.1f} ms", ms);
  if (ms < 60'000) return fmt::format("{:.1f} s", ms / 1'000);
  const auto seconds = static_cast<long long>(ms / 1'000);
  return fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

std::string shorten(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t points = 0;
  for (const char c : text) {
    if (starts_code_point(c) && ++points > width) {
      while (!out.empty() && !starts_code_point(out.back())) out.pop_back();
      if (!out.empty()) out.pop_back();
      return out + "…";
    }
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

void print_error(const error& e) {
  const bool colours = wants_colour(2);
  std::string text = e.message.empty() ? std::string(to_string(e.code)) : e.message;
  if (!e.where.empty()) text += " (" + e.where + ")";
  fmt::print(stderr, "pitwall: {} {}\n", paint("error:", colour::red, colours), text);
  if (!e.remedy.empty()) fmt::print(stderr, "         {}\n", e.remedy);
}

void progress_line::show(std::uint64_t done, std::uint64_t all) {
  const auto now = clock::now();
  if (now < next_ || !is_terminal(2)) return;
  next_ = now + std::chrono::milliseconds(200);
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}: {} of {} ({} %)", what_, done, all,
             all == 0 ? 100 : std::min(done, all) * 100 / all);
  std::fflush(stderr);
}

void progress_line::clear() {
  if (std::exchange(shown_, false)) fmt::print(stderr, "\r\x1b[K");
}

int give_up(const error& e) {
  print_error(e);
  return exit_code_of(e);
}

void print_problems(std::string_view file, const std::vector<problem>& problems) {
  const bool colours = wants_colour(2);
  std::size_t errors = 0, warnings = 0;
  for (const auto wanted : {problem::severity::error, problem::severity::warning})
    for (const auto& p : problems) {
      if (p.level != wanted) continue;
      const bool bad = wanted == problem::severity::error;
      (bad ? errors : warnings) += 1;
      std::string place(file);
      if (!p.pointer.empty()) place += "#" + p.pointer;
      if (!p.block_id.empty()) place += " (block '" + p.block_id + "')";
      fmt::print(
          stderr, "{}: {} {}\n", place,
          bad ? paint("error:", colour::red, colours) : paint("warning:", colour::yellow, colours),
          p.message);
      if (!p.remedy.empty()) fmt::print(stderr, "    {}\n", p.remedy);
    }
  if (errors > 0)
    fmt::print(stderr, "{}: {} error{}, {} warning{}\n", file, errors, errors == 1 ? "" : "s",
               warnings, warnings == 1 ? "" : "s");
}

std::string current_user() {
  const auto* entry = getpwuid(getuid());
  return entry != nullptr ? entry->pw_name : std::to_string(getuid());
}

}  // namespace pitwall::cli
