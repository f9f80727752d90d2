// Job: the exit codes of `pitwall` (docs: README, `pitwall --help`).
#pragma once

#include "runtime/base/error.hpp"
#include "runtime/workflow/event.hpp"

namespace pitwall::cli {

enum exit_code : int {
  exit_done = 0,
  exit_completed_with_errors = 2,
  exit_halted = 3,
  exit_failed = 4,  ///< failed, timed out or cancelled
  exit_usage = 64,
  exit_damaged = 65,
  exit_unreadable = 66,
  exit_unreachable = 69,
};

constexpr exit_code exit_code_of(run_status s) noexcept {
  switch (s) {
    case run_status::completed:
      return exit_done;
    case run_status::completed_with_errors:
      return exit_completed_with_errors;
    case run_status::halted:
      return exit_halted;
    default:
      return exit_failed;
  }
}

/// For an error that kept a command from doing its work.
constexpr exit_code exit_code_of(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument:
    case errc::out_of_range:
    case errc::not_found:
    case errc::already_exists:
      return exit_usage;
    case errc::halted:
      return exit_halted;
    case errc::data_loss:
      return exit_damaged;
    case errc::io_error:
    case errc::failed_precondition:
      return exit_unreadable;
    case errc::unavailable:
      return exit_unreachable;
    default:
      return exit_failed;
  }
}

/// What a host refuses in its present state is its word on the command (409): it could read all its
/// data.
constexpr exit_code exit_code_of(const error& e) noexcept {
  constexpr unsigned conflict = 409;
  if (e.code == errc::failed_precondition && e.status == conflict) return exit_usage;
  return exit_code_of(e.code);
}

}  // namespace pitwall::cli
