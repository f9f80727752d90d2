// /ws frame by frame, as RFC 6455 says, by a client that can say everything wrong.
#include <optional>

#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

enum opcode : unsigned {
  continuation = 0,
  text = 1,
  binary = 2,
  close_op = 8,
  ping = 9,
  pong = 10
};

struct frame {
  unsigned op = text;
  std::string payload;
  bool fin = true;
  unsigned reserved = 0;  ///< The three bits.
  bool masked = true;
};

std::string length_of(std::uint64_t n, bool masked, unsigned form) {
  const auto bit = static_cast<char>(masked ? 0x80 : 0);
  std::string out(1, static_cast<char>(bit | static_cast<char>(form)));
  const int bytes = form == 126 ? 2 : form == 127 ? 8 : 0;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>((n >> (8 * i)) & 0xffU);
  if (bytes == 0) out[0] = static_cast<char>(bit | static_cast<char>(n));
  return out;
}

std::string wire(const frame& f) {
  const std::string key = "\x11\x22\x33\x44";
  const std::size_t n = f.payload.size();
  std::string out(1, static_cast<char>((f.fin ? 0x80U : 0U) | (f.reserved << 4U) | f.op));
  out += length_of(n, f.masked, n < 126 ? 0 : n < 65'536 ? 126 : 127);
  if (!f.masked) return out + f.payload;
  out += key;
  for (std::size_t i = 0; i < n; ++i) out += static_cast<char>(f.payload[i] ^ key[i % 4]);
  return out;
}
std::string wire(std::initializer_list<frame> all) {
  std::string out;
  for (const auto& f : all) out += wire(f);
  return out;
}

std::string code(unsigned n, const std::string& why = {}) {
  return std::string{static_cast<char>(n >> 8U), static_cast<char>(n & 0xffU)} + why;
}

std::string handshake(const std::string& more = {}, const std::string& version = "13") {
  return "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: " +
         version + "\r\n" + more + "\r\n";
}
const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string probe = R"({"op":"ping","id":"still here"})";

/// Past the handshake and the greeting.
class frame_client {
 public:
  explicit frame_client(const server_fixture& f) : raw_(f.server->port()) {
    raw_.send(handshake(key));
    const auto head = raw_.read_until("\r\n\r\n");
    REQUIRE(head.starts_with("HTTP/1.1 101 "));
    // The example of RFC 6455, 1.3.
    REQUIRE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") !=
            std::string::npos);
    REQUIRE(hear().op == text);
  }
  void say(const std::string& bytes) { raw_.send(bytes); }
  /// The server's next frame; without an opcode (99) where the connection has ended.
  frame hear() {
    const auto head = raw_.read_bytes(2);
    if (head.size() < 2) return {99, {}};
    const auto first = static_cast<unsigned char>(head[0]);
    auto length = static_cast<std::uint64_t>(static_cast<unsigned char>(head[1]));
    CHECK(length < 128);  // A server masks nothing.
    if (length >= 126) {
      const auto bytes = raw_.read_bytes(length == 126 ? 2 : 8);
      length = 0;
      for (const char c : bytes) length = length << 8U | static_cast<unsigned char>(c);
    }
    return {first & 15U, raw_.read_bytes(length), (first & 0x80U) != 0, (first >> 4U) & 7U, false};
  }
  /// The code of its close frame, once it has come and the connection has ended; 1: it has ended
  /// without one.
  unsigned ends_with() {
    frame f = hear();
    while (f.op != close_op && f.op != 99) f = hear();
    if (f.op == 99) return 1;
    CHECK(f.payload.size() != 1);
    CHECK(f.payload.size() <= 125);
    raw_.finish_sending();
    CHECK(raw_.read_to_end().empty());
    if (f.payload.empty()) return 1005;
    return static_cast<unsigned>(static_cast<unsigned char>(f.payload[0]) << 8U |
                                 static_cast<unsigned char>(f.payload[1]));
  }
  bool still_here() {
    say(wire({text, probe}));
    frame f = hear();
    while (f.op != 99 && f.op != close_op && f.payload.find("still here") == std::string::npos)
      f = hear();
    return f.op == text;
  }

 private:
  raw_client raw_;
};

struct line {
  std::string name, bytes;
  unsigned code = 0;  ///< What it ends with; 0: it goes on.
};

void check_all(const server_fixture& f, const std::vector<line>& lines) {
  for (const auto& l : lines) {
    CAPTURE(l.name);
    frame_client c(f);
    c.say(l.bytes);
    if (l.code == 0) {
      CHECK(c.still_here());
    } else {
      CHECK(c.ends_with() == l.code);
    }
  }
  CHECK(f.get("/livez").status == 200);
}

}  // namespace

TEST_CASE("frames that RFC 6455 does not know end the connection with 1002") {
  server_fixture f;
  std::vector<line> lines;
  for (const unsigned bits : {1U, 2U, 4U, 7U}) {
    const auto name = std::to_string(bits);
    lines.push_back({"reserved bits of a text: " + name, wire({{text, probe, true, bits}}), 1002});
    lines.push_back({"of a ping: " + name, wire({{ping, "x", true, bits}}), 1002});
    lines.push_back({"of a continuation: " + name,
                     wire({{text, "{", false}, {continuation, "}", true, bits}}), 1002});
  }
  for (const unsigned op : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U})
    lines.push_back({"reserved opcode " + std::to_string(op), wire({{op, "x"}}), 1002});
  for (const unsigned op : {unsigned{text}, unsigned{ping}, unsigned{close_op}})
    lines.push_back({"not masked: " + std::to_string(op), wire({{op, "", true, 0, false}}), 1002});
  for (const unsigned op : {unsigned{close_op}, unsigned{ping}, unsigned{pong}}) {
    const auto name = std::to_string(op);
    lines.push_back({"a control frame in parts: " + name, wire({{op, "x", false}}), 1002});
    lines.push_back({"of 126 bytes: " + name, wire({{op, std::string(126, 'x')}}), 1002});
    lines.push_back({"of 70,000 bytes: " + name, wire({{op, std::string(70'000, 'x')}}), 1002});
  }
  lines.push_back({"a continuation of nothing", wire({{continuation, "x"}}), 1002});
  lines.push_back({"and of nothing that goes on", wire({{continuation, "x", false}}), 1002});
  lines.push_back({"after a whole text", wire({{text, probe}, {continuation, "x"}}), 1002});
  lines.push_back({"a text inside of another", wire({{text, "{", false}, {text, "}"}}), 1002});
  lines.push_back({"a binary one inside", wire({{text, "{", false}, {binary, "}"}}), 1002});
  lines.push_back({"a short length written long", "\x81" + length_of(5, true, 126) + "1234", 1002});
  lines.push_back({"written longest", "\x81" + length_of(500, true, 127) + "1234", 1002});
  lines.push_back({"a binary message", wire({{binary, probe}}), 1003});
  lines.push_back({"in parts", wire({{binary, "{", false}, {continuation, "}"}}), 1003});
  check_all(f, lines);
}

TEST_CASE("a message may come in parts, with control frames between them") {
  server_fixture f;
  check_all(f, {{"in parts", wire({{text, R"({"op":)", false},
                                   {continuation, R"("ping")", false},
                                   {continuation, "}"}})},
                {"in empty parts", wire({{text, "", false},
                                         {continuation, "", false},
                                         {continuation, R"({"op":"ping"})", false},
                                         {continuation, ""}})},
                {"an empty message", wire({{text, ""}})},
                {"an unasked pong", wire({{pong, "x"}})},
                {"an empty pong", wire({{pong, ""}})}});
  frame_client c(f);
  const std::string longest(125, 'y');
  c.say(wire({{text, R"({"op":"pi)", false},
              {ping, "between"},
              {continuation, R"(ng","id")", false},
              {ping, ""},
              {pong, "x"},
              {continuation, ":7}"},
              {ping, longest}}));
  for (const auto& expected :
       {std::string("between"), std::string(), std::string("{\"op\":\"pong\""), longest}) {
    const auto heard = c.hear();
    CAPTURE(heard.payload, expected);
    CHECK(heard.op == (expected.starts_with('{') ? text : pong));
    CHECK((heard.op == text ? heard.payload.starts_with(expected) : heard.payload == expected));
  }
  CHECK(c.still_here());
}

TEST_CASE("text is UTF-8, also where it is cut") {
  server_fixture f;
  const std::string kosme = "\"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\"";
  std::vector<line> lines{
      {"Greek", wire({{text, kosme}})},
      {"the last character", wire({{text, "\xf4\x8f\xbf\xbf"}})},
      {"the lone byte", wire({{text, "\xff"}}), 1007},
      {"a lone continuation byte", wire({{text, "a\x80"}}), 1007},
      {"a surrogate", wire({{text, "\xed\xa0\x80"}}), 1007},
      {"a pair of them", wire({{text, "\xed\xa0\xbd\xed\xb8\x80"}}), 1007},
      {"too long a form", wire({{text, "\xc0\xaf"}}), 1007},
      {"of three bytes", wire({{text, "\xe0\x80\xaf"}}), 1007},
      {"beyond the last", wire({{text, "\xf4\x90\x80\x80"}}), 1007},
      {"five bytes", wire({{text, "\xf8\x88\x80\x80\x80"}}), 1007},
      {"cut off", wire({{text, "\"\xce"}}), 1007},
      {"cut off in a part", wire({{text, "\"", false}, {continuation, "\xe1\xbd"}}), 1007},
      {"wrong over two parts", wire({{text, "\xce", false}, {continuation, "x"}}), 1007},
      // As soon as it is seen, and not at the end of the message.
      {"wrong in the first of more parts", wire({{text, "\xff", false}}), 1007}};
  for (std::size_t at = 1; at < kosme.size(); ++at) {
    lines.push_back(
        {"Greek, cut at " + std::to_string(at),
         wire(
             {{text, kosme.substr(0, at), false}, {ping, "x"}, {continuation, kosme.substr(at)}})});
  }
  check_all(f, lines);
}

TEST_CASE("a message that is too large ends with 1009, however it comes") {
  server_fixture f;
  const std::string part(100'000, ' ');
  const std::string fits = probe + std::string(live::max_frame_bytes - probe.size(), ' ');
  check_all(f,
            {{"as large as may be", wire({{text, fits}})},
             {"in parts as large as may be",
              wire({{text, fits.substr(0, 1'000), false}, {continuation, fits.substr(1'000)}})},
             {"a byte more", wire({{text, fits + " "}}), 1009},
             {"a byte more in parts", wire({{text, fits, false}, {continuation, " "}}), 1009},
             {"parts without end",
              wire({{text, part, false}, {continuation, part, false}, {continuation, part, false}}),
              1009},
             {"a terabyte",
              "\x81" + length_of(1ULL << 40U, true, 127) + "\x11\x22\x33\x44" +
                  std::string(live::max_frame_bytes + 1, 'x'),
              1009},
             {"more than there is",
              "\x81" + length_of(~0ULL, true, 127) + "\x11\x22\x33\x44" +
                  std::string(live::max_frame_bytes + 1, '\x11'),
              1009},
             {"a terabyte, binary",
              "\x82" + length_of(1ULL << 40U, true, 127) + "\x11\x22\x33\x44" +
                  std::string(live::max_frame_bytes + 1, 'x'),
              1009}});
}

TEST_CASE("a close frame is answered in kind, and a wrong one with 1002") {
  server_fixture f;
  std::vector<line> lines{
      {"without a code", wire({{close_op, ""}}), 1000},
      {"with a reason", wire({{close_op, code(1000, "bye")}}), 1000},
      {"with the longest reason", wire({{close_op, code(1001, std::string(123, 'x'))}}), 1001},
      {"in the middle of a message", wire({{text, "{", false}, {close_op, code(1000)}}), 1000},
      {"of one byte", wire({{close_op, "\x03"}}), 1002},
      {"with a reason that is no UTF-8", wire({{close_op, code(1000, "\xff")}}), 1002},
      {"with a reason cut off", wire({{close_op, code(1000, "\xce")}}), 1002}};
  for (const unsigned n :
       {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 3000U, 3999U, 4000U, 4999U})
    lines.push_back({"code " + std::to_string(n), wire({{close_op, code(n)}}), n});
  for (const unsigned n :
       {0U, 1U, 999U, 1004U, 1005U, 1006U, 1014U, 1015U, 1016U, 1100U, 2000U, 2999U})
    lines.push_back({"code " + std::to_string(n), wire({{close_op, code(n)}}), 1002});
  check_all(f, lines);
  // What comes after it is not heard.
  const auto before = f.host.emergencies.load();
  frame_client c(f);
  c.say(
      wire({{close_op, code(1000)}, {text, R"({"op":"emergency","action":"halt","reason":"r"})"}}));
  CHECK(c.ends_with() == 1000);
  CHECK(f.get("/livez").status == 200);
  CHECK(f.host.emergencies == before);
}

TEST_CASE("a handshake that asks for something else is refused, and extensions are declined") {
  server_fixture f;
  const auto answer = [&](const std::string& asked) {
    raw_client c(f.server->port());
    c.send(asked);
    c.finish_sending();
    return c.read_to_end();
  };
  CHECK(answer(handshake()).starts_with("HTTP/1.1 400 "));
  for (const auto* version : {"8", "12", "14", "", "thirteen"}) {
    CAPTURE(version);
    const auto refused = answer(handshake(key, version));
    CHECK(refused.starts_with("HTTP/1.1 426 "));
    CHECK(refused.find("Sec-WebSocket-Version: 13\r\n") != std::string::npos);
  }
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
           {"HTTP/1.1", "HTTP/1.0"},
           {"Upgrade: websocket\r\n", ""},
           {"Connection: Upgrade\r\n", ""}}) {
    auto asked = handshake(key);
    asked.replace(asked.find(from), from.size(), to);
    CAPTURE(asked);
    CHECK(answer(asked).substr(8, 5) == " 426 ");
  }
  auto post = handshake(key);
  post.replace(0, 3, "POST");
  CHECK(answer(post).starts_with("HTTP/1.1 405 "));
  raw_client c(f.server->port());
  c.send(handshake(key + "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                         "Sec-WebSocket-Protocol: a, b\r\n"));
  const auto head = c.read_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 101 "));
  CHECK(head.find("Sec-WebSocket-Extensions") == std::string::npos);
  CHECK(head.find("Sec-WebSocket-Protocol") == std::string::npos);
}

// Boost.Beast 1.81 does not look at the end of a text whose last frame is empty.
TEST_CASE("text that is cut off before an empty last part is no UTF-8", "[rfc6455]") {
  server_fixture f;
  check_all(f, {{"of two", wire({{text, "\"\xce", false}, {continuation, ""}}), 1007},
                {"of three", wire({{text, "\"\xe2\x82", false}, {continuation, ""}}), 1007},
                {"of four", wire({{text, "\xf0\x9f\x98", false}, {continuation, ""}}), 1007}});
}
