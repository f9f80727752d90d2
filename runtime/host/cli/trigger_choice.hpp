// Job: what starts the workflows of a host's bots, also after a failure, by its configuration and
// by
//      `--trigger`.
#pragma once

#include <string>
#include <vector>

#include "runtime/host/config/configuration.hpp"
#include "runtime/schedule/trigger_binding.hpp"

namespace pitwall::cli {

/// `texts`: "BOT=WORDS" or "BOT:WORKFLOW=WORDS", which goes before what the configuration says of
/// that bot. `problems` gets all that is wrong with them.
trigger_set triggers_of(const config::configuration& c, const std::vector<std::string>& texts,
                        std::vector<error>& problems);

}  // namespace pitwall::cli
