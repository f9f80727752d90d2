// Job: what can still be read of a journal that no longer opens, as a new data directory: a file is
//      missing, or the log is damaged. The damaged directory stays as it is.
// Threads: one caller; no host runs on `from`. Durable: no; it is a copy.
// Errors: not_found (no journal's files), already_exists, failed_precondition (in use), io_error,
//         data_loss (nothing can be made of it). Tests: tests/storage/salvage_test.cpp
#pragma once

#include <filesystem>

#include "runtime/base/result.hpp"

namespace pitwall {

/// `to` is not there yet. What it holds is whole or has holes: verify_journal() says which.
status salvage_journal(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace pitwall
