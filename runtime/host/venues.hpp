// Job: the venues outside of this process that a host trades on.
// Threads: plain values.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/venues/feed_health.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

/// A venue that speaks the Binance Spot REST conventions, or one of market_types(), of which the
/// host has market data alone (docs/venues.md).
struct outside_venue {
  std::string name;                 ///< As workflow files write it: `venue`, `profile_id`.
  std::string url;                  ///< http[s]://HOST[:PORT]; empty: the type's own.
  milliseconds recv_window{2'000};  ///< How long an order may be under way to be accepted.
  /// The same, of orders that a process before this one has sent; less is as much as recv_window.
  milliseconds earlier{};
  std::string key_file{};  ///< Key and secret (net/signature.hpp); empty: no signatures.
  std::string ca_file{};   ///< Whose certificates to believe; empty: the system's.
  std::string type{"binance"};
  std::optional<bool> live{};    ///< Nothing: as goes_live() decides.
  std::optional<bool> stream{};  ///< Nothing: where market data is all there is, and has a stream.
  /// Labels of the worker that speaks with it; none: this process does.
  std::vector<std::string> placement{};
  milliseconds stale_after{10'000};  ///< A feed without news for so long is not traded on.
  /// NAME, where the key is in the environment: $NAME_API_KEY and $NAME_API_SECRET.
  std::string key_env{};

  bool data_only() const noexcept { return type != "binance"; }
  /// Whether orders leave. Unless somebody has said so, only to this machine: a simulator's address
  /// is loopback, an exchange's is not.
  bool goes_live() const;
  bool streams() const;
};

/// "NAME=binance:URL[?recv_window=MILLISECONDS][&key_file=PATH][&ca_file=PATH][&live=BOOL]
/// [&stream=BOOL]", the options in any order; "NAME=TYPE[:URL][?ca_file=PATH][&stream=BOOL]" of the
/// other types.
/// invalid_argument: anything else.
result<outside_venue> parse_outside_venue(std::string_view text);

struct binance_options;
struct api_key;
/// From its file or the environment; nothing: it has none. An error never tells what was there.
result<std::optional<api_key>> key_of(const outside_venue& setup);
/// How its adapter is set up, save what it tells; reads the key. Precondition: it is of type
/// "binance".
result<binance_options> trading_options(const outside_venue& setup);
/// A venue as it was opened; `stop` before it goes.
struct opened_venue {
  std::shared_ptr<venue> port;
  std::function<void()> stop;
  std::function<feed_health()> feed{};  ///< Null: it trades, and has no streams.
  /// Why it is left alone for now, where it asked for that; empty: it is not. Null: it never is.
  std::function<std::string()> pause{};
};
/// Orders leave through `gate` alone.
result<opened_venue> open_venue(const outside_venue& setup, const std::shared_ptr<order_gate>& gate,
                                const std::shared_ptr<const wall_clock>& clock,
                                const std::shared_ptr<log_port>& log);

/// "binance", and market_types().
std::vector<std::string_view> venue_types();

}  // namespace pitwall
