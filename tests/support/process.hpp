// Job: runs a real program in a test: its output, its exit code, its death. Every wait has a
//      deadline.
#pragma once

#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pitwall::test {

struct finished {
  int exit_code = -1;  ///< -1: ended by a signal, or did not end in time (and was killed).
  std::string out, err;
};

/// Runs to the end; standard input is empty.
finished run_program(const std::vector<std::string>& arguments,
                     std::chrono::seconds patience = std::chrono::seconds(60));

/// A running program whose standard output can be read line by line. It dies with a test that is
/// killed, where the test's main thread made it.
class child_process {
 public:
  explicit child_process(const std::vector<std::string>& arguments);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  /// The next line without its end; empty at the end of the output or after `patience`.
  std::string read_line(std::chrono::milliseconds patience = std::chrono::seconds(30));
  /// Reads until a line that starts with `prefix`; false where none came.
  bool await_line(const std::string& prefix);
  /// All that is left, until the output is closed.
  std::vector<std::string> rest();
  /// -1 once it was waited for.
  pid_t id() const noexcept { return pid_; }
  /// Nothing once it was waited for.
  void signal(int number);
  /// The most memory that it has had so far (VmHWM), in bytes; 0 where it is gone.
  std::uint64_t peak_memory() const;
  /// What it has now (VmRSS), in bytes.
  std::uint64_t memory() const;
  std::size_t open_files() const;
  /// Of processor time, so far.
  std::chrono::milliseconds busy() const;
  std::size_t file_limit() const;
  /// At most so many open files from now on.
  void limit_files(std::size_t most) const;
  /// The exit code, or minus the signal that ended it.
  int wait();

 private:
  std::uint64_t status_bytes(std::string_view name) const;

  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
};

/// A fresh directory that is removed at the end.
class scratch_directory {
 public:
  scratch_directory();
  ~scratch_directory();
  const std::filesystem::path& path() const noexcept { return path_; }
  /// Writes a file into it and returns its path.
  std::filesystem::path write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace pitwall::test
