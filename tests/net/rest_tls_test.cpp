// The venue's client under TLS: kept connections, requests that leave once, and servers that are
// not the one that was meant.
#include "net/venues/rest_client.hpp"

#include "net/client/trust.hpp"
#include "net/server/tls_files.hpp"
#include "tests/net/binance_fixture.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/temp_directory.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::optional<std::string> mute(const std::string& target) {
  if (target.starts_with("/mute")) return std::nullopt;
  if (target.starts_with("/last")) return http_answer(200, target, "Connection: close\r\n");
  return http_answer(200, target);
}

struct secure_caller {
  temp_directory d;
  made_certificate mine = make_certificate(d.path(), "mine");
  scripted_server server{mute, http::open_tls({mine.certificate, mine.key}).value()};
  std::shared_ptr<rest_client> client;

  explicit secure_caller(const std::filesystem::path& ca = {}) {
    wire_place at{.host = "127.0.0.1", .port = server.number()};
    at.trust = open_trust(ca.empty() ? mine.certificate : ca).value();
    client = rest_client::start({at, "127.0.0.1", {}, 1});
  }
  ~secure_caller() { client->stop(); }

  std::pair<rest_call, awaited<rest_answer>> ask(const std::string& target) {
    awaited<rest_answer> out;
    auto call = client->ask({"GET", [target] { return std::optional(target); },
                             milliseconds(60'000), rest_rank::normal},
                            out.completion());
    return {call, std::move(out)};
  }
};

}  // namespace

TEST_CASE("requests under TLS share a connection, as long as it is good", "[rest][tls]") {
  secure_caller k;
  for (const char* target : {"/a", "/b", "/c"}) CHECK(k.ask(target).second.get().body == target);
  CHECK(k.server.open() == 1);
  CHECK(k.ask("/last").second.get().body == "/last");
  CHECK(k.server.await_open(0));
  CHECK(k.ask("/next").second.get().body == "/next");
}

TEST_CASE("a request that left under TLS and is not answered is lost; the next one gets through",
          "[rest][tls]") {
  secure_caller k;
  auto [call, never] = k.ask("/mute");
  REQUIRE(k.server.await_arrived("/mute"));
  k.client->cancel(call);
  CHECK(never.get().fate == rest_fate::lost);
  CHECK(k.server.await_open(0));
  CHECK(k.ask("/next").second.get().body == "/next");
}

TEST_CASE("nothing is sent to a server that is not the one that was meant", "[rest][tls]") {
  temp_directory d;
  const auto other = make_certificate(d.path(), "other");
  secure_caller k(other.certificate);
  const auto a = k.ask("/a").second.get();
  CHECK(a.fate == rest_fate::not_sent);
  CHECK(a.reason.find("nobody trusted here") != std::string::npos);
  CHECK(k.server.arrived("/") == 0);
}
