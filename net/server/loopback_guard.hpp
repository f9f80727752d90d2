// Job: who may use a server that asks for no token: programs of this machine, and no page of
//      another site that a browser here shows; and which pages may use one that asks.
// Why: any site can have a browser connect to 127.0.0.1, and its own name can be made to point
//      there (DNS rebinding); then Host or Origin names that site.
// Threads: pure. Tests: tests/net/loopback_guard_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/server/wire.hpp"

namespace pitwall::http {

/// "localhost", "127.0.0.1:8080", "[::1]"
bool is_loopback_host(std::string_view host) noexcept;

/// 403 where the Host header is not loopback, or an Origin is there and is not.
std::optional<reply> refuse_strangers(const wire_request& asked);

/// 403 where an Origin is there that is neither the server's own, by the Host header, nor a
/// loopback one of a server that was asked by a loopback name, nor among `allowed`; 400 without one
/// Host. Whoever comes from elsewhere still has to show a token: this is the second lock.
std::optional<reply> refuse_other_sites(const wire_request& asked,
                                        const std::vector<std::string>& allowed);

/// "https://desk.example:8443": a scheme and a host, and nothing behind it.
bool is_origin(std::string_view text) noexcept;

}  // namespace pitwall::http
