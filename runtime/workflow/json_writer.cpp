#include <array>
#include <cstdint>

#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

/// Length of the well-formed UTF-8 sequence at the front of `in` (RFC 3629); 0 where it is none.
std::size_t utf8_sequence(std::string_view in) noexcept {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < in.size() ? static_cast<unsigned char>(in[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return follows(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    // Overlong forms and surrogates are refused by the range of the second byte.
    const unsigned low = first == 0xE0U ? 0xA0U : 0x80U;
    const unsigned high = first == 0xEDU ? 0x9FU : 0xBFU;
    return byte(1) >= low && byte(1) <= high && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const unsigned low = first == 0xF0U ? 0x90U : 0x80U;
    const unsigned high = first == 0xF4U ? 0x8FU : 0xBFU;
    return byte(1) >= low && byte(1) <= high && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = true;
  plain['"'] = false;
  plain['\\'] = false;
  return plain;
}
constexpr auto plain_characters = make_plain();

void append_escape(unsigned char c, std::string& out) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      out += "\\u00";
      out += hex[c >> 4U];
      out += hex[c & 0xFU];
  }
}

void append_pretty(const value& v, std::string& out, std::size_t indent) {
  const auto line = [&](std::size_t width) { out.append(1, '\n').append(width, ' '); };
  constexpr std::size_t step = 2;
  bool first = true;
  if (v.is_list() && !v.as_list().empty()) {
    out += '[';
    for (const auto& item : v.as_list()) {
      if (!first) out += ',';
      first = false;
      line(indent + step);
      append_pretty(item, out, indent + step);
    }
    line(indent);
    out += ']';
  } else if (v.is_object() && !v.as_object().empty()) {
    out += '{';
    for (const auto& [name, item] : v.as_object()) {
      if (!first) out += ',';
      first = false;
      line(indent + step);
      append_json_string(name, out);
      out += ": ";
      append_pretty(item, out, indent + step);
    }
    line(indent);
    out += '}';
  } else {
    append_json(v, out);
  }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t done = 0;  // Everything before it is written.
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (plain_characters[c]) {
      ++at;
      continue;
    }
    if (c >= 0x80U) {
      if (const auto length = utf8_sequence(text.substr(at)); length != 0) {
        at += length;
        continue;
      }
    }
    out.append(text, done, at - done);
    if (c >= 0x80U) {
      out += "\xEF\xBF\xBD";
    } else {
      append_escape(c, out);
    }
    done = ++at;
  }
  out.append(text, done, at - done);
  out += '"';
}

void append_json(const value& v, std::string& out) {
  switch (v.type()) {
    case value::kind::null:
      out += "null";
      return;
    case value::kind::boolean:
      out += v.as_bool() ? "true" : "false";
      return;
    case value::kind::number:
      out += v.as_number().to_string();
      return;
    case value::kind::text:
      append_json_string(v.as_text(), out);
      return;
    case value::kind::list: {
      out += '[';
      bool first = true;
      for (const auto& item : v.as_list()) {
        if (!first) out += ',';
        first = false;
        append_json(item, out);
      }
      out += ']';
      return;
    }
    case value::kind::object: {
      out += '{';
      bool first = true;
      for (const auto& [name, item] : v.as_object()) {
        if (!first) out += ',';
        first = false;
        append_json_string(name, out);
        out += ':';
        append_json(item, out);
      }
      out += '}';
      return;
    }
  }
}

std::string to_json(const value& v) {
  std::string out;
  append_json(v, out);
  return out;
}

std::string to_pretty_json(const value& v) {
  std::string out;
  append_pretty(v, out, 0);
  return out;
}

}  // namespace pitwall
