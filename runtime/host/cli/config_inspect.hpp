// Job: what a configuration names outside of itself, before anything starts: certificates, tokens,
//      keys, venues' addresses, workflow files.
// Errors: all of them, each with the place that names what is wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/peers/host_relay.hpp"
#include "net/server/control_server.hpp"
#include "runtime/host/cli/workflow_inspect.hpp"
#include "runtime/host/config/configuration.hpp"

namespace pitwall::cli {

std::vector<error> inspect(const config::configuration& c, const config::settings& from,
                           const start_words& words);

/// What the host calls itself: host.name, else what its certificate for workers says, else what the
/// machine is called.
std::string host_name_of(const config::configuration& c);
/// How the host is reached.
control_server::options doors_of(const config::configuration& c);
/// Where workers join; none: they do not.
std::optional<workers_setup> workers_of(const config::configuration& c);
/// The other hosts, as they are reached from here.
peers::relay_options peers_of(const config::configuration& c, std::shared_ptr<log_port> log);
/// "https://[::1]:8443"
std::string url_of(const config::configuration& c, std::uint16_t port);

}  // namespace pitwall::cli
