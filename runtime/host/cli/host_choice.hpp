// Job: the options that say which host a command is about: the one on a data directory, or one at a
//      URL. What is written counts before the environment; naming both is an error, so that a
//      command meant for one never reaches the other.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "runtime/base/result.hpp"

namespace pitwall::cli {

struct host_choice {
  std::filesystem::path data_directory{};  ///< Empty: not said.
  std::string url{};                       ///< Empty: the host of the data directory.
  std::filesystem::path token_file{}, ca_file{};

  /// With what the environment and the defaults say about it. invalid_argument: it says two things.
  result<host_choice> settled() const;
};

/// --data-dir, --host, --token-file, --ca-file.
void add_host(CLI::App& command, host_choice& target);

/// The token in a file. Errors: not_found, invalid_argument; none shows what the file says.
result<std::string> read_token(const std::filesystem::path& file);

}  // namespace pitwall::cli
