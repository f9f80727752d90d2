// Orders that an exchange outside cannot tell about: seen, and settled by a person, over restarts.
#include <csignal>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view buys = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "properties":
   {"signal": true, "symbol": "BTC/USDT", "amount": "0.01", "venue": "sim"}}],
  "connections": []})";

class place {
 public:
  explicit place(const witness& exchange) : venue_("sim=binance:" + exchange.url()) {}
  std::vector<std::string> serve(const std::string& options = {}) const {
    return {pitwall_binary(), "serve", d_.write("w.json", buys).string(),
            "--data-dir",     data(),  "--venue",
            venue_ + options};
  }
  std::string data() const { return (d_.path() / "data").string(); }
  finished cli(std::vector<std::string> what) const {
    what.insert(what.begin(), pitwall_binary());
    what.insert(what.end(), {"--data-dir", data()});
    return run_program(what);
  }
  value::list orders(const std::string& status) const {
    const auto f = cli({"orders", "list", "--json", "--status", status});
    CAPTURE(f.err);
    REQUIRE(f.exit_code == 0);
    auto v = parse_json(f.out);
    REQUIRE(v.ok());
    return v->find("orders")->as_list();
  }
  std::size_t count(std::string_view type) const {
    const auto events = cli({"events", "--json"}).out;
    const auto needle = "\"type\":\"" + std::string(type) + '"';
    std::size_t n = 0;
    for (auto at = events.find(needle); at != std::string::npos; at = events.find(needle, at + 1))
      ++n;
    return n;
  }
  void start_execution() const {
    ask_socket(std::filesystem::path(data()) / "control.sock",
               {"POST", "/api/v1/workflows/w/executions?wait=9"});
  }

 private:
  scratch_directory d_;
  std::string venue_;
};

void end(child_process& host) {
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
}

std::string text(const value& v, const char* name) {
  const auto* found = v.find(name);
  return found != nullptr && found->is_text() ? found->as_text() : std::string();
}

bool has(const std::string& where, std::string_view what) {
  return where.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("an order that its venue cannot tell about is settled by a person, once") {
  witness exchange(witness_binary(), {"--still"});
  const place p(exchange);
  std::string id;
  {
    child_process host(p.serve());
    REQUIRE(host.await_line("ready:"));
    CHECK(p.orders("all").empty());
    exchange.set_faults(R"({"drop_answer": 1, "all": true})");
    p.start_execution();
    REQUIRE(exchange.orders().size() == 1);
    const auto open = p.orders("in_doubt");
    REQUIRE(open.size() == 1);
    id = text(open[0], "client_order_id");
    CHECK(id == exchange.orders()[0].client_order_id);
    CHECK(text(open[0], "venue") == "sim");
    CHECK(text(open[0], "bot_id") == "b");
    CHECK_FALSE(text(open[0], "why").empty());
    CHECK(p.orders("open").empty());
    host.signal(SIGKILL);
    host.wait();
  }
  // Nobody runs: the data directory says the same, and takes no word.
  REQUIRE(p.orders("in_doubt").size() == 1);
  CHECK(text(p.orders("in_doubt")[0], "client_order_id") == id);
  const std::vector<std::string> word{"orders",  "settle",     id,      "--as",
                                      "filled",  "--price",    "60000", "--reason",
                                      "seen it", "--operator", "ann"};
  CHECK(p.cli(word).exit_code == 69);
  {
    child_process host(p.serve());
    REQUIRE(host.await_line("ready:"));
    REQUIRE(p.orders("in_doubt").size() == 1);
    const auto asked = p.cli({"orders", "settle", id});
    CHECK(asked.exit_code == 4);
    CHECK(has(asked.out, "still in doubt"));
    CHECK(p.cli({"orders", "settle", id, "--as", "filled", "--reason", "x"}).exit_code == 64);
    CHECK(p.cli({"orders", "settle", id, "--as", "lost", "--reason", "x"}).exit_code == 64);
    CHECK(p.cli({"orders", "settle", "pw-none", "--as", "canceled", "--reason", "x"}).exit_code ==
          64);
    const auto settled = p.cli(word);
    CAPTURE(settled.err);
    CHECK(settled.exit_code == 0);
    CHECK(has(settled.out, "filled: 0.01 at 60000"));
    CHECK(p.orders("all").empty());
    const auto again = p.cli(word);
    CHECK(again.exit_code == 64);
    CHECK(has(again.err, "in doubt"));
    CHECK(has(p.cli({"positions", "--json"}).out, R"("quantity":0.01)"));
    host.signal(SIGKILL);  // What was answered is durable.
    host.wait();
  }
  exchange.set_faults(R"({"drop_answer": 0, "all": false})");
  child_process host(p.serve());
  REQUIRE(host.await_line("ready:"));
  CHECK(p.orders("all").empty());
  CHECK(has(p.cli({"positions", "--json"}).out, R"("quantity":0.01)"));
  CHECK(p.count("order_settled") == 1);
  CHECK(p.count("order_filled") == 1);
  p.start_execution();  // The venue takes orders again.
  CHECK(exchange.orders().size() == 2);
  end(host);
}

TEST_CASE("a window for orders that a restart makes shorter is waited for as it was") {
  witness exchange(witness_binary(), {"--still"});
  const place p(exchange);
  const auto await_orders = [&](const char* status, std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (p.orders(status).size() != count) REQUIRE(std::chrono::steady_clock::now() < end);
  };
  exchange.set_faults(R"({"close_unread": 1})");
  {
    child_process host(p.serve("?recv_window=60000"));
    REQUIRE(host.await_line("ready:"));
    ask_socket(std::filesystem::path(p.data()) / "control.sock",
               {"POST", "/api/v1/workflows/w/executions"});
    await_orders("in_doubt", 1);
    host.signal(SIGKILL);
    host.wait();
  }
  exchange.set_faults(R"({"close_unread": 0})");
  const auto id = text(p.orders("in_doubt").at(0), "client_order_id");
  child_process host(p.serve("?recv_window=100"));
  REQUIRE(host.await_line("ready:"));
  exchange.advance_clock(std::chrono::seconds(20));
  const auto asked = p.cli({"orders", "settle", id});
  CAPTURE(asked.out, asked.err);
  CHECK(asked.exit_code == 4);
  CHECK(has(asked.out, "still in doubt"));
  exchange.advance_clock(std::chrono::seconds(42));
  await_orders("all", 0);
  CHECK(exchange.orders().empty());
  end(host);
}

}  // namespace pitwall::test
