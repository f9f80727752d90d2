// A limit trips under load: the report of it names the formula, its inputs and the threshold, and
// what it says of each order is what the exchange's own log says; also after a restart, and from
// the data directory alone.
#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view buys = R"({"id": "w", "bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "properties":
   {"signal": true, "symbol": "BTC/USDT", "amount": "0.001", "venue": "sim"}}],
  "connections": []})";
constexpr std::string_view rests = R"({"id": "rests", "bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions", "properties":
   {"signal": true, "symbol": "BTC/USDT", "amount": "0.001", "price": "1000",
    "order_type": "limit", "venue": "sim"}}],
  "connections": []})";

class tripping_host {
 public:
  explicit tripping_host(const witness& at) : venue_("sim=binance:" + at.url()) { launch(); }
  void launch() {
    process_ = std::make_unique<child_process>(waiting_pitwall(
        {"serve", file("w", buys), file("rests", rests), "--data-dir", data().string(), "--venue",
         venue_, "--auto-halt", "--bot-limit", "b:daily_loss_limit=-2"}));
    REQUIRE(process_->await_line("ready:"));
  }
  void end(int signal) {
    process_->signal(signal);
    process_->wait();
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data().string()});
    return run_program(arguments);
  }
  plain_reply ask(const plain_request& asked) const {
    return ask_socket(data() / "control.sock", asked);
  }
  /// The report, once there is one and nothing in it is under way any more.
  value settled_report() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      const auto reply = ask({"GET", "/api/v1/emergency/reports/latest"});
      auto v = parse_json(reply.body);
      REQUIRE(v.ok());
      CAPTURE(reply.body);
      const bool over = reply.status == 200 && v->find("acknowledged_at")->is_text() &&
                        reply.body.find("\"state\":\"under_way\"") == std::string::npos &&
                        reply.body.find("\"status\":\"running\"") == std::string::npos &&
                        reply.body.find("\"state\":\"in_doubt\"") == std::string::npos;
      if (over) return std::move(*v);
      REQUIRE(std::chrono::steady_clock::now() < until);
    }
  }

 private:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  std::string file(const std::string& name, std::string_view text) {
    return directory_.write(name + ".json", text).string();
  }

  scratch_directory directory_;
  std::string venue_;
  std::unique_ptr<child_process> process_;
};

std::string text(const value& v, const char* name) {
  const auto* member = v.find(name);
  REQUIRE(member != nullptr);
  return member->is_text() ? member->as_text() : to_json(*member);
}

/// Many at once, until they are refused.
void trade_until_halted(const tripping_host& host) {
  std::atomic<bool> halted = false;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      while (!halted && std::chrono::steady_clock::now() < until) {
        const auto reply = host.ask({"POST", "/api/v1/workflows/w/executions"});
        if (reply.body.find("emergency state") != std::string::npos) halted = true;
      }
    });
  for (auto& c : clients) c.join();
  REQUIRE(halted);
}

void check_evidence(const value& report) {
  CHECK(text(report, "scope") == "bot:b");
  CHECK(text(report, "state") == "halt");
  CHECK(text(report, "trigger") == "daily_loss_limit");
  CHECK(text(report, "operator") == "pitwall");
  const auto& e = *report.find("evidence");
  REQUIRE(e.is_object());
  CHECK(text(e, "formula") == "realized_today + unrealized, less than the limit");
  CHECK(text(e, "threshold") == "-2");
  const auto& inputs = *e.find("inputs");
  const auto sum =
      add(inputs.find("realized_today")->as_number(), inputs.find("unrealized")->as_number());
  REQUIRE(sum.ok());
  CHECK(*sum == e.find("observed")->as_number());
  CHECK(*sum < decimal(-2));
  CHECK(text(e, "computation").find(" < -2") != std::string::npos);
  CHECK(text(*e.find("window"), "name") == "since 00:00 UTC");
  CHECK(text(report, "tripped_at") <= text(report, "closed_at"));
  CHECK(text(report, "closed_at") <= text(report, "acknowledged_at"));
}

/// What is said to have left is in the exchange's log, and nothing else of this host's is.
void check_orders(const value& report, const witness& exchange) {
  std::set<std::string> there;
  for (const auto& o : exchange.orders()) there.insert(o.client_order_id);
  std::map<std::string, std::size_t> states;
  for (const auto& o : report.find("orders")->as_list()) {
    const auto state = text(o, "state");
    CAPTURE(to_json(o));
    ++states[state];
    const bool never_there = state == "not_sent" || state == "rejected" || state == "refused";
    CHECK(there.contains(text(o, "client_order_id")) != never_there);
  }
  CHECK(states["open"] == 1);  // The one that rests.
  CHECK(states["filled"] + states["not_sent"] > 0);
  REQUIRE(report.find("last_order")->is_object());
  CHECK(there.contains(text(*report.find("last_order"), "client_order_id")));
  for (const auto& id : report.find("unanswered_orders")->as_list())
    CHECK(there.contains(id.as_text()));
}

void check_executions(const value& report, const tripping_host& host) {
  const auto& all = report.find("executions")->as_list();
  CHECK_FALSE(all.empty());
  for (const auto& e : all) {
    CAPTURE(to_json(e));
    const auto now =
        parse_json(host.ask({"GET", "/api/v1/executions/" + text(e, "execution_id")}).body);
    REQUIRE(now.ok());
    CHECK(text(e, "status") == text(*now, "status"));
    CHECK((text(e, "fate") == "halted") == (text(e, "status") == "halted"));
  }
}

}  // namespace

TEST_CASE("a limit that trips is explained, in figures and down to each order", "[explain]") {
  witness exchange(witness_binary(), {"--still"});
  tripping_host host(exchange);
  CHECK(host.ask({"GET", "/api/v1/emergency/reports/latest"}).status == 404);
  CHECK(host.cli({"emergency", "explain"}).exit_code != 0);
  CHECK(host.ask({"POST", "/api/v1/workflows/rests/executions?wait=9"}).body.find("completed") !=
        std::string::npos);
  exchange.set_faults(R"({"delay_answer": 0.5, "delay_ms": 30})");
  trade_until_halted(host);
  const auto report = host.settled_report();
  check_evidence(report);
  check_orders(report, exchange);
  check_executions(report, host);
  const auto id = text(report, "id");
  const auto told = host.cli({"emergency", "explain"});
  CHECK(told.exit_code == 0);
  for (const char* part : {"bot:b was closed, normal -> halt", "realized_today + unrealized",
                           "since 00:00 UTC", "last order", "Orders without a final word"}) {
    CAPTURE(part);
    CHECK(told.out.find(part) != std::string::npos);
  }
  // A restart keeps it, and so does the data directory without a host.
  host.end(SIGKILL);
  CHECK(text(parse_json(host.cli({"emergency", "explain", id, "--json"}).out).value(), "reason") ==
        text(report, "reason"));
  host.launch();
  const auto again = host.settled_report();
  CHECK(to_json(*again.find("evidence")) == to_json(*report.find("evidence")));
  CHECK(to_json(*again.find("orders")) == to_json(*report.find("orders")));
  CHECK(to_json(*again.find("executions")) == to_json(*report.find("executions")));
  const auto list = parse_json(host.ask({"GET", "/api/v1/emergency/reports?limit=1"}).body);
  REQUIRE(list.ok());
  REQUIRE(list->find("reports")->as_list().size() == 1);
  CHECK(text(list->find("reports")->as_list()[0], "id") == id);
  CHECK(host.ask({"GET", "/api/v1/emergency/reports?before=" + id}).body.find("[]") !=
        std::string::npos);
  CHECK(host.ask({"GET", "/api/v1/emergency/reports/x"}).status == 400);
  CHECK(host.ask({"GET", "/api/v1/emergency/reports/1"}).status == 404);
  host.end(SIGTERM);
}

}  // namespace pitwall::test
