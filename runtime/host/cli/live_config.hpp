// Job: the configuration in force in a running host: read again when asked, and what can change is
//      changed.
// Threads: any; one reload at a time. Errors: a configuration with problems changes nothing.
//      unavailable: a bot could not be switched; the problems say which, all else has changed.
#pragma once

#include <mutex>
#include <vector>

#include "runtime/host/cli/config_flags.hpp"
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/host.hpp"
#include "runtime/host/log.hpp"

namespace pitwall::cli {

bot_venues venues_by_bot(const config::configuration& c);

class live_config {
 public:
  /// All of these must outlive it.
  live_config(config::settings in_force, const config_flags& flags,
              const std::vector<std::string>& triggers, host& h, host_log& log)
      : in_force_(std::move(in_force)), flags_(flags), triggers_(triggers), host_(h), log_(log) {}

  /// The first binding of the triggers, once the host has recovered: a reload before only notes
  /// what will be bound. What is wrong with them.
  std::vector<error> bind_triggers();
  result<reload_outcome> reload(std::vector<problem>& problems);

 private:
  /// All that is wrong with them; then they are as they were.
  std::vector<error> switch_triggers(const config::configuration& c);
  /// What went wrong: the others are switched all the same.
  std::vector<error> switch_bots(const std::vector<config::bot_part>& bots);
  /// Deploys what it needs; `deployed` gets the ids of what was not there before.
  status add_bot(const config::bot_part& bot, std::vector<std::string>& deployed);
  /// Those of these ids. What went wrong: the others are there all the same.
  std::vector<error> add_bots(const config::configuration& c, const std::vector<std::string>& ids,
                              std::vector<std::string>& deployed);
  /// The limits in force, and those of new bots: none can trade before it is bound by its own.
  risk_settings meanwhile(const config::configuration& c, const std::vector<std::string>& new_bots);
  /// Removes it again, and puts the limits back that were in force.
  void take_back(const std::vector<std::string>& new_bots,
                 const std::vector<std::string>& deployed);
  void tell(const reload_outcome& outcome) const;

  std::mutex turn_;
  bool bound_ = false;
  config::settings in_force_;
  const config_flags& flags_;
  const std::vector<std::string>& triggers_;  ///< Of the command line.
  host& host_;
  host_log& log_;
};

}  // namespace pitwall::cli
