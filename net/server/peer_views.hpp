// Job: other hosts as JSON, for the API. Members are only ever added (docs/openapi.json).
// Threads: pure. Tests: tests/net/host_relay_test.cpp
#pragma once

#include "net/peers/host_relay.hpp"

namespace pitwall::peers {

/// As a row of GET /api/v1/hosts.
value view_of(const peer_view& p);
/// As GET /api/v1/emergency shows it of a peer: {host, state, emergency, heard_ms_ago, error}.
value emergency_view(const peer_view& p);
value view_of(const all_hosts_report& r);

}  // namespace pitwall::peers
