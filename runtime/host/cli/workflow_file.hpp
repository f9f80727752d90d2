// Job: reads the file a user named, and says clearly why it cannot.
#pragma once

#include <filesystem>
#include <string>

#include "runtime/base/result.hpp"

namespace pitwall::cli {

/// Errors: invalid_argument (missing, a directory, unreadable, empty, beyond
/// limits::max_file_bytes).
result<std::string> read_workflow_file(const std::filesystem::path& path);

/// The same of a configuration.
result<std::string> read_config_file(const std::filesystem::path& path);

/// What an id-less workflow of this file is called: the file's stem, reduced to letters, digits,
/// '_', '-'.
std::string id_of_file(const std::filesystem::path& path);

}  // namespace pitwall::cli
