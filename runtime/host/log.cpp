#include "runtime/host/log.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/clock.hpp"

namespace pitwall {
namespace {

spdlog::level::level_enum spd_level(log_level l) noexcept {
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info,
                                                  spdlog::level::warn, spdlog::level::err};
  return levels[static_cast<std::size_t>(l)];
}

/// A terminal must obey nothing that a message says, and a reader of lines see one line.
void append_escaped(std::string_view text, std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool c1 = c == 0xC2U && next >= 0x80U && next < 0xA0U;
    if (c == '\n') {
      out += "\\n";
    } else if (c < 0x20U || c == 0x7FU || c1) {
      const auto code = c1 ? next : c;
      out.append("\\x").append(1, digits[code >> 4U]).append(1, digits[code & 15U]);
      i += c1 ? 1 : 0;
    } else {
      out += text[i];
    }
  }
}

std::string text_line(std::string_view host, std::string_view logger, std::string_view message,
                      const log_context& about) {
  std::string line;
  append_escaped(logger, line);
  line += ": ";
  append_escaped(message, line);
  const auto field = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    line.append(" ").append(name).append("=");
    append_escaped(value, line);
  };
  field("host", host);
  // The execution's id has its workflow's in it.
  field("execution", about.execution_id);
  if (about.execution_id.empty()) field("workflow", about.workflow_id);
  field("bot", about.bot_id);
  field("node", about.node_id);
  if (about.seq != 0) field("seq", std::to_string(about.seq));
  return line;
}

std::string json_line(std::string_view host, log_level level, std::string_view logger,
                      std::string_view message, const log_context& about) {
  nlohmann::ordered_json line;
  line["timestamp"] = to_iso8601(system_wall_clock().now());
  line["level"] = to_string(level);
  line["logger"] = logger;
  line["message"] = message;
  const auto field = [&](const char* name, std::string_view value) {
    if (!value.empty()) line[name] = value;
  };
  field("host", host);
  field("execution_id", about.execution_id);
  field("workflow_id", about.workflow_id);
  field("bot_id", about.bot_id);
  field("strategy_id", about.strategy_id);
  field("node_id", about.node_id);
  if (about.seq != 0) line["seq"] = about.seq;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Hands each line on to a function.
class function_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit function_sink(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    take_(std::string_view(line.data(), line.size()));
  }
  void flush_() override {}

  std::function<void(std::string_view)> take_;
};

/// Before a line, the word that others are missing there.
class gap_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  using counter = std::function<std::uint64_t()>;
  using writer = std::function<std::string(std::string_view)>;
  gap_sink(spdlog::sink_ptr inner, counter lost, writer line)
      : inner_(std::move(inner)), lost_(std::move(lost)), line_(std::move(line)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (const auto lost = lost_(); lost > told_) {
      const auto line = line_(std::to_string(lost - std::exchange(told_, lost)) +
                              " lines were let go of: they came faster than they were written");
      inner_->log(spdlog::details::log_msg(message.logger_name, spdlog::level::warn, line));
    }
    inner_->log(message);
  }
  void flush_() override { inner_->flush(); }
  void set_pattern_(const std::string& pattern) override { inner_->set_pattern(pattern); }
  void set_formatter_(std::unique_ptr<spdlog::formatter> f) override {
    inner_->set_formatter(std::move(f));
  }

  spdlog::sink_ptr inner_;
  counter lost_;
  writer line_;
  std::uint64_t told_ = 0;
};

/// How one log writes its lines.
struct line_style {
  log_form form = log_form::text;
  std::string host{};
  bool shows_host = false;
};

std::string line_of(const line_style& s, log_level level, std::string_view logger,
                    std::string_view message, const log_context& about) {
  return s.form == log_form::json ? json_line(s.host, level, logger, message, about)
                                  : text_line(s.shows_host ? s.host : "", logger, message, about);
}

/// Throws spdlog_ex where the file cannot be opened.
spdlog::sink_ptr sink_of(const log_options& o) {
  if (o.instead) return std::make_shared<function_sink>(o.instead);
  if (o.file.empty()) return std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(o.file.string(), o.max_file_bytes,
                                                                o.kept_files);
}

const char* pattern_of(const log_options& o) {
  if (o.form == log_form::json) return "%v";
  return o.file.empty() ? "%H:%M:%S.%e %^%l%$ %v" : "%Y-%m-%d %H:%M:%S.%e %l %v";
}

class spd_log final : public host_log {
 public:
  explicit spd_log(const log_options& o)
      : style_{o.form, o.host, o.shows_host},
        lines_(std::make_shared<spdlog::details::thread_pool>(o.queue_lines, 1)) {
    auto sink = std::make_shared<gap_sink>(
        sink_of(o), [pool = lines_.get()] { return pool->overrun_counter(); },
        [style = style_](std::string_view text) {
          return line_of(style, log_level::warning, "log", text, {});
        });
    log_ = std::make_shared<spdlog::async_logger>("pitwall", std::move(sink), lines_,
                                                  spdlog::async_overflow_policy::overrun_oldest);
    log_->set_pattern(pattern_of(o));
    log_->flush_on(spdlog::level::trace);
    log_->set_level(spd_level(o.least));
  }

  void write(log_level level, std::string_view logger, std::string_view message,
             const log_context& context) override {
    if (!wants(level)) return;
    const auto line = line_of(style_, level, logger, message, context);
    log_->log(spd_level(level), spdlog::string_view_t(line));
  }
  bool wants(log_level level) const noexcept override { return log_->should_log(spd_level(level)); }
  std::uint64_t dropped() const noexcept override { return lines_->overrun_counter(); }
  void set_level(log_level least) noexcept override { log_->set_level(spd_level(least)); }

 private:
  const line_style style_;
  // Ends last, once it has written all that it was handed.
  std::shared_ptr<spdlog::details::thread_pool> lines_;
  std::shared_ptr<spdlog::logger> log_;
};

}  // namespace

result<std::shared_ptr<host_log>> open_log(const log_options& options) {
  try {
    return std::shared_ptr<host_log>(std::make_shared<spd_log>(options));
  } catch (const std::exception& e) {
    return error{errc::io_error, std::string("the log cannot be opened: ") + e.what(),
                 options.file.string(), "check the directory of log.file, and its permissions"};
  }
}

std::shared_ptr<log_port> make_console_log(log_form form, log_level least) {
  log_options o;
  o.form = form;
  o.least = least;
  return open_log(o).value();
}

}  // namespace pitwall
