// Job: the alphabet of stored bytes: varints, zigzag, length-prefixed text, 128-bit decimals.
// Threads: plain values.
// Errors: a reader never reads past its end; the first misfit makes it fail for good, and every
//         later read gives zero or nothing. Check ok() before believing what was read.
// Tests: tests/storage/bytes_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"
#include "runtime/base/value.hpp"

namespace pitwall::storage {

// ---- writing: appends to `out`
inline void put_varint(std::uint64_t v, std::string& out) {
  while (v >= 0x80U) {
    out.push_back(static_cast<char>(v | 0x80U));
    v >>= 7U;
  }
  out.push_back(static_cast<char>(v));
}
/// Small magnitudes stay small, whatever the sign.
constexpr std::uint64_t zigzag(std::int64_t v) noexcept {
  return (static_cast<std::uint64_t>(v) << 1U) ^ static_cast<std::uint64_t>(v >> 63U);
}
constexpr std::int64_t unzigzag(std::uint64_t v) noexcept {
  return static_cast<std::int64_t>((v >> 1U) ^ (~(v & 1U) + 1U));
}
inline void put_signed(std::int64_t v, std::string& out) { put_varint(zigzag(v), out); }
inline void put_text(std::string_view text, std::string& out) {
  put_varint(text.size(), out);
  out.append(text);
}
void put_decimal(decimal d, std::string& out);
/// Fixed width, big endian: keys, which sort as the numbers do.
void put_big64(std::uint64_t v, std::string& out);

/// a - b and a + b on time counts, defined for every pair (damaged input must not be undefined).
constexpr std::int64_t wrapping_sub(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrapping_add(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
inline std::int64_t micros_of(timestamp t) noexcept { return t.time_since_epoch().count(); }
inline timestamp at_micros(std::int64_t us) noexcept { return timestamp(microseconds(us)); }

// ---- reading
class byte_reader {
 public:
  explicit byte_reader(std::string_view in) noexcept : in_(in) {}

  bool ok() const noexcept { return ok_; }
  bool at_end() const noexcept { return in_.empty(); }
  std::size_t left() const noexcept { return in_.size(); }
  void fail() noexcept {
    ok_ = false;
    in_ = {};
  }

  std::uint8_t byte() noexcept;
  std::uint64_t varint() noexcept;
  /// A varint that must fit 32 bits.
  std::uint32_t varint32() noexcept;
  std::int64_t signed_varint() noexcept { return unzigzag(varint()); }
  std::string_view bytes(std::size_t n) noexcept;
  std::string_view text() noexcept { return bytes(length()); }
  decimal number() noexcept;
  std::uint64_t big64() noexcept;
  /// A count of things that take at least one byte each: never more than the bytes left.
  std::size_t length() noexcept;
  value any();

 private:
  std::string_view in_;
  bool ok_ = true;
};

}  // namespace pitwall::storage
