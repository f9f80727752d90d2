// Job: what of this machine stands in the way of a start just now: the data directory, the log's
//      file, the port. `config check` does not ask: it may run beside the host, or elsewhere.
// Errors: all of them, each with the place that names what is wrong. Nothing is made or changed.
#pragma once

#include <vector>

#include "runtime/host/config/configuration.hpp"

namespace pitwall::cli {

std::vector<error> inspect_start(const config::configuration& c, const config::settings& from);

}  // namespace pitwall::cli
