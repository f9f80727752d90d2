// Job: how the nouns of runtime/ cross to another host: CAF 0.17 inspectors, in one place.
//      Decoding never trusts its input: what does not decode ends in an error, not in a crash.
#pragma once

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/sec.hpp>
#include <caf/string_algorithms.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/risk/emergency.hpp"
#include "runtime/workflow/block.hpp"
#include "runtime/workflow/event.hpp"
#include "runtime/workflow/order.hpp"
#include "runtime/workflow/order_word.hpp"

namespace pitwall {

/// Shown as an int64 of microseconds since the epoch while `f` inspects.
class wire_time {
 public:
  explicit wire_time(timestamp& t) : time_(t), us_(t.time_since_epoch().count()) {}
  std::int64_t& count() noexcept { return us_; }
  void load() noexcept { time_ = timestamp(microseconds(us_)); }

 private:
  timestamp& time_;
  std::int64_t us_;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, decimal& x) {
  auto high = static_cast<std::int64_t>(x.raw() >> 64);
  auto low = static_cast<std::uint64_t>(x.raw());
  auto load = [&]() -> caf::error {
    x = decimal::from_raw(static_cast<int128>((static_cast<uint128>(high) << 64) | low));
    return caf::none;
  };
  return f(caf::meta::type_name("decimal"), high, low, caf::meta::load_callback(load));
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, value& x) {
  std::string bytes;
  if constexpr (Inspector::reads_state) encode(x, bytes);
  auto load = [&]() -> caf::error {
    std::string_view in = bytes;
    auto decoded = decode_value(in);
    if (!decoded.ok() || !in.empty()) return caf::sec::invalid_argument;
    x = std::move(*decoded);
    return caf::none;
  };
  return f(caf::meta::type_name("value"), bytes, caf::meta::load_callback(load));
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_request& x) {
  return f(caf::meta::type_name("order_request"), x.venue, x.symbol, x.side, x.kind, x.amount,
           x.price);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_fill& x) {
  return f(caf::meta::type_name("order_fill"), x.price, x.quantity, x.fee, x.fee_asset);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_report& x) {
  wire_time at(x.at);
  auto load = [&]() -> caf::error {
    at.load();
    return caf::none;
  };
  return f(caf::meta::type_name("order_report"), x.client_order_id, x.venue_order_id, x.state,
           x.fills, x.code, x.reason, at.count(), caf::meta::load_callback(load));
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_word& x) {
  bool has_filled = x.filled.has_value(), has_price = x.price.has_value();
  decimal filled = x.filled.value_or(decimal()), price = x.price.value_or(decimal());
  auto load = [&]() -> caf::error {
    x.filled = has_filled ? std::optional(filled) : std::nullopt;
    x.price = has_price ? std::optional(price) : std::nullopt;
    return caf::none;
  };
  return f(caf::meta::type_name("order_word"), x.as, has_filled, filled, has_price, price, x.reason,
           x.operator_name, caf::meta::load_callback(load));
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_request& x) {
  return f(caf::meta::type_name("cancel_request"), x.venue, x.symbol);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_report& x) {
  return f(caf::meta::type_name("cancel_report"), x.canceled);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, notification& x) {
  return f(caf::meta::type_name("notification"), x.message, x.url);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, order_permit& x) {
  return f(caf::meta::type_name("order_permit"), x.epoch, x.venue, x.bot_id, x.strategy_id,
           x.client_order_id, x.term);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, emergency_command& x) {
  wire_time seen_at(x.seen_at);
  auto load = [&]() -> caf::error {
    seen_at.load();
    return caf::none;
  };
  return f(caf::meta::type_name("emergency_command"), x.action, x.scope, x.reason, x.operator_name,
           x.trigger, x.evidence, seen_at.count(), caf::meta::load_callback(load));
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, figures& x) {
  wire_time as_of(x.as_of);
  auto load = [&]() -> caf::error {
    as_of.load();
    return caf::none;
  };
  return f(caf::meta::type_name("figures"), x.position, x.average_entry, x.trades_today,
           x.daily_pnl, x.equity, x.peak_equity, x.daily_loss_limit, x.max_drawdown_percent,
           x.max_position_size, as_of.count(), caf::meta::load_callback(load));
}

/// A scope as messages carry it: shared here, written out on the wire.
struct shared_scope {
  scope_ref ref;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shared_scope& x) {
  event_scope s;
  if constexpr (Inspector::reads_state)
    if (x.ref) s = *x.ref;
  auto load = [&]() -> caf::error {
    x.ref = std::make_shared<const event_scope>(std::move(s));
    return caf::none;
  };
  return f(caf::meta::type_name("scope"), s.execution_id, s.workflow_id, s.bot_id, s.strategy_id,
           caf::meta::load_callback(load));
}

/// A node's identity as messages carry it.
struct shared_node {
  node_ref ref;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, shared_node& x) {
  node_identity n;
  if constexpr (Inspector::reads_state)
    if (x.ref) n = *x.ref;
  auto load = [&]() -> caf::error {
    x.ref = std::make_shared<const node_identity>(std::move(n));
    return caf::none;
  };
  return f(caf::meta::type_name("node"), n.id, n.name, n.type, n.category,
           caf::meta::load_callback(load));
}

/// A failure as messages carry it; code 0: none.
struct wire_error {
  std::uint8_t code = 0;
  std::string message, where, remedy;
  std::uint32_t status = 0, retry_after_ms = 0;

  wire_error() = default;
  explicit wire_error(const error& e)
      : code(static_cast<std::uint8_t>(e.code)),
        message(e.message),
        where(e.where),
        remedy(e.remedy),
        status(e.status),
        retry_after_ms(e.retry_after_ms) {}
  bool failed() const noexcept { return code != 0; }
  error to_error() const {
    return {static_cast<errc>(code), message, where, remedy, status, retry_after_ms};
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, wire_error& x) {
  return f(caf::meta::type_name("error"), x.code, x.message, x.where, x.remedy, x.status,
           x.retry_after_ms);
}

}  // namespace pitwall
