// Job: what the commands print with: colours on a terminal only, tables, durations.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/error.hpp"
#include "runtime/base/value.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall::cli {

enum class colour : unsigned char { none, green, red, yellow, dim, bold };

/// Whether the stream (1: output, 2: error) is a terminal that wants colours (NO_COLOR, TERM=dumb).
bool is_terminal(int stream) noexcept;
bool wants_colour(int stream) noexcept;
std::string paint(std::string_view text, colour c, bool enabled);

/// Columns as wide as their widest cell (counted in code points); the last one is not padded.
std::string format_table(const std::vector<std::vector<std::string>>& rows);

/// "850 us", "12.3 ms", "4.2 s", "3 min 12 s" from a number of milliseconds.
std::string format_milliseconds(const decimal& milliseconds);

/// One line on standard error, rewritten as work goes on: only on a terminal, and only where it
/// takes longer than a second.
class progress_line {
 public:
  explicit progress_line(std::string what) : what_(std::move(what)) {}
  ~progress_line() { clear(); }
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  void show(std::uint64_t done, std::uint64_t all);
  void clear();

 private:
  using clock = std::chrono::steady_clock;
  std::string what_;
  clock::time_point next_ = clock::now() + std::chrono::seconds(1);
  bool shown_ = false;
};

/// One line, cut to `width` code points with an ellipsis; control characters are blanked.
std::string shorten(std::string_view text, std::size_t width);

/// To standard error: "pitwall: message (at where)" and the remedy on its own line.
void print_error(const error& e);
/// Prints it, and returns the exit code of a command that it kept from its work.
int give_up(const error& e);
/// All problems of a file, one a line, errors first; and how many there are.
void print_problems(std::string_view file, const std::vector<problem>& problems);

/// Who runs this: the name of the user.
std::string current_user();

}  // namespace pitwall::cli
