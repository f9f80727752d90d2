// Job: the emergency state machine, pure: which scope is in which state,
//      which change is allowed, and which orders may leave.
// Rules: alert never lifts a halt; only resume, with operator and reason, does; shutdown is left
//      only by a restart with an explicit flag; the strictest scope that applies counts.
// Epochs: every change that closes a scope gets a new epoch. A permit is good while nothing that
//      applies to it was closed after it was granted, so that a halt and a resume in between still
//      stop it.
// Threads: emergency_book is immutable once published.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

enum class emergency_level : std::uint8_t {
  normal,
  alert,
  halt,
  shutdown
};  ///< Ascending strictness.
std::string_view to_string(emergency_level l) noexcept;
result<emergency_level> emergency_level_from_string(std::string_view text);

constexpr bool can_trade(emergency_level l) noexcept { return l <= emergency_level::alert; }
constexpr bool can_operate(emergency_level l) noexcept { return l != emergency_level::shutdown; }

enum class emergency_action : std::uint8_t { alert, halt, resume, shutdown };
result<emergency_action> emergency_action_from_string(std::string_view text);

struct emergency_command {
  emergency_action action = emergency_action::halt;
  std::string scope = "global";  ///< global, venue:<v>, bot:<b>, strategy:<s>
  std::string reason, operator_name;
  std::string trigger = "manual";
  value evidence{};     ///< Of a limit that was exceeded: evidence.hpp.
  timestamp seen_at{};  ///< When what calls for it was seen; the epoch: when the command came.
};

/// What an order is allowed under: granted in an epoch, for these scopes.
struct order_permit {
  std::uint64_t epoch = 0;
  std::string venue, bot_id, strategy_id;
  std::string
      client_order_id{};   ///< The one order that it is good for; actors/risk alone fills it.
  std::uint32_t term = 0;  ///< Of the risk actor that let it through.
};

struct emergency_change {
  std::string scope;
  emergency_level previous = emergency_level::normal, next = emergency_level::normal;
  friend bool operator==(const emergency_change&, const emergency_change&) = default;
};

class emergency_book {
 public:
  struct entry {
    emergency_level level = emergency_level::normal;
    std::uint64_t closed_epoch = 0;  ///< Epoch of the last change that closed it.
  };

  /// Checks a scope's text: "global", or a known prefix and a name.
  static status check_scope(std::string_view scope);

  /// What the command would change. previous == next: nothing to do (idempotent). Errors:
  /// invalid_argument (scope, missing operator or reason of a resume), failed_precondition (leaving
  /// shutdown).
  result<emergency_change> decide(const emergency_command& command) const;
  void apply(const emergency_change& change);

  emergency_level level(std::string_view scope) const noexcept;
  /// The strictest that applies to this venue, bot and strategy (empty: does not apply).
  emergency_level effective(std::string_view venue, std::string_view bot,
                            std::string_view strategy) const noexcept;
  /// While what applies is closed, the permit has epoch 0, which is never good.
  order_permit grant(std::string venue, std::string bot, std::string strategy) const;
  bool allows(const order_permit& permit) const noexcept;

  std::uint64_t epoch() const noexcept { return epoch_; }
  const std::map<std::string, entry, std::less<>>& scopes() const noexcept { return scopes_; }

 private:
  std::uint64_t epoch_ = 1;
  std::map<std::string, entry, std::less<>> scopes_;
};

}  // namespace pitwall
