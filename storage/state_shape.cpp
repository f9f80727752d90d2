#include "storage/state_shape.hpp"

#include <openssl/evp.h>

#include <array>

namespace pitwall::storage {

result<std::string> sha256_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    return {errc::internal, "SHA-256 is not available in this system's OpenSSL"};
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(std::size_t{2} * size);
  for (unsigned int i = 0; i < size; ++i) {
    hex.push_back(digits[digest[i] >> 4U]);
    hex.push_back(digits[digest[i] & 0xFU]);
  }
  return hex;
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
