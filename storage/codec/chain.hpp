// Job: the chain through the records: each carries the SHA-256 of the whole stored bytes of the one
//      before it, the first one zeros. One hash therefore stands for everything up to it.
// Threads: a hasher has one owner; the rest are plain functions.
// Errors: internal, where the crypto library refuses. Tests: tests/storage/chain_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "storage/codec/bytes.hpp"

struct evp_md_ctx_st;

namespace pitwall::storage {

using record_hash = std::array<std::uint8_t, 32>;
/// What the first record of all carries.
inline constexpr record_hash no_record{};

/// Hashes one record after the other with one context: the commit thread is hot.
class record_hasher {
 public:
  result<record_hash> of(std::string_view bytes);

 private:
  struct release {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, release> context_;
};

/// 64 lower-case hex digits.
std::string to_hex(const record_hash& hash);
std::optional<record_hash> hash_from_hex(std::string_view hex) noexcept;

/// Zeros where the reader fails.
record_hash read_hash(byte_reader& in) noexcept;
inline std::string_view view(const record_hash& hash) noexcept {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace pitwall::storage
