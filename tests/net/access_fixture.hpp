// Job: a server whose port asks for tokens, and clients that show them, or not.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "net/access/token_file.hpp"
#include "tests/net/server_fixture.hpp"
#include "tests/net/stream_client.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {

inline std::string make_token(const std::filesystem::path& file, const std::string& name,
                              access::scopes may, std::optional<timestamp> expires = {}) {
  std::string token;
  const auto made = access::change_tokens(file, [&](access::token_set& all) -> status {
    PITWALL_TRY(t, all.make(name, may, system_wall_clock().now(), expires));
    token = std::move(t);
    return done{};
  });
  if (!made.ok()) FAIL(made.error().to_string());
  return token;
}
inline void revoke_token(const std::filesystem::path& file, const std::string& name) {
  const auto gone =
      access::change_tokens(file, [&](access::token_set& all) { return all.revoke(name); });
  if (!gone.ok()) FAIL(gone.error().to_string());
}
inline std::string authenticate_with(const std::string& token) {
  return R"({"op":"authenticate","token":")" + token + "\"}";
}

/// Past the greeting, and authenticated.
struct live_client : stream_client {
  live_client(std::uint16_t port, const std::string& token) : stream_client(port, "/ws") {
    hear();
    say(authenticate_with(token));
    REQUIRE(text_at(hear_json(), "op") == "authenticated");
  }
};

struct guarded_server : server_fixture {
  explicit guarded_server(const server_options& options = {}, live::live_options live = {},
                          access::gate_options access = {})
      : server_fixture(options, std::move(live), std::move(access)) {
    reader = make_token(tokens, "reader", {.read = true});
    trader = make_token(tokens, "trader", {.read = true, .trade = true});
    operator_token = make_token(tokens, "operator", access::scopes::all());
  }

  using headers = std::vector<std::pair<std::string, std::string>>;
  plain_reply over_tcp(const std::string& method, const std::string& target, headers more = {},
                       const std::string& body = {}) const {
    return ask_port(server->port(), {method, target, body, std::move(more)});
  }
  plain_reply as(const std::string& token, const std::string& method, const std::string& target,
                 const std::string& body = {}) const {
    return over_tcp(method, target, {{"Authorization", "Bearer " + token}}, body);
  }
  stream_client live() const { return stream_client(server->port(), "/ws"); }
  live_client live_as(const std::string& token) const { return {server->port(), token}; }

  std::string reader, trader, operator_token;
};

/// Its close code, once it is closed.
inline unsigned ended_with(stream_client& c) {
  c.hear_out();
  return c.close_code();
}

}  // namespace pitwall::test
