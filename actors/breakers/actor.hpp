// Job: the list of circuit breakers (protocol.hpp).
// Owns: the breaker actors.
// Errors: a journaled state that cannot be read or understood is logged, and that breaker starts
//      closed: it protects the venue, and no order depends on it.
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/breaker/actor.hpp"
#include "actors/breakers/protocol.hpp"
#include "actors/resident.hpp"
#include "runtime/ports/journal.hpp"

namespace pitwall {

struct breakers_options {
  /// Checked limits for a breaker of this name.
  std::function<call_limits(const std::string&)> limits;
  std::vector<std::string> at_start;  ///< Made at once, so that they are listed.
  std::uint64_t seed = 0;
  std::shared_ptr<const journal> history;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  journal_writer_actor writer;
};

class breakers : public resident<breakers_actor> {
 public:
  static constexpr std::size_t max_breakers = 1'000;

  breakers(caf::actor_config& cfg, breakers_options options);

  const char* name() const override { return "breakers"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  breaker_actor make(const std::string& name);
  caf::result<breaker_actor> find(const find_breaker& message);
  caf::result<std::vector<breaker_report>> list();
  caf::result<breaker_report> steer(const steer_named& message);

  breakers_options options_;
  std::map<std::string, breaker_actor> known_;
};

}  // namespace pitwall
