#include "runtime/workflow/rejection_code.hpp"

#include <algorithm>
#include <array>

namespace pitwall {
namespace {

constexpr rejection_code table[] = {
    {"daily_loss_limit", rejected_by::risk},
    {"max_drawdown", rejected_by::risk},
    {"max_position_size", rejected_by::risk},
    {"max_order_size", rejected_by::risk},
    {"max_order_notional", rejected_by::risk},
    {"price_collar", rejected_by::risk},
    {"orders_per_second", rejected_by::risk},
    {"max_open_orders", rejected_by::risk},
    {"duplicate_order", rejected_by::risk_or_venue},
    {"figures_unknown", rejected_by::risk},
    {"currency_unknown", rejected_by::risk},
    {"price_unknown", rejected_by::risk},
    {"halted", rejected_by::host},
    {"permit_void", rejected_by::host},
    {"not_reserved", rejected_by::host},
    {"venue_closed", rejected_by::host},
    {"not_sent", rejected_by::host},
    {"rate_limited", rejected_by::host_or_venue},
    {"circuit_open", rejected_by::host},
    {"venue_busy", rejected_by::host},
    {"retry_budget", rejected_by::host},
    {"dry_run", rejected_by::host},
    {"data_only", rejected_by::host},
    {"invalid_order_id", rejected_by::host_or_venue},
    {"unknown_symbol", rejected_by::host_or_venue},
    {"invalid_amount", rejected_by::host_or_venue},
    {"invalid_price", rejected_by::host_or_venue},
    {"filter_failure", rejected_by::venue},
    {"insufficient_balance", rejected_by::venue},
    {"too_many_open_orders", rejected_by::venue},
    {"order_refused", rejected_by::venue},
    {"invalid_parameter", rejected_by::venue},
    {"timestamp_refused", rejected_by::venue},
    {"unauthorized", rejected_by::venue},
    {"rejected_on_demand", rejected_by::venue},
    {"rejected", rejected_by::venue},
};

bool is_number_of_venue(std::string_view code) noexcept {
  constexpr std::string_view prefix = "venue_";
  return code.starts_with(prefix) && code.size() > prefix.size() &&
         code.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

}  // namespace

std::string_view to_string(rejected_by who) noexcept {
  switch (who) {
    case rejected_by::risk:
      return "risk";
    case rejected_by::host:
      return "the host";
    case rejected_by::venue:
      return "the venue";
    case rejected_by::risk_or_venue:
      return "risk or the venue";
    case rejected_by::host_or_venue:
      return "the host or the venue";
  }
  return {};
}

std::span<const rejection_code> rejection_codes() noexcept { return table; }

std::optional<bool> had_left(std::string_view code) noexcept {
  if (is_number_of_venue(code)) return true;
  const auto* const at = std::find_if(std::begin(table), std::end(table),
                                      [&](const auto& r) { return r.code == code; });
  if (at == std::end(table)) return std::nullopt;
  switch (at->by) {
    case rejected_by::risk:
    case rejected_by::host:
      return false;
    case rejected_by::venue:
      return true;
    case rejected_by::risk_or_venue:
    case rejected_by::host_or_venue:
      break;
  }
  return std::nullopt;
}

}  // namespace pitwall
