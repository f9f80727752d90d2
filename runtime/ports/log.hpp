// Job: what the house says to its operator. The host maps it to spdlog; tests collect it.
// Threads: any. Secrets never enter a log line.
#pragma once

#include <cstdint>
#include <string_view>

namespace pitwall {

enum class log_level : std::uint8_t { debug, info, warning, error };

/// What a line is about; empty and 0 where it is about none of that.
struct log_context {
  std::string_view execution_id, workflow_id, node_id, bot_id, strategy_id;
  std::uint64_t seq = 0;  ///< Of the event that it tells of.
};

class log_port {
 public:
  virtual ~log_port() = default;
  virtual void write(log_level level, std::string_view logger, std::string_view message,
                     const log_context& context = {}) = 0;
  /// Whether a line of this level would be written: building it may cost something.
  virtual bool wants(log_level) const noexcept { return true; }
  /// Lines that were let go of so far, because they came faster than they could be written.
  virtual std::uint64_t dropped() const noexcept { return 0; }
};

}  // namespace pitwall
