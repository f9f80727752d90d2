// Job: the workflows that a start would deploy, of the bots and of the command line, and what would
//      start them, before anything does.
// Errors: all of them, each with the place that names what is wrong.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/host/config/configuration.hpp"
#include "runtime/host/host.hpp"

namespace pitwall::cli {

/// What `serve` was told beside its configuration.
struct start_words {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> triggers;
  /// No other workflow can be there.
  bool nothing_else = false;
};

/// `words` of a start on this data directory, of which only a journal has further workflows.
start_words words_on(const config::configuration& c, std::vector<std::filesystem::path> files,
                     std::vector<std::string> triggers);

std::vector<error> inspect_workflows(const config::configuration& c, const config::settings& from,
                                     const start_words& words);

/// What is deployed for a bot. Errors: its file cannot be read.
result<host::deployment_request> deployment_of(const config::bot_part& bot);
/// What is deployed of a file of the command line.
result<host::deployment_request> deployment_of(const std::filesystem::path& file);

}  // namespace pitwall::cli
