// Job: what a client of /ws may say, and the reading of it.
// Errors: a refusal names the field and the remedy; nothing is guessed, and no unknown field is
//      passed over: a misspelt filter would silently match everything.
// Bounds: below. Threads: pure. Tests: tests/net/client_frame_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/live/event_filter.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::live {

// A subscription of this many ids fits into a frame of live_options.
inline constexpr std::size_t max_ids = 256, max_id_bytes = 256, max_text_bytes = 4U << 10U;

struct authenticate_op {
  std::string token;
};
/// Another host whose events are wanted too.
struct host_wish {
  std::string host;
  std::optional<std::uint64_t> after{};
  std::string epoch{};  ///< Empty: the client does not say.
};
struct subscribe_op {
  event_filter filter;
  std::optional<std::uint64_t> after;
  std::string epoch;             ///< Empty: the client does not say.
  std::vector<host_wish> hosts;  ///< Besides this one. Each once.
  bool all_hosts = false;        ///< All that there are, instead.
};
struct unsubscribe_op {};
struct stats_op {};
struct ping_op {};
struct state_op {
  std::string kind, id;
};
struct emergency_op {
  std::string action;
  std::optional<std::string> scope;  ///< Absent: the host's default. Empty is not absent.
  std::string reason, operator_name;
  bool all_hosts = false;  ///< Every peer is told, too.
};

struct client_frame {
  value id;  ///< Echoed in the answer; null: there is none.
  std::variant<authenticate_op, subscribe_op, unsubscribe_op, stats_op, ping_op, state_op,
               emergency_op>
      what;
};

/// An `error` frame to be.
struct refusal {
  value id;
  std::string code, message;
  std::string field{}, remedy{};  ///< May be empty.
  std::optional<std::uint64_t> first_seq{};
  std::string host{};  ///< What it is about, where that is another host; may be empty.
};

std::variant<client_frame, refusal> read_frame(std::string_view text);

/// The path that answers a `state` of this kind; empty: there is no such kind. `needs_id` tells
/// whether the id goes behind it.
std::string_view path_of_state(std::string_view kind, bool& needs_id) noexcept;

}  // namespace pitwall::live
