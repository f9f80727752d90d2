// Job: the options that say where the web requests of workflows may go (`http`, webhooks).
#pragma once

#include <CLI/CLI.hpp>

#include "runtime/host/host.hpp"

namespace pitwall::cli {

/// --http-allow, --http-ca-file.
void add_web(CLI::App& command, web_settings& target);

}  // namespace pitwall::cli
