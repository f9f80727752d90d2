// Job: the one error type of the house: what a caller should do, what happened, where, and the
//      remedy. Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pitwall {

/// What the caller should do about it (names and meanings follow the Abseil status codes).
enum class errc : std::uint8_t {
  invalid_argument = 1,  ///< The request is wrong whatever the state: correct it.
  not_found,
  already_exists,
  failed_precondition,  ///< Wrong in the present state: change the state first.
  out_of_range,         ///< A number beyond what can be represented or was configured.
  resource_exhausted,   ///< A bound was met: wait, or raise the limit.
  unavailable,          ///< It did not happen; trying again may help.
  deadline_exceeded,    ///< It *may have happened*: ask before sending again.
  aborted,              ///< Lost against a concurrent change.
  cancelled,
  halted,       ///< The emergency controller forbids it.
  stale_input,  ///< Decided from inputs older than `max_input_age`: nothing was sent.
  data_loss,    ///< Stored data is damaged or missing.
  io_error,     ///< Disk or network failed.
  division_by_zero,
  internal,  ///< A broken invariant: a defect of Pitwall.
};

/// The machine-readable text of a code, as in `error_type` of events: "invalid_argument", ...
std::string_view to_string(errc code) noexcept;

/// Reverse of to_string; `internal` for an unknown text.
errc errc_from_string(std::string_view text) noexcept;

struct error {
  errc code = errc::internal;
  std::string message;  ///< What happened, in one sentence, without trailing full stop.
  std::string where;    ///< File, JSON pointer, block id, host; empty where obvious.
  std::string remedy;   ///< What the user can do; empty where there is nothing.
  /// What the other side of a call said, where there was one and it spoke HTTP; 0: nothing.
  std::uint32_t status = 0;
  std::uint32_t retry_after_ms = 0;  ///< It asks to wait so long before the next call; 0: no wish.

  /// "message (at where): remedy".
  std::string to_string() const;
  friend bool operator==(const error&, const error&) = default;
};

}  // namespace pitwall
