// Job: the keys of the family `events`: the first seq of a record, so that they sort by it.
#pragma once

#include <cstdint>
#include <string>

#include "storage/codec/bytes.hpp"
#include "storage/rocks/database.hpp"

namespace pitwall::storage {

inline std::string seq_key(std::uint64_t seq) {
  std::string key;
  put_big64(seq, key);
  return key;
}

inline std::uint64_t seq_of(const rocksdb::Slice& key) { return byte_reader(view(key)).big64(); }

}  // namespace pitwall::storage
