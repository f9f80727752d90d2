// Each fault of `pitwall exchange`, met by a host that trades on it: in the end both books agree on
// every order, or the order is in doubt and the journal says so.
#include <csignal>
#include <map>
#include <set>

#include "net/client/host_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/event_follower.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/order_books.hpp"
#include "tests/support/paths.hpp"

namespace pitwall::test {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::size_t executions = 24;

constexpr std::string_view trades = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "timeout": 3, "properties":
   {"signal": true, "symbol": "BTC/USDT", "amount": "0.001", "venue": "sim"}}]})";

struct fault {
  const char* name;
  const char* on;
  const char* off;
  bool kill = false;  ///< The exchange itself, in the middle.
};
constexpr fault faults[] = {
    {"slow answers", R"({"latency_ms": 900})", R"({"latency_ms": 0})"},
    {"errors", R"({"error_rate": 0.5})", R"({"error_rate": 0})"},
    {"dropped answers", R"({"drop_answers_rate": 0.5})", R"({"drop_answers_rate": 0})"},
    {"disconnects", R"({"disconnect_rate": 0.4})", R"({"disconnect_rate": 0})"},
    {"stale prices", R"({"stale_prices": true})", R"({"stale_prices": false})"},
    {"all at once",
     R"({"latency_ms": 50, "error_rate": 0.2, "drop_answers_rate": 0.2, "disconnect_rate": 0.2})",
     R"({"latency_ms": 0, "error_rate": 0, "drop_answers_rate": 0, "disconnect_rate": 0})"},
    {"a crash of the exchange", R"({"latency_ms": 300})", R"({"latency_ms": 0})", true}};

class scene {
 public:
  scene()
      : exchange_(start_exchange("0")),
        port_(std::to_string(exchange_->port())),
        host_({pitwall_binary(), "serve", d_.write("w.json", trades).string(), "--data-dir", data(),
               "--venue", "sim=binance:" + exchange_->url(), "--resilience",
               "breaker.failures=0"}) {
    REQUIRE(host_.await_line("ready:"));
  }

  exchange_process& exchange() { return *exchange_; }
  void crash_exchange() {
    exchange_->process().signal(SIGKILL);
    exchange_->process().wait();
    exchange_ = start_exchange(port_);
  }
  void start_all() {
    auto client = host_client::connect(std::filesystem::path(data()) / "control.sock");
    REQUIRE(client.ok());
    for (std::size_t i = 0; i < executions; ++i) {
      const auto r = client->request("POST", "/api/v1/workflows/w/executions");
      REQUIRE(r.ok());
      CHECK(r->status == 202);
    }
  }
  journal_facts journal() const {
    return read_journal(
        run_program({pitwall_binary(), "events", "--json", "--limit", "0", "--data-dir", data()})
            .out);
  }
  /// Until nothing runs and no order lacks its final word; what is left open is in the answer.
  journal_facts settle() const {
    const auto give_up = clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto j = journal();
      const bool done =
          j.executions.size() == executions && j.unfinished().empty() && j.open_orders().empty();
      if (done || clock::now() > give_up) return j;
    }
  }
  std::string positions() const {
    return run_program({pitwall_binary(), "positions", "--json", "--data-dir", data()}).out;
  }
  void end() {
    host_.signal(SIGTERM);
    CHECK(host_.wait() == 0);
  }

 private:
  std::string data() const { return (d_.path() / "data").string(); }
  std::unique_ptr<exchange_process> start_exchange(const std::string& port) const {
    return std::make_unique<exchange_process>(
        pitwall_binary(),
        std::vector<std::string>{"--no-auth", "--still", "--port", port, "--order-limit", "10000",
                                 "--data-dir", (d_.path() / "book").string()});
  }

  scratch_directory d_;
  std::unique_ptr<exchange_process> exchange_;
  std::string port_;
  child_process host_;
};

}  // namespace

TEST_CASE("whatever the exchange does wrong, each order is there once, or known not to be") {
  const auto& what = GENERATE(from_range(std::begin(faults), std::end(faults)));
  CAPTURE(what.name);
  scene s;
  REQUIRE(s.exchange().faults(what.on).status == 200);
  s.start_all();
  if (what.kill) s.crash_exchange();
  // The doubts of now are settled while the fault lasts, or after it.
  REQUIRE(s.exchange().faults(what.off).status == 200);
  const auto journal = s.settle();
  CHECK(journal.faults.empty());
  CHECK(journal.executions.size() == executions);
  CHECK(journal.unfinished().empty());
  CHECK(journal.open_orders().empty());

  std::size_t filled = 0;
  decimal bought;
  for (const auto& [id, order] : journal.orders) {
    CAPTURE(id);
    const auto there =
        s.exchange().ask("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=" + id);
    if (journal.rejected.contains(id)) {
      CHECK(there.at("code") == "-2013");
      continue;
    }
    REQUIRE(there.status == 200);
    CHECK(there.at("status") == "FILLED");
    CHECK(decimal::parse(there.at("executedQty")).value() == order.filled());
    bought = add(bought, order.filled()).value();
    ++filled;
  }
  std::set<std::string> distinct;
  const auto told = s.exchange().ask("GET", "/api/v3/myTrades", "symbol=BTCUSDT").json();
  for (const auto& t : told.as_list()) distinct.insert(to_json(*t.find("orderId")));
  CHECK(distinct.size() == filled);
  if (filled > 0) CHECK(s.positions().find(bought.to_string()) != std::string::npos);
  s.end();
}

}  // namespace pitwall::test
