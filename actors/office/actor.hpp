// Job: an address that outlives the actor behind it. It appoints its holder, passes all messages on
//      with their senders, and appoints another one when the holder dies: at once, so that nobody
//      is ever sent away, but with bounded intensity (runtime/resilience/restart_intensity.hpp).
//      Past that the office is given up, and who was named for that case stands there for good.
// Lost: what the dead holder had taken or not yet read. Who needs it done asks the successor.
// Owns: its holder. A holder that ends without an error, or was told to, has no successor.
// Cost: one more hop for each message. Tests: tests/actors/takeover_test.cpp
#pragma once

#include <caf/all.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/ports/log.hpp"
#include "runtime/resilience/restart_intensity.hpp"

namespace pitwall {

struct office_options {
  std::string name;
  restart_limits limits;
  std::shared_ptr<const wall_clock> clock;
  std::shared_ptr<log_port> log;
  /// The first holder has term 0. Failing counts as dying. Called on a scheduler thread, as are the
  /// others.
  std::function<result<caf::actor>(caf::actor_system&, std::uint32_t term)> appoint;
  /// A successor's back-off is over. May be empty.
  std::function<void(std::uint32_t term)> settled_in;
  /// Returns who answers from now on; null: nobody, and requests get an error.
  std::function<caf::actor(caf::actor_system&, const error&)> given_up;
};

class office : public caf::event_based_actor {
 public:
  office(caf::actor_config& cfg, office_options options);

  const char* name() const override { return "office"; }
  caf::behavior make_behavior() override;
  void on_exit() override;

 private:
  void appoint();
  void vacated(std::string why);
  caf::result<caf::message> pass_on();

  office_options options_;
  restart_intensity history_;
  caf::actor holder_;
  std::uint32_t term_ = 0;
};

}  // namespace pitwall
