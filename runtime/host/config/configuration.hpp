// Job: the settings as the rooms of the house take them.
// Threads: plain values. Tests: tests/host/config_bind_test.cpp
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/config/settings.hpp"
#include "runtime/host/log.hpp"
#include "runtime/host/resilience_settings.hpp"
#include "runtime/host/venues.hpp"
#include "runtime/host/web_settings.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/ports/retention.hpp"
#include "runtime/risk/limits.hpp"
#include "runtime/schedule/restart_policy.hpp"
#include "runtime/schedule/trigger_spec.hpp"
#include "storage/open.hpp"

namespace pitwall::config {

struct server_part {
  std::optional<std::uint16_t> port;
  std::string listen;
  std::filesystem::path certificate, key;
  std::vector<std::string> origins;
  bool insecure_plain = false;
  milliseconds drain{0};
};

/// Who trades.
struct bot_part {
  std::string id;
  bool enabled = true;
  std::filesystem::path workflow;  ///< Empty: it has none of its own.
  std::string template_id, workflow_id, strategy_id;
  std::optional<trigger_spec> trigger;        ///< What starts its workflow; none: starts by hand.
  restart_policy restart;                     ///< Where an execution fails.
  std::map<std::string, std::string> venues;  ///< By provider type.
  std::string where;                          ///< Of its workflow, for messages.
};

/// Where workers of other machines join; without an address they do not.
struct workers_part {
  std::string listen;
  std::filesystem::path certificate, key, authority;
  milliseconds heartbeat{0}, lost_after{0}, trading_lease{0};
  bool spread = false;
};

/// Another host.
struct peer_part {
  std::string name, url;
  std::filesystem::path token_file, ca_file;
};

struct configuration {
  std::string profile;
  std::string host_name;  ///< Empty: what it is called otherwise (cli/config_inspect.hpp).
  server_part server;
  std::filesystem::path directory;
  durability mode = durability::sync;
  retention_policy keep;
  storage_bounds memory;
  milliseconds scan_wait{0}, venue_wait{0};
  risk_settings risk;
  bool cancel_on_halt = false, cancel_on_disconnect = false;
  std::uint64_t paper_seed = 1;
  std::vector<outside_venue> venues;
  web_settings web;
  std::vector<bot_part> bots;
  resilience_settings resilience;
  milliseconds bot_metrics{0};
  std::size_t max_in_flight = 0, threads = 0;
  workers_part workers;
  std::vector<peer_part> peers;
  log_options log;
};

/// Precondition: the settings were checked.
configuration bind(const settings& from);

/// As `--resilience` takes them; those that somebody said.
std::vector<std::string> resilience_texts(const settings& from);
bool is_venue_name(std::string_view name) noexcept;
/// In every host: no configuration gives it a type and a URL.
bool is_built_in(std::string_view venue) noexcept;

}  // namespace pitwall::config
