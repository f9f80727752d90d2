// Job: room for a host's open files: each connection is one, and so is each file of the journal,
//      which stops all trading where it cannot be opened.
// Threads: one, before others open files. Tests: tests/process/flood_test.cpp
#pragma once

#include <cstddef>

namespace pitwall::cli {

// A journal opens up to 512 (storage/rocks/options.cpp), and up to 256 connections may be open
// (server_options); venues, logs and what libraries open are some dozens.
inline constexpr std::size_t files_needed = 1'024, files_wanted = 4'096;

/// How many there may be from now on: the soft limit, raised as far as the hard one lets it.
std::size_t raise_file_limit() noexcept;

}  // namespace pitwall::cli
