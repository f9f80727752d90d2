// Job: the options of `serve` that say how a host is reached by TCP, and by whom.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "net/server/control_server.hpp"

namespace pitwall::cli {

struct door_choice {
  std::string address = "127.0.0.1";
  std::optional<std::uint16_t> port;
  std::filesystem::path certificate, key;
  std::vector<std::string> origins;
  bool insecure_plain = false;

  control_server::options get(const std::filesystem::path& data_directory) const;
  /// "https://[::1]:8443"
  std::string url(std::uint16_t opened) const;
};

void add_doors(CLI::App& command, door_choice& target);

}  // namespace pitwall::cli
