// Job: what a block type is: its ports and properties as data, and its behaviour as a pure
//      function. A block that needs something from outside *returns a typed request*; its node
//      performs it. New types implement `block` and register a `block_type` (docs/add-a-block.md).
// Threads: a block object is immutable after make(); evaluate() may run on any thread.
// Errors: a failed evaluation is a result; its code becomes the node's error_type.
// Time: given, in evaluation::now.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/value.hpp"
#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/order.hpp"

namespace pitwall {

/// pure: a function of inputs and state; may be computed again. idempotent: reads the outside
/// world; may be read again. effectful: changes the outside world; needs a durable intent first.
enum class effect_class : std::uint8_t { pure, idempotent, effectful };
std::string_view to_string(effect_class c) noexcept;

enum class port_kind : std::uint8_t { any, number, boolean, text, list, object };
std::string_view to_string(port_kind k) noexcept;

/// An input port (which a property of the same name also sets) or a plain property.
struct parameter {
  std::string name;
  port_kind kind = port_kind::any;
  bool required = false;
  value fallback{};                             ///< The type's default; null: none.
  std::optional<decimal> minimum{}, maximum{};  ///< Inclusive, for numbers given in the file.
  std::vector<std::string> one_of{};            ///< Allowed texts; empty: any.
  std::string help{};
};

struct output_port {
  std::string name;
  port_kind kind = port_kind::any;
  std::string help{};
};

/// What evaluate() sees. All spans live as long as the call.
struct evaluation {
  timestamp now;
  std::span<const value> inputs;  ///< By input slot (block_type::inputs, then variadic ones).
  const value& state;             ///< This node's trigger state; null before the first change.
  const value& trigger;  ///< The event that started the execution; null for a manual start.
};

struct completion {
  std::vector<value> outputs;              ///< By output slot (block_type::outputs).
  std::optional<value> new_state{};        ///< Replaces the node's state.
  std::optional<timestamp> observed_at{};  ///< Sources only: when the outputs were true.
};

/// Ask the venue for market data (idempotent).
struct market_request {
  std::string venue;  ///< Profile or venue type; the host maps it to a venue.
  std::string symbol;
  bool price = true, book = true, balance = true, positions = true;  ///< enabled_endpoints
  bool volume = false;  ///< What was traded in the last whole minute; a venue may not tell it.
};
struct market_data {
  value price_feed, balance, positions, orderbook;  ///< null where not asked
  timestamp observed_at;
  value volume{};  ///< In the base asset.
};

/// Ask the risk owner for the host's own figures of this bot (idempotent).
struct figures_request {
  std::string venue, symbol;
};
struct figures {
  decimal position;               ///< Signed quantity held in `symbol`.
  decimal average_entry;          ///< 0 where there is no position.
  std::int64_t trades_today = 0;  ///< Orders of this bot since 00:00 UTC.
  decimal daily_pnl;              ///< Realized and unrealized, today.
  decimal equity, peak_equity;    ///< For the drawdown.
  decimal daily_loss_limit;       ///< A floor, as configured: -500.
  decimal max_drawdown_percent;
  decimal max_position_size;
  timestamp as_of;
};

struct notification {
  std::string message, url;
};
struct cancel_request {
  std::string venue, symbol;  ///< Empty: all of this bot's.
};

/// Ask a web server (idempotent: a GET). The body is a POST's, of a notification.
struct web_request {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers{};
  std::optional<std::string> body{};  ///< JSON; none: GET.
};
/// A success: whatever else a server says is an error (runtime/ports/web.hpp).
struct web_reply {
  unsigned status = 0;
  std::string body;
  timestamp observed_at;  ///< When it was asked for, less its Age.
};

/// What the block wants to happen next.
using step = std::variant<completion, market_request, figures_request, order_request,
                          cancel_request, notification, web_request>;
/// What came back, for resume().
using answer = std::variant<market_data, figures, order_report, cancel_report, done, web_reply>;

class block {
 public:
  virtual ~block() = default;
  virtual result<step> evaluate(const evaluation& in) const = 0;
  /// Called once with the answer to the request that evaluate() returned; completes the node.
  virtual result<completion> resume(const evaluation& in, const answer& a) const;
};

/// What make() may look at: the block as written; `inputs` are the names of the input slots.
struct block_config {
  const block_definition& definition;
  std::vector<std::string> inputs;
  std::filesystem::path base_directory;  ///< Relative file names start here.

  /// The property as written, else the type's fallback is not applied: null.
  value property(std::string_view name) const;
};

struct block_type {
  std::string name;
  std::string category;  ///< providers, triggers, conditions, actions, risk
  effect_class effect = effect_class::pure;
  std::string summary;
  std::vector<parameter> inputs;
  std::vector<output_port> outputs;
  std::vector<parameter> properties;  ///< Besides the inputs, which are properties too.
  /// "value": inputs value1, value2, ... beyond those listed are accepted. Empty: none.
  std::string variadic_prefix{};
  bool stateful = false;  ///< evaluate() may return new_state.
  /// Of a stateful type: the values of its property `operation` that keep state. Empty: all do.
  std::vector<std::string> stateful_operations{};
  std::function<result<std::unique_ptr<const block>>(const block_config&)> make;
};

/// The set of known types. Threads: immutable once built.
class block_catalog {
 public:
  virtual ~block_catalog() = default;
  virtual const block_type* find(std::string_view type) const noexcept = 0;
  virtual std::vector<const block_type*> all() const = 0;
};

}  // namespace pitwall
