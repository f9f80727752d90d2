// Job: an append-only file of text lines, each durable before append() returns, for a process whose
//      state is too small for a database.
// Form: "<16 hex digits> <text>\n": the digits are of the SHA-256 of those of the line before and
// of
//      the text, so that a line that was changed, moved or taken out is found.
// Owns: the file, and its lock, which ends with the process however it dies.
// Errors: already_exists (another process has it), data_loss (with the line's number), io_error,
//      resource_exhausted. After a failed append() nothing more may be appended.
// Replacing: the new lines are written to "<file>.new" and made durable, then renamed; what a crash
//      leaves of them is removed at the next start.
// Crash: a last line that is not whole was never told of to anyone: it is cut off, and said. Damage
//      to the last line, or to the line end before it, cannot be told from that.
// Threads: one owner. Bounds: max_bytes, and everything is read into memory.
// Tests: tests/storage/line_log_test.cpp
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall {

class line_log {
 public:
  static constexpr std::uint64_t max_bytes = 1U << 30U;

  struct opened {
    std::unique_ptr<line_log> log;
    std::vector<std::string> lines;
    std::uint64_t cut_bytes = 0;
  };
  /// Makes the file where there is none.
  static result<opened> open(const std::filesystem::path& file);
  ~line_log();
  line_log(const line_log&) = delete;
  line_log& operator=(const line_log&) = delete;

  /// `text` has no line end in it.
  status append(std::string_view text);
  /// These lines in the place of all. A crash at any point leaves all of the old ones or all of the
  /// new ones. After an error that came before that moment the old ones go on.
  status replace(std::span<const std::string> lines);
  std::uint64_t size() const noexcept { return size_; }

 private:
  line_log(std::filesystem::path file, int fd) : file_(std::move(file)), fd_(fd) {}
  status take_place();
  status write_all_of(std::span<const std::string> lines);
  status read(opened& out);
  status cut(std::uint64_t size, opened& out);
  error failure(const std::string& what) const;

  std::filesystem::path file_;
  int fd_;
  std::string last_sum_;
  std::uint64_t size_ = 0;
  bool broken_ = false;
};

}  // namespace pitwall
