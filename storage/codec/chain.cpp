#include "storage/codec/chain.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace pitwall::storage {

namespace {

/// Fetched once: looking an algorithm up costs more than hashing a small record.
const EVP_MD* sha256() {
  static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> fetched(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  return fetched.get();
}

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void record_hasher::release::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

result<record_hash> record_hasher::of(std::string_view bytes) {
  if (context_ == nullptr) context_.reset(EVP_MD_CTX_new());
  record_hash hash{};
  const EVP_MD* const algorithm = sha256();
  if (algorithm == nullptr || context_ == nullptr ||
      EVP_DigestInit_ex2(context_.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) != 1) {
    return {errc::internal, "SHA-256 is not available in this system's OpenSSL"};
  }
  return hash;
}

record_hash read_hash(byte_reader& in) noexcept {
  record_hash hash{};
  const auto bytes = in.bytes(hash.size());
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

std::string to_hex(const record_hash& hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * hash.size());
  for (const std::uint8_t byte : hash) {
    hex.push_back(digits[byte >> 4U]);
    hex.push_back(digits[byte & 0xFU]);
  }
  return hex;
}

std::optional<record_hash> hash_from_hex(std::string_view hex) noexcept {
  record_hash hash{};
  if (hex.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return hash;
}

}  // namespace pitwall::storage
