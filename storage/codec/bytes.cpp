#include "storage/codec/bytes.hpp"

namespace pitwall::storage {

void put_decimal(decimal d, std::string& out) {
  const int128 raw = d.raw();
  uint128 z = (static_cast<uint128>(raw) << 1U) ^ static_cast<uint128>(raw >> 127U);
  while (z >= 0x80U) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(z) | 0x80U));
    z >>= 7U;
  }
  out.push_back(static_cast<char>(z));
}

void put_big64(std::uint64_t v, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}

std::uint8_t byte_reader::byte() noexcept {
  if (in_.empty()) {
    fail();
    return 0;
  }
  const auto b = static_cast<std::uint8_t>(in_.front());
  in_.remove_prefix(1);
  return b;
}

std::uint64_t byte_reader::varint() noexcept {
  std::uint64_t v = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t b = byte();
    if (!ok_) return 0;
    if (shift == 63 && b > 1) break;  // More than 64 bits.
    v |= std::uint64_t{b & 0x7FU} << shift;
    if ((b & 0x80U) == 0) return v;
  }
  fail();
  return 0;
}

std::uint32_t byte_reader::varint32() noexcept {
  const std::uint64_t v = varint();
  if (v <= UINT32_MAX) return static_cast<std::uint32_t>(v);
  fail();
  return 0;
}

std::string_view byte_reader::bytes(std::size_t n) noexcept {
  if (n > in_.size()) {
    fail();
    return {};
  }
  const auto part = in_.substr(0, n);
  in_.remove_prefix(n);
  return part;
}

decimal byte_reader::number() noexcept {
  uint128 z = 0;
  for (unsigned shift = 0; shift < 128; shift += 7) {
    const std::uint8_t b = byte();
    if (!ok_) return {};
    if (shift == 126 && b > 3) break;  // More than 128 bits.
    z |= static_cast<uint128>(b & 0x7FU) << shift;
    if ((b & 0x80U) == 0) {
      const uint128 sign = ~(z & 1U) + 1U;
      return decimal::from_raw(static_cast<int128>((z >> 1U) ^ sign));
    }
  }
  fail();
  return {};
}

std::uint64_t byte_reader::big64() noexcept {
  std::uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v = v << 8U | byte();
  return v;
}

std::size_t byte_reader::length() noexcept {
  const std::uint64_t n = varint();
  if (n <= in_.size()) return static_cast<std::size_t>(n);
  fail();
  return 0;
}

value byte_reader::any() {
  if (!ok_) return {};
  auto v = decode_value(in_);
  if (v.ok()) return std::move(v).value();
  fail();
  return {};
}

}  // namespace pitwall::storage
