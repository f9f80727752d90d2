// Job: the bytes of WebSocket messages that are ours and not Boost.Beast's: the head of a frame
// that
//      is sent, and the end of a text that was heard.
// Source: RFC 6455 (5.2), RFC 3629. Threads: pure functions.
// Tests: tests/fuzz/websocket_fuzz.cpp, tests/net/web_socket_test.cpp
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pitwall::http {

/// Whether a text, valid up to there, ends within a character: where the last frame of a message
/// is empty, Beast does not look.
inline bool breaks_off(std::string_view text) {
  const auto byte = [&](std::size_t from_end) {
    return static_cast<unsigned char>(text[text.size() - 1 - from_end]);
  };
  std::size_t behind = 0;  // The first byte of the last character.
  while (behind < std::min<std::size_t>(text.size(), 3) && (byte(behind) & 0xC0U) == 0x80U)
    ++behind;
  if (behind == text.size()) return behind > 0;
  const auto first = byte(behind);
  return behind < (first < 0xC0 ? 0U : first < 0xE0 ? 1U : first < 0xF0 ? 2U : 3U);
}

/// Of a whole text that a server sends.
inline void append_frame_head(std::uint64_t bytes, std::string& out) {
  constexpr char whole_text = static_cast<char>(0x81);
  const int length_bytes = bytes < 126 ? 0 : bytes < 65'536 ? 2 : 8;
  out += whole_text;
  out += static_cast<char>(length_bytes == 0 ? bytes : length_bytes == 2 ? 126 : 127);
  for (int i = length_bytes - 1; i >= 0; --i) out += static_cast<char>(bytes >> (8 * i));
}

}  // namespace pitwall::http
