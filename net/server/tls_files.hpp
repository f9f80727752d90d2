// Job: the certificate and the key that a server shows, as files.
// Form: PEM; the certificate first, then those that lead from it to the one that clients know.
// Security: TLS 1.2 and later. A key with a passphrase is refused: nobody is there to type it.
// Errors: io_error (a file cannot be read), invalid_argument (no certificate, no key, or not of one
//      another); both name both files.
// Threads: pure. Tests: tests/net/tls_test.cpp
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/base/result.hpp"

namespace boost::asio::ssl {
class context;
}

namespace pitwall::http {

struct tls_files {
  std::filesystem::path certificate, key;
};

result<std::shared_ptr<boost::asio::ssl::context>> open_tls(const tls_files& files);

}  // namespace pitwall::http
