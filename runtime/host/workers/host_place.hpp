// Job: where a host is for its workers, and what a worker says of itself, as people write them.
// Errors: invalid_argument, with what to write. Threads: pure. Tests:
// tests/host/host_place_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace pitwall {

struct host_place {
  std::string host;  ///< An IPv6 address without its brackets.
  std::uint16_t port = 0;

  /// "hub.example:7410", "[::1]:7410"
  std::string shown() const;
};

/// HOST:PORT, [IPV6]:PORT. `to_listen`: a numeric address, and the port may be 0 (a free one).
result<host_place> parse_host_place(std::string_view text, bool to_listen = false);

/// "venue=kraken,zone=eu" -> labels, sorted, each once.
result<std::vector<std::string>> parse_labels(std::string_view text);

inline constexpr std::size_t max_labels = 64, max_label_size = 128;

}  // namespace pitwall
