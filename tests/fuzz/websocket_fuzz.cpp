// What a client of /ws may send: refused with a message, or understood. And the bytes of messages
// that are ours: where a text breaks off within a character, and the head of a frame of any length.
#include <cstdint>

#include "net/live/client_frame.hpp"
#include "net/live/server_frames.hpp"
#include "net/server/text_frame.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/fuzz/target.hpp"

namespace pitwall::fuzz {

namespace {

enum class text_is { whole, cut, broken };

// By the table of RFC 3629, character by character from the front.
text_is read_utf8(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  for (std::size_t i = 0; i < bytes.size();) {
    const unsigned first = at(i++);
    if (first < 0x80) continue;
    if (first < 0xC2 || first > 0xF4) return text_is::broken;
    const int more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    unsigned low = 0x80, high = 0xBF;  // Of the second byte.
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    for (int n = 0; n < more; ++n, ++i, low = 0x80, high = 0xBF) {
      if (i == bytes.size()) return text_is::cut;
      if (at(i) < low || at(i) > high) return text_is::broken;
    }
  }
  return text_is::whole;
}

void try_text(std::string_view bytes) {
  const bool cut = http::breaks_off(bytes);
  const auto is = read_utf8(bytes);
  must(is != text_is::whole || !cut, "a text that is whole does not break off");
  must(is != text_is::cut || cut, "a text that ends within a character breaks off");
}

// As a client reads it (RFC 6455, 5.2).
void try_head(std::uint64_t length) {
  std::string head = "before";
  const auto from = head.size();
  http::append_frame_head(length, head);
  must(head.starts_with("before"), "a head is appended");
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(head.at(from + i)); };
  must(at(0) == 0x81, "a frame is a whole text");
  must(at(1) < 0x80, "a server masks nothing");
  const std::size_t extended = at(1) == 127 ? 8 : at(1) == 126 ? 2 : 0;
  must(head.size() - from == 2 + extended, "a head is as long as it says");
  std::uint64_t told = extended == 0 ? at(1) : 0;
  for (std::size_t i = 0; i < extended; ++i) told = told << 8U | at(2 + i);
  must(told == length, "a head tells the length");
  must(extended == 0 || told > (extended == 2 ? 125U : 65'535U), "in the fewest bytes");
}

void try_bytes(std::string_view bytes) {
  try_text(bytes);
  try_head(bytes.size());
  std::uint64_t length = 0;  // RFC 6455: its first bit is 0.
  for (const char c : bytes.substr(0, 8)) length = length << 8U | static_cast<unsigned char>(c);
  try_head(length & INT64_MAX);
}

}  // namespace

void try_one(std::string_view bytes) {
  try_bytes(bytes);
  const auto said = live::read_frame(bytes);
  if (const auto* no = std::get_if<live::refusal>(&said)) {
    must(!no->code.empty() && !no->message.empty(), "a refusal has a code and a message");
    const auto sent = parse_json(live::error_frame(*no));
    must(sent.ok() && sent->find("op")->as_text() == "error", "a refusal is sent as JSON");
    return;
  }
  const auto& frame = std::get<live::client_frame>(said);
  must(parse_json(bytes).ok(), "what is understood is JSON");
  must(parse_json(live::frame("pong", frame.id, value(value::object{}))).ok(),
       "any id can be echoed");
  if (const auto* wanted = std::get_if<live::subscribe_op>(&frame.what))
    must(wanted->epoch.size() <= bytes.size(), "nothing comes from nowhere");
}

}  // namespace pitwall::fuzz
