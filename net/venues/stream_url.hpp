// Job: where a venue's streams are: beside its REST address, save for the venue's own ones, whose
//      streams have another host.
// Errors: invalid_argument (the URL, a venue's own host whose streams are not known), what
// open_trust() says of a CA file. Threads: pure, but reads the CA file. Tests:
// tests/net/market_feed_test.cpp
#pragma once

#include <filesystem>
#include <string>

#include "net/client/web_socket.hpp"
#include "net/venues/market_dialect.hpp"

namespace pitwall {

/// `rest_url`: as configured; empty: the dialect's own.
result<web_socket_options> find_streams(const market_dialect& dialect, const std::string& rest_url,
                                        const std::filesystem::path& ca_file);

/// Of a ws[s]://HOST[:PORT].
result<web_socket_options> read_stream_url(const std::string& url,
                                           const std::filesystem::path& ca_file);

}  // namespace pitwall
