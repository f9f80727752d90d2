// The binary form of values: one tag byte, then
//   text    varint length, bytes
//   list    varint count, that many values
//   object  varint count, that many times (varint length, name, value)
//   number  the tag carries how many fraction digits follow the mantissa's point (0 to 18);
//           zigzag varint of the mantissa without trailing zeros
// Varints are little endian in groups of seven bits, the high bit says that more follow.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "runtime/base/limits.hpp"
#include "runtime/base/value.hpp"

namespace pitwall {

namespace {

enum tag : unsigned char {
  tag_null = 0,
  tag_false = 1,
  tag_true = 2,
  tag_text = 3,
  tag_list = 4,
  tag_object = 5,
  tag_number = 0x10,  // to 0x10 + decimal::digits
};

constexpr std::array<std::uint64_t, decimal::digits + 1> powers = [] {
  std::array<std::uint64_t, decimal::digits + 1> p{};
  p[0] = 1;
  for (std::size_t i = 1; i < p.size(); ++i) p[i] = p[i - 1] * 10;
  return p;
}();

template <class Unsigned>
void put_varint(Unsigned v, std::string& out) {
  char bytes[19];
  std::size_t n = 0;
  while (v >= 0x80U) {
    bytes[n++] = static_cast<char>(static_cast<unsigned char>(v) | 0x80U);
    v >>= 7U;
  }
  bytes[n++] = static_cast<char>(static_cast<unsigned char>(v));
  out.append(bytes, n);
}

template <class Unsigned>
bool take_varint(std::string_view& in, Unsigned& v) noexcept {
  constexpr unsigned bits = sizeof(Unsigned) * 8U;
  v = 0;
  for (unsigned shift = 0; !in.empty(); shift += 7U) {
    const auto byte = static_cast<unsigned char>(in.front());
    const Unsigned group = byte & 0x7FU;
    if (shift >= bits || (group << shift) >> shift != group) return false;
    in.remove_prefix(1);
    v |= group << shift;
    if ((byte & 0x80U) == 0) return true;
  }
  return false;
}

// Cuts `zeros` trailing decimal zeros off, if they are there and `scale` has so many.
template <class Unsigned>
void strip(Unsigned& m, unsigned& scale, unsigned zeros) noexcept {
  if (scale >= zeros && m % powers[zeros] == 0) {
    m /= powers[zeros];
    scale -= zeros;
  }
}

void put_number(decimal number, std::string& out) {
  const bool negative = number.is_negative();
  auto m = static_cast<uint128>(number.raw());
  if (negative) m = uint128{0} - m;
  unsigned scale = decimal::digits;
  constexpr std::uint64_t narrow_max = std::numeric_limits<std::uint64_t>::max();
  if (m > narrow_max) strip(m, scale, 16);
  if (m > narrow_max) {
    for (unsigned zeros : {8U, 4U, 2U, 1U}) strip(m, scale, zeros);
  } else {
    auto narrow = static_cast<std::uint64_t>(m);
    for (unsigned zeros : {16U, 8U, 4U, 2U, 1U}) strip(narrow, scale, zeros);
    m = narrow;
  }
  if (m == 0) scale = 0;
  out.push_back(static_cast<char>(tag_number + scale));
  const uint128 zigzag = negative ? (m << 1U) - 1 : m << 1U;
  if (zigzag <= narrow_max) {
    put_varint(static_cast<std::uint64_t>(zigzag), out);
  } else {
    put_varint(zigzag, out);
  }
}

void put_text(std::string_view text, std::string& out) {
  put_varint(std::uint64_t{text.size()}, out);
  out.append(text);
}

error damaged(const char* what) {
  return {errc::data_loss, std::string("stored value: ") + what, {}, {}};
}

result<value> take_number(std::string_view& in, unsigned scale) {
  uint128 zigzag = 0;
  if (!take_varint(in, zigzag)) return damaged("a number is cut or too long");
  const bool negative = (zigzag & 1U) != 0;
  const uint128 m = (zigzag >> 1U) + (negative ? 1U : 0U);
  constexpr uint128 most = ~uint128{0} >> 1U;
  const std::uint64_t factor = powers[decimal::digits - scale];
  if (m > most / factor) return damaged("a number is out of range");
  const auto raw = static_cast<int128>(m * factor);
  return value(decimal::from_raw(negative ? -raw : raw));
}

bool take_text(std::string_view& in, std::string& text) {
  std::uint64_t size = 0;
  if (!take_varint(in, size) || size > in.size()) return false;
  text.assign(in.substr(0, size));
  in.remove_prefix(size);
  return true;
}

// A count is believed only as far as the input could hold it, and room is made in small steps, so
// that nested false counts cannot claim memory beyond the input's own size.
constexpr std::size_t first_room = 64;

result<value> take_value(std::string_view& in, std::size_t depth);

result<value> take_list(std::string_view& in, std::size_t depth) {
  std::uint64_t count = 0;
  if (!take_varint(in, count) || count > in.size()) return damaged("a list is cut");
  if (depth == limits::max_value_depth) return damaged("nested too deeply");
  value::list items;
  items.reserve(std::min<std::size_t>(count, first_room));
  for (; count > 0; --count) {
    auto item = take_value(in, depth + 1);
    if (!item.ok()) return item;
    items.push_back(std::move(item).value());
  }
  return value(std::move(items));
}

result<value> take_object(std::string_view& in, std::size_t depth) {
  std::uint64_t count = 0;
  if (!take_varint(in, count) || count > in.size() / 2) return damaged("an object is cut");
  if (depth == limits::max_value_depth) return damaged("nested too deeply");
  value::object members;
  members.reserve(std::min<std::size_t>(count, first_room));
  for (; count > 0; --count) {
    std::string name;
    if (!take_text(in, name)) return damaged("a member's name is cut");
    auto member = take_value(in, depth + 1);
    if (!member.ok()) return member;
    members.emplace_back(std::move(name), std::move(member).value());
  }
  return value(std::move(members));
}

// `depth`: how many lists and objects stand around this value.
result<value> take_value(std::string_view& in, std::size_t depth) {
  if (in.empty()) return damaged("it is cut");
  const auto t = static_cast<unsigned char>(in.front());
  in.remove_prefix(1);
  switch (t) {
    case tag_null:
      return value();
    case tag_false:
      return value(false);
    case tag_true:
      return value(true);
    case tag_text: {
      std::string text;
      if (!take_text(in, text)) return damaged("a text is cut");
      return value(std::move(text));
    }
    case tag_list:
      return take_list(in, depth);
    case tag_object:
      return take_object(in, depth);
    default:
      if (t >= tag_number && t <= tag_number + decimal::digits) {
        return take_number(in, static_cast<unsigned>(t - tag_number));
      }
      return damaged("unknown tag");
  }
}

}  // namespace

void encode(const value& v, std::string& out) {
  switch (v.type()) {
    case value::kind::null:
      out.push_back(static_cast<char>(tag_null));
      return;
    case value::kind::boolean:
      out.push_back(static_cast<char>(v.as_bool() ? tag_true : tag_false));
      return;
    case value::kind::number:
      put_number(v.as_number(), out);
      return;
    case value::kind::text:
      out.push_back(static_cast<char>(tag_text));
      put_text(v.as_text(), out);
      return;
    case value::kind::list:
      out.push_back(static_cast<char>(tag_list));
      put_varint(std::uint64_t{v.as_list().size()}, out);
      for (const auto& item : v.as_list()) encode(item, out);
      return;
    case value::kind::object:
      out.push_back(static_cast<char>(tag_object));
      put_varint(std::uint64_t{v.as_object().size()}, out);
      for (const auto& [name, member] : v.as_object()) {
        put_text(name, out);
        encode(member, out);
      }
      return;
  }
}

result<value> decode_value(std::string_view& in) { return take_value(in, 0); }

}  // namespace pitwall
