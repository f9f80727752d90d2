// Job: what the house says to its operator. The host maps it to spdlog; tests collect it.
// Threads: any. Secrets never enter a log line.
#pragma once

#include <cstdint>
#include <string_view>

namespace pitwall {

enum class log_level : std::uint8_t { debug, info, warning, error };

struct log_context {
  std::string_view execution_id, workflow_id, node_id;
};

class log_port {
 public:
  virtual ~log_port() = default;
  virtual void write(log_level level, std::string_view logger, std::string_view message,
                     const log_context& context = {}) = 0;
};

}  // namespace pitwall
