// Job: options that several commands share, spelled and explained once.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "runtime/base/result.hpp"
#include "runtime/ports/journal.hpp"
#include "storage/open.hpp"

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

struct retention_choice {
  std::uint64_t days = 0, events = 0, bytes = 0;  ///< 0: no limit.
  retention_policy get() const {
    retention_policy keep;
    if (days > 0) keep.max_age = std::chrono::hours(24) * days;
    if (events > 0) keep.max_events = events;
    if (bytes > 0) keep.max_bytes = bytes;
    return keep;
  }
};

/// --keep-days, --keep-events, --keep-bytes.
inline void add_retention(CLI::App& command, retention_choice& target) {
  constexpr auto most = std::uint64_t{1} << 62U;
  command.add_option("--keep-days", target.days, "Let go of commits older than this")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}));
  command.add_option("--keep-events", target.events, "Keep only the newest so many events")
      ->check(CLI::Range(std::uint64_t{1}, most));
  command
      .add_option("--keep-bytes", target.bytes,
                  "Keep only the newest events of so many bytes in all, before compression; "
                  "also as 500MB or 20GB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{1}, most));
}

/// --max-wal, --write-buffer, --block-cache.
inline void add_storage_bounds(CLI::App& command, storage_bounds& target) {
  constexpr std::size_t least = std::size_t{1} << 20U, most = std::size_t{1} << 40U;
  const auto add = [&](const char* name, std::size_t& bytes, const char* what) {
    command.add_option(name, bytes, what)
        ->transform(CLI::AsSizeValue(false))
        ->check(CLI::Range(least, most))
        ->capture_default_str();
  };
  add("--max-wal", target.max_wal_bytes,
      "Bytes that the write-ahead log may take on the disk, and that a start after a crash reads; "
      "also as 256MB");
  add("--write-buffer", target.write_buffer_bytes,
      "Bytes of events that wait in memory before they are sorted into files");
  add("--block-cache", target.block_cache_bytes, "Bytes of recently read blocks kept in memory");
}

}  // namespace pitwall::cli
