// Job: a venue's URL -> where its requests go, and whose certificates are believed there.
// Errors: invalid_argument: no http[s]://HOST[:PORT]; else as open_trust().
// Threads: pure. Tests: tests/net/binance_venue_test.cpp
#pragma once

#include <filesystem>
#include <string>

#include "net/venues/rest_client.hpp"

namespace pitwall {

/// ca_file: may be empty; the system's then.
result<rest_options> read_rest_url(const std::string& url, const std::filesystem::path& ca_file);

}  // namespace pitwall
