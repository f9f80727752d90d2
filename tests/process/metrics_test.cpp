// /metrics of a host in a process of its own, against its journal.
#include <cmath>
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/exposition.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

// Its first block fails, so its second is skipped.
constexpr std::string_view fails = R"({
  "blocks": [
    {"id": "divide", "type": "math", "category": "conditions",
     "properties": {"operation": "divide", "value1": 1, "value2": 0}},
    {"id": "small", "type": "threshold", "category": "conditions", "properties": {"max": 1}}],
  "connections": [
    {"from": {"blockId": "divide", "index": 0}, "to": {"blockId": "small", "index": 0}}]})";

class measured_host {
 public:
  explicit measured_host(const scratch_directory& d)
      : data_((d.path() / "data").string()),
        process_({binary, "serve", d.write("w.json", buys).string(),
                  d.write("bad.json", fails).string(), "--data-dir", data_}) {
    REQUIRE(process_.await_line("ready:"));
  }
  plain_reply ask(plain_request asked) const {
    return ask_socket(data_ + "/control.sock", asked, std::chrono::seconds(90));
  }
  std::string metrics() const {
    auto r = ask({"GET", "/metrics"});
    REQUIRE(r.status == 200);
    return r.body;
  }
  /// The journal's events after this seq, as JSON.
  std::vector<value> events(const std::string& after) const {
    const auto said =
        run_program({binary, "events", "--json", "--after", after, "--data-dir", data_});
    REQUIRE(said.exit_code == 0);
    std::vector<value> all;
    std::istringstream lines(said.out);
    for (std::string line; std::getline(lines, line);) {
      auto v = parse_json(line);
      REQUIRE(v.ok());
      all.push_back(std::move(*v));
    }
    return all;
  }
  /// Who waits for a result is told of it before its events are published, and counted.
  void await_published(const value& event) const {
    const auto client = host_client::connect(data_ + "/control.sock");
    REQUIRE(client.ok());
    const auto before = sub(event.find("seq")->as_number(), 1);
    REQUIRE(before.ok());
    CHECK(client
              ->stream("/api/v1/events/stream?after=" + before->to_string(),
                       [](std::string_view, std::uint64_t, std::string_view) { return false; })
              .ok());
  }
  void stop() {
    process_.signal(SIGTERM);
    CHECK(process_.wait() == 0);
  }

 private:
  std::string data_;
  child_process process_;
};

std::string text_of(const value& v, std::string_view name) {
  const auto* member = v.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : "";
}

std::string outcome_of(const value& e) {
  const auto type = text_of(e, "type");
  if (type == "execution_completed") return text_of(e, "status");
  if (type == "execution_failed")
    return text_of(e, "error_type") == "timeout" ? "timed_out" : "failed";
  if (type == "execution_halted") return "halted";
  return type == "execution_cancelled" ? "cancelled" : "";
}

/// Everything that the page says of events, from the events themselves.
void check_totals(const exposition& page, const std::vector<value>& events) {
  const std::map<std::string, std::string> type_of{{"price", "binance"},
                                                   {"cheap", "threshold"},
                                                   {"small", "threshold"},
                                                   {"buy", "buy"},
                                                   {"divide", "math"}};
  std::map<std::string, double> by_type, started, took, skipped;
  std::map<std::pair<std::string, std::string>, double> ended;
  for (const auto& e : events) {
    const auto type = text_of(e, "type"), workflow = text_of(e, "workflow_id");
    ++by_type[type];
    if (type == "execution_started") ++started[workflow];
    if (const auto outcome = outcome_of(e); !outcome.empty()) ++ended[{workflow, outcome}];
    if (type == "node_completed" || type == "node_failed")
      ++took[type_of.at(text_of(e, "node_id"))];
    if (type == "node_skipped") ++skipped[type_of.at(text_of(e, "node_id"))];
  }
  CHECK(page.faults == std::vector<std::string>{});
  CHECK(page.sum("pitwall_events_total") == static_cast<double>(events.size()));
  for (const auto& [type, n] : by_type)
    CHECK(page.at("pitwall_events_total", {{"type", type}}) == n);
  for (const auto& [id, n] : started)
    CHECK(page.at("pitwall_executions_started_total", {{"workflow_id", id}}) == n);
  double all_ended = 0;
  for (const auto& [key, n] : ended) {
    CHECK(page.at("pitwall_executions_ended_total",
                  {{"workflow_id", key.first}, {"outcome", key.second}}) == n);
    all_ended += n;
  }
  CHECK(page.sum("pitwall_executions_ended_total") == all_ended);
  for (const auto& [type, n] : took)
    CHECK(page.at("pitwall_node_duration_seconds_count", {{"block_type", type}}) == n);
  for (const auto& [type, n] : skipped)
    CHECK(page.at("pitwall_nodes_total", {{"block_type", type}, {"outcome", "skipped"}}) == n);
  CHECK(page.at("pitwall_journal_commit_events_sum") == static_cast<double>(events.size()));
  // As many commits as were written and synced; one without events is not counted by the stream.
  CHECK(page.at("pitwall_journal_commit_seconds_count") ==
        page.at("pitwall_journal_commit_events_count"));
  CHECK(page.at("pitwall_journal_fdatasync_seconds_count") ==
        page.at("pitwall_journal_commit_seconds_count"));
  // A commit has a batch at least, and a batch an event.
  CHECK(page.at("pitwall_journal_commit_batches_count") ==
        page.at("pitwall_journal_commit_events_count"));
  CHECK(page.at("pitwall_journal_commit_batches_sum") >=
        page.at("pitwall_journal_commit_batches_count"));
  CHECK(page.at("pitwall_journal_commit_batches_sum") <=
        page.at("pitwall_journal_commit_events_sum"));
}

/// Every figure of a limit, from the view of risk; a position is held, so one is above 0.
void check_utilization(const exposition& page, const std::string& view) {
  const auto risk = parse_json(view);
  REQUIRE(risk.ok());
  double figures = 0, all = 0;
  for (const auto& row : risk->find("host")->find("limits")->as_list()) {
    const auto* used = row.find("utilization_percent");
    if (used == nullptr || !used->is_number()) continue;
    const auto share = used->as_number().to_double() / 100;
    const auto limit = text_of(row, "limit");
    INFO(limit);
    ++figures;
    all += share;
    const auto shown =
        page.at("pitwall_risk_limit_utilization_ratio", {{"scope", "global"}, {"limit", limit}});
    // Prices move between the two.
    CHECK(std::abs(shown - share) <= 0.05 * share + 0.03);
  }
  CHECK(figures > 0);
  CHECK(all > 0);
}

/// What is realized does not move by itself; the rest is there.
void check_profit(const exposition& page, const std::string& view) {
  const auto risk = parse_json(view);
  REQUIRE(risk.ok());
  const auto& all = *risk->find("profit");
  const auto realized = [&](const value& row, const std::string& scope) {
    CAPTURE(scope);
    CHECK(page.at("pitwall_profit_realized", {{"scope", scope}}) ==
          row.find("realized")->as_number().to_double());
    for (const char* name :
         {"pitwall_profit_today", "pitwall_profit_unrealized", "pitwall_drawdown"})
      CHECK(page.families.at(name).samples.contains({name, {{"scope", scope}}}));
  };
  realized(*all.find("host"), "global");
  REQUIRE_FALSE(all.find("venues")->as_list().empty());
  for (const auto& row : all.find("venues")->as_list())
    realized(row, "venue:" + text_of(row, "id"));
}

void run_some(const measured_host& host, std::mt19937& random) {
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c)
    clients.emplace_back([&host, runs = 5 + random() % 10, c] {
      for (unsigned i = 0; i < runs; ++i) {
        const std::string id = (i + static_cast<unsigned>(c)) % 3 == 0 ? "bad" : "w";
        host.ask({"POST", "/api/v1/workflows/" + id + "/executions?wait=60"});
      }
    });
  for (auto& c : clients) c.join();
}

}  // namespace

TEST_CASE("a host's totals are the sums of the events in its journal, in each of its lives") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  scratch_directory d;
  std::string after = "0";
  for (int life = 0; life < 2; ++life) {
    measured_host host(d);
    run_some(host, random);
    const auto say = [&](const char* body) {
      CHECK(host.ask({"POST", "/api/v1/emergency", body}).status == 200);
    };
    say(R"({"action":"halt","reason":"test","operator":"me","scope":"venue:paper"})");
    const exposition halted(host.metrics());
    CHECK(halted.at("pitwall_emergency_state", {{"scope", "venue:paper"}, {"state", "halt"}}) == 1);
    CHECK(halted.at("pitwall_emergency_state", {{"scope", "global"}, {"state", "normal"}}) == 1);
    CHECK(host.ask({"POST", "/api/v1/workflows/w/executions?wait=60"}).status != 200);
    say(R"({"action":"resume","reason":"test","operator":"me","scope":"venue:paper"})");
    run_some(host, random);

    const auto events = host.events(after);
    host.await_published(events.back());
    const exposition page(host.metrics());
    check_totals(page, events);
    CHECK(page.at("pitwall_venue_answer_seconds_count", {{"venue", "paper"}}) ==
          page.at("pitwall_events_total", {{"type", "order_intent"}}));
    // Each execution that could order has asked for a price; risk asks for more.
    CHECK(page.at("pitwall_venue_market_seconds_count", {{"venue", "paper"}}) >=
          page.at("pitwall_events_total", {{"type", "order_intent"}}));
    CHECK(page.at("pitwall_venue_market_seconds_sum", {{"venue", "paper"}}) >= 0);
    CHECK(page.at("pitwall_broadcast_queue_events") == 0);
    CHECK(page.at("pitwall_journal_queue_batches") == 0);
    CHECK(page.at("pitwall_mailbox_messages", {{"actor", "journal_writer"}}) == 0);
    CHECK(page.at("pitwall_connections") >= 1);
    CHECK(page.at("pitwall_metrics_missing", {{"part", "risk"}}) == 0);
    CHECK(page.at("pitwall_venue_open", {{"venue", "paper"}}) == 1);
    CHECK(page.at("pitwall_circuit_breaker_state",
                  {{"breaker", "paper/orders"}, {"state", "closed"}}) == 1);
    const auto orders = [&](const std::string& outcome) {
      return page.at("pitwall_circuit_breaker_calls_total",
                     {{"breaker", "paper/orders"}, {"outcome", outcome}});
    };
    CHECK(orders("success") == page.at("pitwall_events_total", {{"type", "order_intent"}}));
    CHECK(orders("failure") == 0);
    CHECK(orders("refused") == 0);
    CHECK(page.at("pitwall_circuit_breaker_opened_total", {{"breaker", "paper/orders"}}) == 0);
    for (const char* phase : {"under_way", "waiting"})
      CHECK(page.at("pitwall_circuit_breaker_calls",
                    {{"breaker", "paper/orders"}, {"phase", phase}}) == 0);
    CHECK(page.at("pitwall_open_orders") == 0);
    check_utilization(page, host.ask({"GET", "/api/v1/risk"}).body);
    check_profit(page, host.ask({"GET", "/api/v1/risk"}).body);
    const auto version = run_program({binary, "--version"}).out;
    REQUIRE(page.families.at("pitwall_build_info").samples.size() == 1);
    const auto& [build, one] = *page.families.at("pitwall_build_info").samples.begin();
    CHECK(one == 1);
    CHECK(version.find(build.second.at("version")) != std::string::npos);
    after = to_json(*events.back().find("seq"));
    host.stop();
  }
}

TEST_CASE("an order that rests is open, and a venue that is away opens its breaker") {
  constexpr std::string_view rests = R"({"blocks": [{"id": "buy", "type": "buy",
    "category": "actions", "properties": {"symbol": "BTC/USDT", "amount": "0.001",
    "order_type": "limit", "price": "59000", "signal": true, "venue": "paper"}}]})";
  constexpr std::string_view away = R"({"blocks": [{"id": "price", "type": "binance",
    "category": "providers", "properties": {"profile_id": "gone", "symbol": "BTC/USDT",
    "enabled_endpoints": ["price_feed"]}}]})";
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  child_process host({binary, "serve", d.write("rests.json", rests).string(),
                      d.write("away.json", away).string(), "--data-dir", data, "--venue",
                      "gone=binance:http://127.0.0.1:1", "--resilience", "retry.max_attempts=1",
                      "--resilience", "breaker.failures=2"});
  REQUIRE(host.await_line("ready:"));
  const auto ask = [&](const std::string& method, const std::string& target) {
    return ask_socket(data + "/control.sock", {method, target}, std::chrono::seconds(60)).body;
  };
  const auto rested = ask("POST", "/api/v1/workflows/rests/executions?wait=20");
  INFO(rested);
  CHECK(rested.find(R"("status":"completed")") != std::string::npos);
  for (int i = 0; i < 5; ++i) ask("POST", "/api/v1/workflows/away/executions?wait=20");
  const exposition page(ask("GET", "/metrics"));
  CHECK(page.at("pitwall_open_orders") == 1);
  const auto sum = [&](const std::string& outcome) {
    return page.sum("pitwall_circuit_breaker_calls_total",
                    {{"breaker", "gone/data"}, {"outcome", outcome}});
  };
  CHECK(sum("failure") == 2);
  CHECK(sum("refused") == 3);
  CHECK(sum("success") == 0);
  CHECK(page.at("pitwall_circuit_breaker_opened_total", {{"breaker", "gone/data"}}) == 1);
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
}

TEST_CASE("the page is JSON for who asks for it, with the same names") {
  scratch_directory d;
  measured_host host(d);
  host.ask({"POST", "/api/v1/workflows/w/executions?wait=60"});
  host.await_published(host.events("0").back());
  const auto json = host.ask({"GET", "/metrics", {}, {{"Accept", "application/json"}}});
  const auto page = parse_json(json.body);
  REQUIRE(page.ok());
  const exposition text(host.metrics());
  for (const auto& [name, f] : text.families) {
    INFO(name);
    REQUIRE(page->find(name) != nullptr);
    CHECK(text_of(*page->find(name), "type") == f.type);
    CHECK_FALSE(page->find(name)->find("samples")->as_list().empty());
  }
  host.stop();
}

TEST_CASE("docs/metrics.md has every name on the page with its type, and no other") {
  scratch_directory d;
  measured_host host(d);
  host.ask({"POST", "/api/v1/workflows/bad/executions?wait=60"});
  host.await_published(host.events("0").back());
  std::map<std::string, std::string> told, shown;
  std::ifstream in(source_path("/docs/metrics.md"));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `")) continue;
    const auto end = line.find('`', 3), type = line.find("| ", end) + 2;
    told[line.substr(3, end - 3)] = line.substr(type, line.find(' ', type) - type);
  }
  const exposition page(host.metrics());
  for (const auto& [name, f] : page.families) shown[name] = f.type;
  CHECK(told == shown);
  host.stop();
}

}  // namespace pitwall::test
