// Job: the broadcaster (protocol.hpp): every commit, in order, to every sink that keeps up.
#pragma once

#include <caf/all.hpp>
#include <vector>

#include "actors/broadcaster/protocol.hpp"
#include "actors/resident.hpp"

namespace pitwall {

class broadcaster : public resident<broadcaster_actor> {
 public:
  explicit broadcaster(caf::actor_config& cfg) : resident(cfg, "broadcaster") {}

  const char* name() const override { return "broadcaster"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  std::vector<event_sink_ref> sinks_;
};

}  // namespace pitwall
