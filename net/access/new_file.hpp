// Job: writes a file that was not there before, whole, with these permissions, durably.
// Errors: already_exists, io_error; then none is left behind.
// Threads: pure. Tests: tests/net/certificate_authority_test.cpp
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall::access {

status write_new_file(const std::filesystem::path& file, std::string_view text, ::mode_t mode);

}  // namespace pitwall::access
