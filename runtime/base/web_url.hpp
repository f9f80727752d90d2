// Job: an http or https URL taken apart, as far as a client needs it.
// Strict: what is not plainly a host, a port and a target is refused, so that the host that was
//      looked at is the host that is called. No user, password or fragment: neither belongs into a
//      request, and a secret belongs into a file or a header.
// Errors: invalid_argument; none shows the URL, whose path or query may be a secret.
// Threads: pure. Tests: tests/base/web_url_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"

namespace pitwall {

struct web_url {
  bool secure = false;  ///< https
  std::string host;     ///< In lower case; an IPv6 address without its brackets.
  std::uint16_t port = 0;
  std::string target = "/";  ///< Path and query.

  /// What a Host header says: "example.com", "[::1]:8080"; without the scheme's own port.
  std::string authority() const;
  /// "https://example.com"
  std::string origin() const;
};

/// At most 8,192 characters.
result<web_url> parse_web_url(std::string_view text);

/// "localhost", an address of 127.0.0.0/8, or "::1".
bool is_loopback_name(std::string_view host) noexcept;

}  // namespace pitwall
