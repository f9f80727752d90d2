// Job: a circuit breaker (protocol.hpp): the thin shell around the pure machines of
//      runtime/resilience.
// Owns: the state of one venue's operation class, and the list of calls under way and in line.
// Time: the actor clock; a timer only while something can fall due.
// Durable: the state as of its last change; what was counted since is lost with the process.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/breaker/protocol.hpp"
#include "actors/resident.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/resilience/call_limits.hpp"

namespace pitwall {

struct breaker_options {
  std::string name;
  call_limits limits;
  value restored;  ///< The snapshot journaled last; null: none.
  std::uint64_t seed = 0;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  journal_writer_actor writer;
};

class breaker : public resident<breaker_actor> {
 public:
  /// Precondition: the limits were checked.
  breaker(caf::actor_config& cfg, breaker_options options);

  const char* name() const override { return "breaker"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  /// With its token. By address: two nodes of different hosts may have the same actor id.
  using caller = std::pair<caf::actor_addr, std::uint64_t>;
  struct call {
    caf::strong_actor_ptr client;
    timestamp deadline;
    bulkhead_permit place;
    std::optional<breaker_permit> permit;  ///< None: it waits in line.
  };
  struct machines {
    circuit_breaker breaker;
    bulkhead at_once;
    retry_budget retries;
    std::optional<token_bucket> rate;
  };

  static machines make(const breaker_options& options);
  void ask(const ask_call& message);
  void admit(const caller& who, call& c, timestamp now);
  void refuse(const caf::strong_actor_ptr& client, call_refused answer);
  void end(const caller& who, call_outcome outcome);
  void leave(const bulkhead_permit& place, timestamp now);
  void gone(const caf::actor_addr& who);
  void look(timestamp now);
  void arm(timestamp now);
  std::uint64_t note(const breaker_changes& changes, const std::string& operator_name,
                     const std::string& reason);
  caf::result<breaker_report> steer(const steer_breaker& message);
  breaker_report report(timestamp now) const;

  breaker_options options_;
  machines its_;
  std::map<caller, call> calls_;
  std::set<caf::actor_addr> watched_;        ///< Callers on workers.
  std::map<std::uint64_t, caller> in_line_;  ///< By the permit's id.
  std::map<std::uint64_t, caf::typed_response_promise<breaker_report>> steering_;  ///< By ticket.
  std::uint64_t last_ticket_ = 0;
  bool armed_ = false;
};

}  // namespace pitwall
