// Job: whose certificates a client believes: those that the system trusts, or those in one file.
// Form: PEM; with a file nothing else is believed. A server's own certificate will do, too.
// Security: TLS 1.2 and later; a server is verified, always.
// Errors: io_error (the file cannot be read), invalid_argument (it holds no certificate).
// Threads: pure. Tests: tests/net/dialer_test.cpp
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace pitwall {

/// Without a file: the system's.
result<std::shared_ptr<boost::asio::ssl::context>> open_trust(const std::filesystem::path& ca_file);

}  // namespace pitwall
