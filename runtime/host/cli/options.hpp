// Job: options that several commands share, spelled and explained once.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "runtime/base/result.hpp"
#include "runtime/ports/journal.hpp"

namespace pitwall::cli {

inline constexpr const char* default_data_directory = "pitwall-data";

/// --data-dir, also from PITWALL_DATA_DIR.
inline void add_data_directory(CLI::App& command, std::filesystem::path& target) {
  target = default_data_directory;
  command.add_option("--data-dir", target, "Where the journal is kept")
      ->envname("PITWALL_DATA_DIR")
      ->capture_default_str();
}

struct durability_choice {
  std::string text = "sync";
  bool memory = false;
  result<durability> get() const {
    return memory ? result<durability>(durability::memory) : durability_from_string(text);
  }
};

/// --durability and --memory.
inline void add_durability(CLI::App& command, durability_choice& target) {
  command
      .add_option("--durability", target.text,
                  "sync: survives a power cut; async: survives kill -9, a power cut may take the "
                  "last moments; memory: keeps nothing")
      ->check(CLI::IsMember({"sync", "async", "memory"}))
      ->capture_default_str();
  command.add_flag("--memory", target.memory, "The same as --durability memory");
}

}  // namespace pitwall::cli
