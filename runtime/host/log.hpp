// Job: the log port on spdlog: text for people or one JSON object a line, to standard error or to a
//      file that is set aside when it grows.
// Threads: any. A line is made by whoever writes it, and goes out on a thread of the log's own: who
//      trades never waits for a disk or a terminal.
// Bounds: queue_lines wait; what comes faster takes the oldest one's place, is counted, and the log
//      says so where the gap is.
// Secrets: none is handed to it. Line breaks and other control characters in what it is handed are
//      escaped: a message is always one line.
// Tests: tests/host/log_test.cpp
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/host/console_log.hpp"

namespace pitwall {

struct log_options {
  std::string host{};  ///< In each JSON line, as lines of several hosts meet; empty: it is not.
  bool shows_host = false;  ///< In each line for people, too.
  log_form form = log_form::text;
  log_level least = log_level::info;
  std::filesystem::path file{};  ///< Empty: standard error.
  std::uint64_t max_file_bytes = 100U << 20U;
  std::uint64_t kept_files = 5;
  std::size_t queue_lines = 8'192;
  /// Takes the lines, with their ends, in the place of both; on the log's own thread.
  std::function<void(std::string_view)> instead{};
};

class host_log : public log_port {
 public:
  virtual void set_level(log_level least) noexcept = 0;
};

/// Errors: io_error where the file cannot be opened.
result<std::shared_ptr<host_log>> open_log(const log_options& options);

constexpr std::string_view to_string(log_level l) noexcept {
  constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(l)];
}
inline result<log_level> log_level_from_string(std::string_view text) {
  for (const auto l : {log_level::debug, log_level::info, log_level::warning, log_level::error})
    if (to_string(l) == text) return l;
  return error{errc::invalid_argument, "there is no such level", std::string(text),
               "give debug, info, warning or error"};
}

}  // namespace pitwall
