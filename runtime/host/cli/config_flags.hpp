// Job: the options of `serve` that configure a host, and where else its configuration comes from:
//      the file of --config and the environment. All of it becomes config::sources.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

#include "runtime/host/config/settings.hpp"

namespace pitwall::cli {

class config_flags {
 public:
  /// `file`: where there are no options that could name it.
  explicit config_flags(std::string file = {}) : file_(std::move(file)) {}
  void declare(CLI::App& command);
  /// Reads the file and the environment. Fills `wrong` with what cannot be read or makes no sense.
  config::sources gather(std::vector<error>& wrong) const;
  /// load() of them; the problems of both.
  config::loaded load() const;
  const std::string& file() const noexcept { return file_; }

 private:
  void take_limits(std::vector<config::flag>& out, std::vector<error>& wrong) const;
  void take_resilience(std::vector<config::flag>& out, std::vector<error>& wrong) const;
  void take_venues(std::vector<config::flag>& out, std::vector<error>& wrong) const;

  std::string file_;
  std::map<std::string, std::string> values_;  ///< By pointer, of flags with one value.
  std::map<std::string, bool> switches_;       ///< By pointer.
  std::map<std::string, CLI::Option*> given_;
  std::vector<std::string> limits_, bot_limits_, resilience_, venues_, origins_, web_hosts_;
  bool memory_ = false, json_log_ = false;
};

}  // namespace pitwall::cli
