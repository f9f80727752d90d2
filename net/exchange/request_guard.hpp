// Job: who may ask for what is private, and when: API key, signature, and the window of time in
//      which a request counts, by the exchange's clock at its arrival.
// Threads: pure. Tests: tests/net/exchange_security_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/exchange/parameters.hpp"
#include "net/signature.hpp"

namespace pitwall::sim {

inline constexpr std::int64_t default_recv_window_ms = 5'000, longest_recv_window_ms = 60'000;

/// The key alone, as user data streams and the faults need it. -2014, -2015.
verdict check_key(const std::string* header, const std::optional<api_key>& wanted);
/// timestamp and recvWindow: -1102, -1100, -1131, -1021.
verdict check_time(const parameters& p, std::int64_t now_ms);
/// All of it. Without a wanted key everyone may, in time.
verdict check_signed(const parameters& p, const std::string* header,
                     const std::optional<api_key>& wanted, std::int64_t now_ms);

}  // namespace pitwall::sim
