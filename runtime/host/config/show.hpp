// Job: the configuration and its table, written for people and programs.
// Secrets: none is ever in the configuration; keys name the files that hold them.
// Threads: pure. Tests: tests/host/config_show_test.cpp
#pragma once

#include <string>
#include <vector>

#include "runtime/host/config/settings.hpp"

namespace pitwall::config {

/// As a file says it: reading it again gives the same configuration.
value as_file(const settings& config);

/// {"server.port", "8080", "PITWALL__SERVER__PORT"}, in the order of the table.
std::vector<std::vector<std::string>> with_origins(const settings& config);

/// JSON Schema 2020-12 of the file.
value schema();
/// The table of docs/configuration.md, in Markdown.
std::string markdown_table();

}  // namespace pitwall::config
