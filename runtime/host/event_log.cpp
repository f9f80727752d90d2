#include "runtime/host/event_log.hpp"

#include <string>
#include <type_traits>

namespace pitwall {
namespace {

template <class... Ts>
struct cases : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
cases(Ts...) -> cases<Ts...>;

std::string because(const std::string& reason, const std::string& who = {}) {
  std::string out = reason.empty() ? "" : ": " + reason;
  return who.empty() ? out : out + " (" + who + ")";
}

std::string figures(const std::string& scope, const std::string& limit, decimal figure,
                    decimal threshold) {
  return scope + " " + limit + ": " + figure.to_string() + " of " + threshold.to_string();
}

/// What there is to say beside the type; empty: nothing.
std::string details(const event_body& body) {
  return std::visit(
      cases{[](const execution_failed& e) { return e.error_type + because(e.error); },
            [](const execution_halted& e) { return e.emergency_state + because(e.reason); },
            [](const execution_cancelled& e) { return e.reason; },
            [](const node_failed& e) { return e.error_type + because(e.error); },
            [](const node_skipped& e) { return e.reason; },
            [](const node_retrying& e) { return e.error_type + because(e.error); },
            [](const order_submitted& e) { return e.client_order_id; },
            [](const order_intent& e) { return e.client_order_id; },
            [](const order_filled& e) {
              return e.client_order_id + ": " + e.fill.quantity.to_string() + " at " +
                     e.fill.price.to_string();
            },
            [](const order_rejected& e) {
              return e.client_order_id + ": " + e.code + because(e.reason);
            },
            [](const order_canceled& e) { return e.client_order_id + because(e.reason); },
            [](const order_in_doubt& e) { return e.client_order_id + because(e.reason); },
            [](const order_settled& e) {
              return e.client_order_id + " " + e.as + because(e.reason, e.operator_name);
            },
            [](const notification_sent& e) { return e.message; },
            [](const emergency_state_changed& e) {
              return e.scope + " " + e.previous_state + " -> " + e.new_state +
                     because(e.reason, e.operator_name);
            },
            [](const circuit_breaker_state_changed& e) {
              return e.breaker + " " + e.previous_state + " -> " + e.new_state +
                     because(e.reason, e.operator_name);
            },
            [](const risk_limit_warning& e) {
              return figures(e.scope, e.limit, e.figure, e.threshold);
            },
            [](const risk_limit_exceeded& e) {
              return figures(e.scope, e.limit, e.figure, e.threshold);
            },
            [](const bot_state_changed& e) {
              return e.previous_state + " -> " + e.new_state + because(e.reason, e.operator_name);
            },
            [](const auto&) { return std::string(); }},
      body);
}

template <class T, class... Ts>
constexpr bool is_one_of = (std::is_same_v<T, Ts> || ...);

}  // namespace

log_level level_of(const event& e) noexcept {
  return std::visit(
      [](const auto& body) {
        using type = std::decay_t<decltype(body)>;
        if constexpr (is_one_of<type, emergency_state_changed>)
          return closes_scope(body) ? log_level::error : log_level::warning;
        else if constexpr (is_one_of<type, risk_limit_exceeded>)
          return log_level::error;
        else if constexpr (is_one_of<type, execution_failed, execution_halted, node_failed,
                                     order_rejected, order_in_doubt, risk_limit_warning,
                                     circuit_breaker_state_changed>)
          return log_level::warning;
        else if constexpr (is_one_of<type, bot_state_changed, order_settled, execution_resumed,
                                     execution_cancelled>)
          return log_level::info;
        else
          return log_level::debug;
      },
      e.body);
}

bool event_log::offer(const committed_ref& commit) {
  auto seq = commit->first_seq;
  for (const auto& batch : commit->batches)
    for (const auto& e : batch.events) {
      const auto level = level_of(e);
      const auto own = seq++;
      if (!to_->wants(level)) continue;
      log_context about;
      if (batch.scope != nullptr) {
        about.execution_id = batch.scope->execution_id;
        about.workflow_id = batch.scope->workflow_id;
        about.bot_id = batch.scope->bot_id;
        about.strategy_id = batch.scope->strategy_id;
      }
      if (const auto* node = node_of(e.body)) about.node_id = node->id;
      about.seq = own;
      std::string text(type_name(e.body));
      if (const auto more = details(e.body); !more.empty()) text += ": " + more;
      to_->write(level, "event", text, about);
    }
  return true;
}

}  // namespace pitwall
