// Job: who may use a server that asks for no token: programs of this machine, and no page of
//      another site that a browser here shows.
// Why: any site can have a browser connect to 127.0.0.1, and its own name can be made to point
//      there (DNS rebinding); then Host or Origin names that site.
// Threads: pure. Tests: tests/net/loopback_guard_test.cpp
#pragma once

#include <optional>
#include <string_view>

#include "net/server/wire.hpp"

namespace pitwall::http {

/// "localhost", "127.0.0.1:8080", "[::1]"
bool is_loopback_host(std::string_view host) noexcept;

/// 403 where the Host header is not loopback, or an Origin is there and is not.
std::optional<reply> refuse_strangers(const wire_request& asked);

}  // namespace pitwall::http
