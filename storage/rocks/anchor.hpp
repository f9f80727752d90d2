// Job: where the kept part of the chain begins: what retention leaves of the records it removes.
// Errors: data_loss. Tests: tests/storage/verify_test.cpp, prune_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/codec/chain.hpp"
#include "storage/rocks/database.hpp"

namespace pitwall::storage {

struct chain_anchor {
  std::uint64_t first_seq = 1;       ///< The first kept event; everything before it was removed.
  record_hash previous = no_record;  ///< What the record that begins there carries.
};

inline constexpr std::string_view anchor_key = "anchor";
std::string encode_anchor(const chain_anchor& anchor);
result<chain_anchor> decode_anchor(std::string_view bytes);

/// That of a whole journal where nothing was removed yet.
result<chain_anchor> read_anchor(const database& db);

}  // namespace pitwall::storage
