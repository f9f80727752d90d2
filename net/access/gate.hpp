// Job: the guard of a host's TCP port: tokens where there are any; where there are none, only
//      programs of this machine (loopback_guard.hpp).
// Promise: what is not let in by a token costs no more than its header; no token, and no part of
//      one, is ever told, logged or answered.
// Threads: construction from one thread, then the engine's I/O thread.
// Errors: a token file that cannot be read lets nobody in: 503, and one line in the log.
// Bounds: failure_limit.hpp.
// Tests: tests/net/gate_test.cpp, access_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/access/failure_limit.hpp"
#include "net/access/gate_options.hpp"
#include "net/access/token_file.hpp"
#include "net/server/door_guard.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall::access {

class gate final : public http::door_guard {
 public:
  /// `log` may be null; both outlive it.
  gate(gate_options options, std::shared_ptr<const wall_clock> clock, log_port* log);

  std::variant<http::pass, http::reply> admit(const http::wire_request& head,
                                              const http::caller& from, scope needed) override;
  bool is_good(const http::pass& p) override;

  /// Whether a token has to be shown, at all.
  bool asks_for_token();
  /// Who shows this one: `unavailable` (the file cannot be read), `resource_exhausted` with
  /// retry_after_ms (too many failures), else `not_found`.
  result<http::pass> recognize(std::string_view token, const http::caller& from);
  const token_watch& tokens();

 private:
  void log(log_level level, const std::string& message) const;

  const gate_options options_;
  const std::shared_ptr<const wall_clock> clock_;
  log_port* const log_;
  token_watch watch_;
  std::optional<error> told_;  ///< The failure that was logged.
  failure_limit failures_;
};

}  // namespace pitwall::access
