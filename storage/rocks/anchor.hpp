// Job: where the kept part of the chain begins: what retention leaves of the records it removes;
//      and the islands, records before that place which somebody still needs.
// Errors: data_loss. Tests: tests/storage/verify_test.cpp, prune_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/codec/chain.hpp"
#include "storage/rocks/database.hpp"

namespace pitwall::storage {

struct chain_anchor {
  std::uint64_t first_seq = 1;       ///< The first kept event; everything before it was removed.
  record_hash previous = no_record;  ///< What the record that begins there carries.
  std::uint64_t passed_commits = 0, passed_bytes = 0;  ///< Of all records before it, islands too.
  std::uint64_t removed_executions = 0;
  std::uint64_t islands = 0, island_bytes = 0;
  friend bool operator==(const chain_anchor&, const chain_anchor&) = default;
};

inline constexpr std::string_view anchor_key = "anchor";
std::string encode_anchor(const chain_anchor& anchor);
result<chain_anchor> decode_anchor(std::string_view bytes);

/// That of a whole journal where nothing was removed yet.
result<chain_anchor> read_anchor(const database& db);

/// A record before the anchor that stays: the chain no longer proves it, so its hash is noted.
struct island {
  record_hash hash = no_record;
  std::uint64_t bytes = 0;
  std::vector<std::string> needed_by;  ///< execution_key()s; fewer with each sweep.
};

/// In `meta`, by the record's first seq.
inline constexpr std::string_view island_prefix = "island/";
std::string island_key(std::uint64_t seq);
/// Of an island's row.
std::uint64_t island_seq(std::string_view key) noexcept;
std::string encode_island(const island& i);
result<island> decode_island(std::string_view bytes, std::uint64_t seq);

}  // namespace pitwall::storage
