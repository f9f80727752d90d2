// Job: opens a TCP port to listen on.
// Errors: invalid_argument (no address), unavailable (the port is taken, or is not ours to take).
// Threads: pure. Tests: tests/process/exchange_test.cpp
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "runtime/base/result.hpp"

namespace pitwall::http {

/// `address`: numeric, IPv4 or IPv6. Port 0: a free one, which local_endpoint() tells.
result<boost::asio::ip::tcp::acceptor> open_tcp(boost::asio::io_context& io,
                                                const std::string& address, std::uint16_t port);

}  // namespace pitwall::http
