// The codes that /ws closes with, against docs/asyncapi.json and docs/websocket.md.
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "tests/net/access_fixture.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string text_of(const char* file) {
  std::ifstream in(source_path(file));
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The entries of the document by their code.
std::map<unsigned, value> documented() {
  const auto doc = parse_json(text_of("/docs/asyncapi.json"));
  REQUIRE(doc.ok());
  std::map<unsigned, value> all;
  for (const auto& entry : doc->find("channels")->find("ws")->find("x-close-codes")->as_list())
    all.emplace(static_cast<unsigned>(*entry.find("code")->as_number().to_int()), entry);
  return all;
}
std::size_t bytes_at(const value& entry, const char* name) {
  return static_cast<std::size_t>(*entry.find(name)->as_number().to_int());
}
std::string of_size(std::size_t bytes) {
  const std::string ping = R"({"op":"ping"})";
  return ping + std::string(bytes - ping.size(), ' ');
}

}  // namespace

TEST_CASE("the codes that connections end with are those of the documents, and their bounds hold",
          "[access]") {
  const auto codes = documented();
  const auto page = text_of("/docs/websocket.md");
  for (const auto& [code, entry] : codes) {
    CAPTURE(code);
    CHECK(page.find(std::to_string(code)) != std::string::npos);
  }
  live::live_options few;
  few.socket.messages_a_second = 5;
  auto f = std::make_unique<guarded_server>(server_options{}, few);
  std::map<unsigned, std::size_t> seen;
  const auto ends = [&](stream_client& c) {
    const auto code = ended_with(c);
    CHECK(codes.contains(code));
    ++seen[code];
    return code;
  };
  const auto& too_big = codes.at(1009);
  {  // Of a stranger: a byte more than it may say; as much as it may is looked at.
    const auto most = bytes_at(too_big, "max_bytes_without_token");
    auto over = f->live(), at = f->live();
    over.say(of_size(most + 1));
    CHECK(ends(over) == 1009);
    at.say(of_size(most));
    CHECK(ends(at) == 4001);
  }
  {  // Of who has shown a token.
    const auto most = bytes_at(too_big, "max_bytes");
    auto over = f->live_as(f->reader), at = f->live_as(f->reader);
    over.say(of_size(most + 1));
    CHECK(ends(over) == 1009);
    at.say(of_size(most));
    CHECK(text_at(at.hear_json(), "op") == "pong");
  }
  auto binary = f->live_as(f->reader), no_text = f->live_as(f->reader),
       hasty = f->live_as(f->reader);
  binary.say("{}", false);
  CHECK(ends(binary) == 1003);
  no_text.say("\xff");
  CHECK(ends(no_text) == 1007);
  for (int i = 0; i < 20; ++i) {
    if (hasty.say(of_size(100))) break;
  }
  CHECK(ends(hasty) == 4029);
  auto blind = f->live();
  blind.say(authenticate_with(make_token(f->tokens, "blind", {.trade = true})));
  CHECK(ends(blind) == 4003);
  auto stays = f->live_as(f->reader);
  std::thread stopping([&] { f->server->stop(); });
  CHECK(ends(stays) == 1001);
  stopping.join();
  // 1002: tests/net/websocket_frames_test.cpp; 4008: tests/net/live_socket_test.cpp.
  CHECK(seen.size() + 2 == codes.size());
}
