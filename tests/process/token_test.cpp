// Tokens of a real host: made before it starts and while it runs, and nowhere in what it writes.
#include "tests/net/stream_client.hpp"
#include "tests/net/tls_client.hpp"
#include "tests/process/guarded_host.hpp"
#include "tests/support/certificate.hpp"

namespace pitwall::test {

TEST_CASE("a host takes up tokens and their revocation while it runs", "[token]") {
  guarded_host h;
  CHECK(ask_port(h.port, {"GET", "/health"}).status == 401);
  CHECK(h.ask(h.first_token(), "GET", "/health").status == 200);
  const auto start = "/api/v1/workflows/w/executions?wait=20";
  CHECK(h.ask(h.first_token(), "POST", start).status == 403);
  const auto trader = h.make("trader", "read,trade");
  CHECK(h.ask(trader, "POST", start).status == 200);
  CHECK(h.ask(trader, "POST", "/api/v1/stop").status == 403);

  stream_client live(h.port, "/ws");
  live.hear();
  live.say(R"({"op":"authenticate","token":")" + trader + "\"}");
  live.hear();
  const auto begun = std::chrono::steady_clock::now();
  CHECK(h.cli({"token", "revoke", "trader"}).out == "revoked trader\n");
  CHECK(h.ask(trader, "GET", "/health").status == 401);
  live.hear_out();
  CHECK(live.close_code() == 4001);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
  // The command line goes by the socket.
  CHECK(h.cli({"risk"}).exit_code == 0);
  h.end();
  h.start();
  CHECK(h.ask(h.first_token(), "GET", "/health").status == 200);
  CHECK(h.ask(trader, "GET", "/health").status == 401);
}

TEST_CASE("no token is in anything that the host or the command line keeps", "[token]") {
  guarded_host h;
  const auto trader = h.make("trader", "read,trade");
  const auto guess = "pw_" + std::string(64, 'q');
  CHECK(h.ask(trader, "POST", "/api/v1/workflows/w/executions?wait=20").status == 200);
  CHECK(h.ask(trader, "POST", "/api/v1/stop").status == 403);
  // Ten at once, and one more for each six seconds that this takes.
  unsigned refused = 0, status = 0;
  while (refused < 40 && (status = h.ask(guess, "GET", "/health").status) == 401) ++refused;
  CHECK(refused >= 10);
  CHECK(status == 429);
  for (const auto& token : {trader, guess}) {
    stream_client live(h.port, "/ws");
    live.hear();
    live.say(R"({"op":"authenticate","token":")" + token + "\"}");
    live.hear();
    live.say(R"({"op":"emergency","action":"halt","reason":"r"})");
  }
  const auto listed = h.cli({"token", "list"}).out + h.cli({"token", "list", "--json"}).out;
  const auto events = h.cli({"events"}).out;
  h.end();
  std::string all = listed + events + guarded_host::text_of(h.log());
  REQUIRE(all.find("trader") != std::string::npos);
  REQUIRE(all.find("too many unknown tokens") != std::string::npos);
  for (const auto& file : std::filesystem::recursive_directory_iterator(h.data()))
    if (file.is_regular_file()) all += guarded_host::text_of(file.path());
  for (const auto& secret : {h.first_token(), trader, guess}) {
    CHECK(all.find(secret.substr(3)) == std::string::npos);
    CHECK(all.find(secret.substr(10, 16)) == std::string::npos);
  }
}

TEST_CASE("a host serves HTTP and /ws under TLS, beyond loopback too", "[token][tls]") {
  scratch_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  guarded_host h({"--listen", "0.0.0.0", "--tls-cert", mine.certificate.string(), "--tls-key",
                  mine.key.string()});
  tls_client c(h.port, mine.certificate);
  REQUIRE_FALSE(c.failure);
  using boost::beast::http::verb;
  CHECK(c.ask(verb::get, "/health", "").result_int() == 401);
  tls_client good(h.port, mine.certificate);
  CHECK(good.ask(verb::get, "/health", h.first_token()).result_int() == 200);
  tls_client live(h.port, mine.certificate);
  REQUIRE(live.upgrade("/ws"));
  live.hear();
  live.say(R"({"op":"authenticate","token":")" + h.first_token() + "\"}");
  CHECK(live.hear().value().find("authenticated") != std::string::npos);
  CHECK(ask_port(h.port, {"GET", "/livez"}).status == 0);
}

TEST_CASE("what cannot be served safely is refused before anything starts", "[token][tls]") {
  scratch_directory d;
  const auto mine = make_certificate(d.path(), "mine");
  const auto other = make_certificate(d.path(), "other");
  const auto data = (d.path() / "data").string();
  const auto refused = [&](std::vector<std::string> more) {
    std::vector<std::string> all{pitwall_binary(), "serve", "--data-dir", data, "--port", "0"};
    all.insert(all.end(), more.begin(), more.end());
    const auto ended = run_program(all);
    CHECK(ended.exit_code == 64);
    CHECK_FALSE(std::filesystem::exists(data + "/CURRENT"));
    return ended.err;
  };
  const auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(refused({"--listen", "0.0.0.0"}), "pitwall token create"));
  REQUIRE(run_program({pitwall_binary(), "token", "create", "--name", "a", "--scopes", "read",
                       "--data-dir", data})
              .exit_code == 0);
  CHECK(has(refused({"--listen", "0.0.0.0"}), "--tls-cert"));
  CHECK(has(refused({"--tls-cert", mine.certificate.string()}), "--tls-key"));
  const auto mismatch =
      refused({"--tls-cert", mine.certificate.string(), "--tls-key", other.key.string()});
  CHECK(has(mismatch, mine.certificate.string()));
  CHECK(has(mismatch, other.key.string()));
  CHECK(has(refused({"--tls-cert", mine.certificate.string(), "--tls-key", data + "/none"}),
            mine.certificate.string()));
  CHECK(has(refused({"--allow-origin", "desk.example"}), "origin"));
}

TEST_CASE("a host does not start on tokens it cannot read", "[token]") {
  scratch_directory d;
  std::filesystem::create_directories(d.path() / "data");
  d.write("data/tokens.json", "{");
  const auto data = (d.path() / "data").string();
  const auto refused = run_program({pitwall_binary(), "serve", "--data-dir", data, "--port", "0"});
  CHECK(refused.exit_code == 64);
  CHECK(refused.err.find("tokens.json") != std::string::npos);
  for (const auto& arguments : {std::vector<std::string>{"token", "list"},
                                {"token", "create", "--name", "a", "--scopes", "read"}}) {
    std::vector<std::string> all{pitwall_binary()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--data-dir", data});
    CHECK(run_program(all).exit_code == 65);
  }
}

}  // namespace pitwall::test
