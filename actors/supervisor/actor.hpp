// Job: the supervisor (protocol.hpp).
// Owns: its children's handles and their restart histories.
#pragma once

#include <caf/all.hpp>
#include <map>
#include <memory>
#include <string>

#include "actors/resident.hpp"
#include "actors/supervisor/protocol.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/resilience/restart_intensity.hpp"

namespace pitwall {

struct supervisor_options {
  restart_limits limits;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
};

class supervisor : public resident<supervisor_actor> {
 public:
  supervisor(caf::actor_config& cfg, supervisor_options options);

  const char* name() const override { return "supervisor"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  struct child {
    child_recipe_ref recipe;
    caf::actor handle;
    restart_intensity history;
  };

  void forget(const std::string& name);
  void start(child& c);
  void on_down(const caf::down_msg& message);

  supervisor_options options_;
  std::map<std::string, child> children_;
};

}  // namespace pitwall
