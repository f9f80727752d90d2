// Resting orders that a host cancels at an exchange outside: on a halt, at its end, and once a lost
// exchange is back.
#include <csignal>

#include "tests/support/catch.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

std::string rests(const std::string& id) {
  return R"({"id": ")" + id + R"(", "bot_id": ")" + id +
         R"(", "blocks": [{"id": "buy", "type": "buy", "category": "actions", "properties":
    {"signal": true, "symbol": "BTC/USDT", "amount": "0.01", "price": "1000",
     "order_type": "limit", "venue": "sim"}}], "connections": []})";
}

/// A host with two bots that can have an order rest each.
class resting_host {
 public:
  resting_host(const std::string& url, std::vector<std::string> more) {
    auto all = patient_pitwall({"serve", d_.write("a.json", rests("a")).string(),
                                d_.write("b.json", rests("b")).string(), "--data-dir", data(),
                                "--venue", "sim=binance:" + url});
    all.insert(all.end(), more.begin(), more.end());
    process_ = std::make_unique<child_process>(all);
    REQUIRE(process_->await_line("ready:"));
    for (const char* bot : {"a", "b"}) {
      const auto reply =
          ask_socket(std::filesystem::path(data()) / "control.sock",
                     {"POST", "/api/v1/workflows/" + std::string(bot) + "/executions?wait=9"});
      CAPTURE(reply.body);
      REQUIRE(reply.body.find(R"("status":"completed")") != std::string::npos);
    }
  }
  finished cli(std::vector<std::string> what) const {
    what.insert(what.begin(), pitwall_binary());
    what.insert(what.end(), {"--data-dir", data()});
    return run_program(what);
  }
  std::size_t count(std::string_view type) const {
    const auto events = cli({"events", "--json"}).out;
    std::size_t n = 0;
    for (auto at = events.find(type); at != std::string::npos; at = events.find(type, at + 1)) ++n;
    return n;
  }
  void end() {
    process_->signal(SIGTERM);
    CHECK(process_->wait() == 0);
  }

 private:
  std::string data() const { return (d_.path() / "data").string(); }

  scratch_directory d_;
  std::unique_ptr<child_process> process_;
};

std::size_t open_at(const exchange_process& x) {
  return x.ask("GET", "/api/v3/openOrders", {}).json().as_list().size();
}
/// Asks again until so many are open, or half a minute is over.
std::size_t open_once(const exchange_process& x, std::size_t wanted) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto open = open_at(x);
  while (open != wanted && std::chrono::steady_clock::now() < give_up) open = open_at(x);
  return open;
}

}  // namespace

TEST_CASE("cancel on halt: what rests in the halted scope is cancelled at the exchange") {
  exchange_process x(pitwall_binary(), {"--no-auth", "--still"});
  resting_host host(x.url(), {"--cancel-on-halt"});
  REQUIRE(open_at(x) == 2);
  CHECK(host.cli({"emergency", "halt", "--scope", "bot:a", "--reason", "test"}).exit_code == 0);
  CHECK(open_once(x, 1) == 1);
  CHECK(host.cli({"emergency", "halt", "--reason", "test"}).exit_code == 0);
  CHECK(open_once(x, 0) == 0);
  host.end();
  CHECK(host.count("\"order_canceled\"") == 2);
}

TEST_CASE("without the options orders rest on through a halt and the host's end") {
  exchange_process x(pitwall_binary(), {"--no-auth", "--still"});
  resting_host host(x.url(), {});
  CHECK(host.cli({"emergency", "halt", "--reason", "test"}).exit_code == 0);
  host.end();
  CHECK(open_at(x) == 2);
}

TEST_CASE("cancel on disconnect: a host that ends cancels what rests, and journals it") {
  exchange_process x(pitwall_binary(), {"--no-auth", "--still"});
  resting_host host(x.url(), {"--cancel-on-disconnect"});
  REQUIRE(open_at(x) == 2);
  host.end();
  CHECK(open_at(x) == 0);
  CHECK(host.count("\"order_canceled\"") == 2);
  CHECK(host.cli({"orders", "list"}).out == "no orders\n");
}

TEST_CASE("cancel on disconnect: an exchange that was lost and is back has nothing of ours rest") {
  witness exchange(witness_binary(), {"--still"});
  resting_host host(exchange.url(), {"--cancel-on-disconnect"});
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::string listed;
  while (listed != "no orders\n" && std::chrono::steady_clock::now() < give_up) {
    exchange.set_faults(R"({"down": true})");
    const auto away = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    while (std::chrono::steady_clock::now() < away) listed = host.cli({"orders", "list"}).out;
    exchange.set_faults(R"({"down": false})");
    const auto back = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (listed != "no orders\n" && std::chrono::steady_clock::now() < back)
      listed = host.cli({"orders", "list"}).out;
  }
  CHECK(listed == "no orders\n");
  CHECK(host.count("\"order_canceled\"") == 2);
  host.end();
}

}  // namespace pitwall::test
