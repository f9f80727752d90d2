// Streams of `pitwall exchange`, of the real program: what they told survives kill -9.
#include <csignal>
#include <map>
#include <random>

#include "tests/net/stream_client.hpp"
#include "tests/process/exchange_burst.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

}  // namespace

TEST_CASE("what the user's stream told is durable: kill -9 takes nothing of it back") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  std::size_t told = 0;
  for (int round = 0; round < 10; ++round) {
    std::map<std::string, decimal> filled;  // By order id, as the stream said.
    {
      exchange_process x(binary, {"--no-auth", "--still", "--data-dir", data, "--order-limit",
                                  "100000", "--log-bytes", "8192"});
      const auto key = x.ask("POST", "/api/v3/userDataStream", {}).at("listenKey");
      stream_client stream(x.port(), "/ws/" + key);
      REQUIRE(stream.connected());
      burst orders(x.port());
      for (int i = 0; i < 60; ++i) {
        orders.order("o" + std::to_string(round) + "-" + std::to_string(i));
      }
      const std::size_t wanted = 1 + random() % 100;
      bool alive = true;
      std::int64_t last_new = 0;
      for (std::size_t heard = 0;; ++heard) {
        if (heard == wanted) {
          x.process().signal(SIGKILL);
          alive = false;
        }
        const auto text = stream.hear();
        if (!text) break;
        const auto e = parse_json(*text).value();
        if (e.find("e")->as_text() != "executionReport") continue;
        const auto id = e.find("i")->as_number().to_int().value();
        const auto sum = decimal::parse(e.find("z")->as_text()).value();
        if (e.find("x")->as_text() == "NEW") {
          CHECK((last_new == 0 || id == last_new + 1));
          last_new = id;
          CHECK(filled.emplace(std::to_string(id), sum).second);
        } else {
          CHECK(filled.at(std::to_string(id)) < sum);
          filled[std::to_string(id)] = sum;
        }
      }
      CHECK_FALSE(alive);
      x.process().wait();
    }
    told += filled.size();
    exchange_process again(binary, {"--no-auth", "--still", "--data-dir", data});
    for (const auto& [id, sum] : filled) {
      CAPTURE(round, id);
      const auto found = again.ask("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=" + id);
      REQUIRE(found.status == 200);
      CHECK(decimal::parse(found.at("executedQty")).value() >= sum);
    }
  }
  CHECK(told >= 10);
}

TEST_CASE("a stream of the user needs the key to be opened, and the listen key to be read") {
  exchange_process x(binary, {"--still"});
  CHECK(x.raw("POST", "/api/v3/userDataStream").at("code") == "-2014");
  const auto made = x.raw("POST", "/api/v3/userDataStream", x.key_header());
  REQUIRE(made.status == 200);
  const auto key = made.at("listenKey");
  CHECK(stream_client(x.port(), "/ws/" + std::string(64, 'a')).status() == 400);
  stream_client stream(x.port(), "/stream?streams=" + key);
  REQUIRE(stream.connected());
  REQUIRE(
      x.ask("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01").status ==
      200);
  CHECK(stream.hear_json().find("stream")->as_text() == key);
  CHECK(x.raw("PUT", "/api/v3/userDataStream?listenKey=" + key, x.key_header()).status == 200);
  CHECK(x.raw("PUT", "/api/v3/userDataStream?listenKey=" + std::string(64, 'a'), x.key_header())
            .at("code") == "-1125");
  CHECK(x.raw("DELETE", "/api/v3/userDataStream?listenKey=" + key, x.key_header()).status == 200);
  stream.hear_out();
  CHECK(stream.close_code() == 1000);
}

TEST_CASE("the fault of gaps is an option, and is seen in the numbers of updates") {
  exchange_process x(binary, {"--no-auth", "--stream-gap-rate", "0.5"});
  CHECK(x.raw("GET", "/sim/faults").at("stream_gap_rate") == "0.5");
  stream_client stream(x.port(), "/ws/btcusdt@depth@100ms");
  REQUIRE(stream.connected());
  std::int64_t last = 0;
  for (bool gap = false; !gap;) {
    const auto e = stream.hear_json();
    gap = last != 0 && e.find("U")->as_number().to_int().value() != last + 1;
    last = e.find("u")->as_number().to_int().value();
  }
  CHECK(run_program({binary, "exchange", "--port", "0", "--stream-gap-rate", "2"}).exit_code == 64);
}

}  // namespace pitwall::test
