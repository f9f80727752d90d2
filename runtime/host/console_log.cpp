#include "runtime/host/console_log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {
namespace {

spdlog::level::level_enum spd_level(log_level l) noexcept {
  switch (l) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view level_name(log_level l) noexcept {
  switch (l) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      return "error";
  }
  return "error";
}

class console_log final : public log_port {
 public:
  console_log(log_form form, log_level least)
      : form_(form),
        log_(std::make_shared<spdlog::logger>(
            "pitwall", std::make_shared<spdlog::sinks::stderr_color_sink_mt>())) {
    log_->set_level(spd_level(least));
    log_->set_pattern(form == log_form::json ? "%v" : "%H:%M:%S.%e %^%l%$ %v");
    log_->flush_on(spdlog::level::info);
  }

  void write(log_level level, std::string_view logger, std::string_view message,
             const log_context& context) override {
    if (!log_->should_log(spd_level(level))) return;
    std::string line;
    if (form_ == log_form::json) {
      line = "{\"timestamp\":\"" + to_iso8601(system_wall_clock().now()) + "\",\"level\":\"";
      line.append(level_name(level)).append("\",\"logger\":");
      append_json_string(logger, line);
      line += ",\"message\":";
      append_json_string(message, line);
      field("execution_id", context.execution_id, line);
      field("workflow_id", context.workflow_id, line);
      field("node_id", context.node_id, line);
      line += '}';
    } else {
      line.append(logger).append(": ").append(message);
      if (!context.execution_id.empty()) line.append(" [").append(context.execution_id).append("]");
      if (!context.node_id.empty()) line.append(" node ").append(context.node_id);
    }
    log_->log(spd_level(level), "{}", line);
  }

 private:
  static void field(std::string_view name, std::string_view text, std::string& line) {
    if (text.empty()) return;
    line.append(",\"").append(name).append("\":");
    append_json_string(text, line);
  }

  log_form form_;
  std::shared_ptr<spdlog::logger> log_;
};

}  // namespace

std::shared_ptr<log_port> make_console_log(log_form form, log_level least) {
  return std::make_shared<console_log>(form, least);
}

}  // namespace pitwall
