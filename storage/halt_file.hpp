// Job: the file HALTED of a data directory: while it is there, the next start is halted
//      (runtime/ports/halt_marker.hpp). It holds a line: the scope and the reason of the halt.
// Durable: `then` hears of it after the file and its directory were synced. What was written stays
//      visible to the next process also where a sync hangs: that takes a power cut to lose.
// Threads: leave() and lift() any, and return at once; one thread of its own works through them in
//      order. Destruction waits for that thread for `patience`, then leaves it to itself.
// Errors: each is logged, and told to who waits. Tests: tests/storage/halt_file_test.cpp
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "runtime/ports/halt_marker.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

class halt_file final : public halt_marker {
 public:
  static constexpr std::chrono::seconds patience{2};

  halt_file(const std::filesystem::path& data_directory, std::shared_ptr<log_port> log);
  ~halt_file() override;
  halt_file(const halt_file&) = delete;
  halt_file& operator=(const halt_file&) = delete;

  void leave(const emergency_command& command, std::function<void(status)> then) override;
  void lift() override;

  /// What an earlier process left; nothing: it left none. A file that cannot be read is one too.
  static std::optional<std::string> read(const std::filesystem::path& data_directory);
  /// Of a data directory whose halt stands in the journal by now. Blocks.
  static status remove(const std::filesystem::path& data_directory);

 private:
  struct work;
  void enqueue(std::function<void()> job);

  std::filesystem::path directory_;
  std::shared_ptr<log_port> log_;
  std::shared_ptr<work> work_;
};

}  // namespace pitwall
