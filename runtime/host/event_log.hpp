// Job: committed events as log lines, so that a log alone tells what happened: trouble as warnings,
//      halts as errors, who steered what as info, the rest at debug.
// Threads: one, the broadcaster's; it builds lines only of those that the log wants.
// Durable: an event is logged once it is committed. Tests: tests/host/event_log_test.cpp
#pragma once

#include <memory>

#include "runtime/ports/event_sink.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

class event_log final : public event_sink {
 public:
  explicit event_log(std::shared_ptr<log_port> to) : to_(std::move(to)) {}
  bool offer(const committed_ref& commit) override;

 private:
  std::shared_ptr<log_port> to_;
};

/// The level at which an event is told.
log_level level_of(const event& e) noexcept;

}  // namespace pitwall
