// Job: identifiers: ULIDs (the ULID specification: 48 bits of milliseconds, 80 random bits,
//      Crockford base32, 26 characters, sorted by time), execution ids, client order ids.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"

namespace pitwall {

/// 26 characters of a ULID.
std::string to_ulid(std::uint64_t milliseconds, std::uint64_t random_high16,
                    std::uint64_t random_low64);
bool is_ulid(std::string_view text) noexcept;

/// Makes ULIDs that strictly increase within one generator, also when the clock stands or jumps
/// back. Threads: one owner.
class ulid_generator {
 public:
  explicit ulid_generator(std::uint64_t seed);
  std::string next(timestamp now);

 private:
  std::mt19937_64 random_;
  std::uint64_t last_ms_ = 0, high_ = 0, low_ = 0;
};

/// `exec_<workflow_id>_<ulid>`.
std::string make_execution_id(std::string_view workflow_id, std::string_view ulid);
/// The ULID at its end; empty where the text is no execution id.
std::string_view ulid_of_execution(std::string_view execution_id) noexcept;

/// Deterministic: `pw-<ulid>-<node index, base 36>`: at most 36 characters of Binance's alphabet.
std::string make_client_order_id(std::string_view execution_id, std::uint32_t node_index);

}  // namespace pitwall
