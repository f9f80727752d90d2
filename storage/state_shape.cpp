#include "storage/state_shape.hpp"

#include "storage/codec/chain.hpp"

namespace pitwall::storage {

result<std::string> sha256_hex(std::string_view text) {
  record_hasher hasher;
  PITWALL_TRY(hash, hasher.of(text));
  return to_hex(hash);
}

result<std::string> store_definition(state_store& store, std::string_view text, durability how) {
  PITWALL_TRY(id, sha256_hex(text));
  // Written even where it is there: the earlier put may have been less durable than this one asks.
  PITWALL_CHECK(store.put("definition/" + id, text, how));
  return id;
}

error no_such_key(std::string_view key) {
  return {errc::not_found, "nothing is stored under '" + std::string(key) + "'", {}, {}};
}

}  // namespace pitwall::storage
