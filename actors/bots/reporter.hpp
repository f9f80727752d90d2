// Job: tells every while what each bot has come to, as a `bot_metrics` event, where something of it
//      changed since it was told last.
// Owns: what was told last. The counts are the host's, of what was published; profit, loss and
//      positions are those of the risk actor.
// Bounds: one event for each bot and `every`, of at most limits::max_reported_bots bots.
// Loses in a crash: what was told; a bot that does nothing is not told of again after a start.
// Tests: tests/actors/reporter_test.cpp
#pragma once

#include <caf/all.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/bots/protocol.hpp"
#include "actors/resident.hpp"
#include "actors/risk/protocol.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/log.hpp"

namespace pitwall {

struct reporter_options {
  milliseconds every{std::chrono::seconds(60)};
  timestamp since;  ///< When the counting began.
  /// What was counted of each bot: all but profit, loss and positions.
  std::function<std::map<std::string, bot_metrics>()> counts;
  risk_actor risk;
  std::shared_ptr<const wall_clock> clock;
  journal_writer_actor writer;
};

class reporter : public resident<reporter_actor> {
 public:
  reporter(caf::actor_config& cfg, reporter_options options);

  const char* name() const override { return "reporter"; }
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void ask();
  void report(const value& risk);

  reporter_options options_;
  std::map<std::string, bot_metrics> told_;
  bool asking_ = false;
};

}  // namespace pitwall
