// Job: where the requests that workflows make may go: to every public address, and to the hosts
//      that the operator names, whatever their addresses.
// Why: a workflow file comes from an engineer, or by the API; the host stands where databases,
//      cloud metadata and its own control port are, and must not be the way to them (SSRF).
// Addresses are looked at, not names: what a name leads to is known when it is resolved, and that
//      address is the one that is connected to.
// Threads: plain values. Errors: invalid_argument. Tests: tests/net/web_gate_test.cpp
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/base/web_url.hpp"

namespace pitwall {

/// Whether the Internet has this address: none of loopback, private, link-local, shared, multicast,
/// reserved or documentation; of those that carry an IPv4 address, whether that is public.
bool is_public(const boost::asio::ip::address& a) noexcept;

class web_gate {
 public:
  /// Each "HOST" or "HOST:PORT", as a URL writes them.
  static result<web_gate> allowing(const std::vector<std::string>& places);

  /// Whether it was named.
  bool names(const web_url& url) const;
  /// Of one address that the URL's host leads to.
  status admits(const web_url& url, const boost::asio::ip::address& a) const;

 private:
  struct place {
    std::string host;
    std::optional<std::uint16_t> port;  ///< None: every one.
  };
  std::vector<place> places_;
};

}  // namespace pitwall
