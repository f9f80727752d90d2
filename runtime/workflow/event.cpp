#include "runtime/workflow/event.hpp"

#include <array>
#include <type_traits>

namespace pitwall {

namespace {

constexpr std::array<std::string_view, 28> type_names{
    "execution_started",  "execution_completed", "execution_failed",
    "execution_halted",   "execution_cancelled", "node_started",
    "node_completed",     "node_failed",         "node_skipped",
    "node_state_changed", "order_intent",        "order_submitted",
    "order_filled",       "order_rejected",      "order_canceled",
    "order_in_doubt",     "notification_sent",   "emergency_state_changed",
    "execution_resumed",  "node_retrying",       "circuit_breaker_state_changed",
    "risk_limit_warning", "risk_limit_exceeded", "bot_state_changed",
    "trip_recorded",      "trip_acknowledged",   "order_settled",
    "bot_metrics"};

static_assert(std::variant_size_v<event_body> == type_names.size(),
              "a new event type needs its name here and its fields in event_json.cpp");
static_assert(std::is_same_v<std::variant_alternative_t<18, event_body>, execution_resumed>);
static_assert(
    std::is_same_v<std::variant_alternative_t<20, event_body>, circuit_breaker_state_changed>);
static_assert(std::is_same_v<std::variant_alternative_t<22, event_body>, risk_limit_exceeded>);
static_assert(std::is_same_v<std::variant_alternative_t<23, event_body>, bot_state_changed>);
static_assert(std::is_same_v<std::variant_alternative_t<25, event_body>, trip_acknowledged>);
static_assert(std::is_same_v<std::variant_alternative_t<26, event_body>, order_settled>);
static_assert(std::is_same_v<std::variant_alternative_t<27, event_body>, bot_metrics>);

}  // namespace

std::string_view to_string(run_status s) noexcept {
  switch (s) {
    case run_status::queued:
      return "queued";
    case run_status::running:
      return "running";
    case run_status::completed:
      return "completed";
    case run_status::completed_with_errors:
      return "completed_with_errors";
    case run_status::failed:
      return "failed";
    case run_status::timed_out:
      return "timed_out";
    case run_status::halted:
      return "halted";
    case run_status::cancelled:
      return "cancelled";
  }
  return "failed";
}

bool closes_scope(const emergency_state_changed& change) noexcept {
  if (change.previous_state == "shutdown") return false;
  return change.new_state == "shutdown" ||
         (change.new_state == "halt" && change.previous_state != "halt");
}

bool is_final(run_status s) noexcept { return s > run_status::running; }

std::string_view to_string(node_status s) noexcept {
  switch (s) {
    case node_status::pending:
      return "pending";
    case node_status::running:
      return "running";
    case node_status::retrying:
      return "retrying";
    case node_status::completed:
      return "completed";
    case node_status::failed:
      return "failed";
    case node_status::skipped:
      return "skipped";
    case node_status::in_doubt:
      return "in_doubt";
    case node_status::halted:
      return "halted";
    case node_status::cancelled:
      return "cancelled";
  }
  return "failed";
}

std::string_view type_name(const event_body& body) noexcept { return type_names[body.index()]; }

std::vector<std::string_view> event_type_names() { return {type_names.begin(), type_names.end()}; }

const node_identity* node_of(const event_body& body) noexcept {
  return std::visit(
      [](const auto& e) -> const node_identity* {
        if constexpr (requires { e.node; }) {
          return e.node.get();
        } else {
          return nullptr;
        }
      },
      body);
}

}  // namespace pitwall
