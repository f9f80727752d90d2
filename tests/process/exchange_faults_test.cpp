// Each fault of `pitwall exchange`, met by a host that trades on it with market orders, orders that
// rest, that fill step by step, and cancels; by REST alone, or by streams too. In the end the
// exchange has every order of the journal once, with the same fills and the same end, or never had
// it, as the journal says; and the positions are those of the exchange's fills.
#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "net/client/host_client.hpp"
#include "tests/process/exchange_account.hpp"
#include "tests/process/soak_workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"

namespace pitwall::test {
namespace {

using clock = std::chrono::steady_clock;
const std::string btc = "BTC/USDT";

/// `rest`: far below the market. `slice`: at the ask, and much more than is there: it fills a
/// little every 100 ms. `market`: at the price that is told, or whatever it is.
const std::vector<std::pair<std::string, std::string>> workflows{
    {"rest", soak_file("r",
                       soak_order("rest", "buy", btc, "0.01",
                                  R"(, "order_type": "GTC", "price": 1000, "signal": true)"),
                       {})},
    {"slice", soak_file("s",
                        soak_order("slice", "buy", btc, "149",
                                   R"(, "order_type": "GTC", "price": 60006, "signal": true)"),
                        {})},
    {"market", soak_file("m",
                         soak_price(btc) + "," + soak_order("buy", "buy", btc, "0.002") + "," +
                             soak_order("sell", "sell", btc, "0.001"),
                         soak_wire("price", "there") + "," + soak_wire("there", "buy") + "," +
                             soak_wire("there", "sell"))},
    {"plain", soak_file("m", soak_order("buy", "buy", btc, "0.002", R"(, "signal": true)"), {})},
    {"sweep_r", soak_sweep("r")},
    {"sweep_s", soak_sweep("s")}};

enum class by : std::uint8_t { rest, streams };
/// What has to have been seen before the fault is over.
enum class shows : std::uint8_t { nothing, old_prices, gaps, lost_orders_stream };

struct fault {
  const char* name;
  const char* on;
  const char* off;
  by way = by::rest;
  shows sign = shows::nothing;
  bool kill = false;   ///< The exchange itself, in the middle.
  bool prices = true;  ///< They are asked for, which opens their streams.
  bool still = true;   ///< They do not move.
  const char* weight_a_minute = "1000000000";
};
constexpr const char* no_rates =
    R"({"latency_ms": 0, "error_rate": 0, "drop_answers_rate": 0, "disconnect_rate": 0,
        "stream_gap_rate": 0})";
constexpr const char* all_rates =
    R"({"latency_ms": 50, "error_rate": 0.2, "drop_answers_rate": 0.2, "disconnect_rate": 0.2,
        "stream_gap_rate": 0.3})";
constexpr fault faults[] = {
    {"slow answers", R"({"latency_ms": 900})", no_rates},
    {"errors", R"({"error_rate": 0.5})", no_rates},
    {"dropped answers", R"({"drop_answers_rate": 0.5})", no_rates},
    {"disconnects", R"({"disconnect_rate": 0.4})", no_rates},
    {"stale prices", R"({"stale_prices": true})", R"({"stale_prices": false})", by::rest,
     shows::old_prices, false, true, false},
    {"all at once", all_rates, no_rates},
    {"a crash of the exchange", R"({"latency_ms": 300})", no_rates, by::rest, shows::nothing, true},
    {"dropped answers, with streams", R"({"drop_answers_rate": 0.5})", no_rates, by::streams},
    {"streams of orders that are cut", R"({"disconnect_rate": 0.3})", no_rates, by::streams,
     shows::lost_orders_stream, false, false},
    {"updates that are lost", R"({"stream_gap_rate": 0.3})", no_rates, by::streams, shows::gaps,
     false, true, false},
    {"stale prices by streams", R"({"stale_prices": true})", R"({"stale_prices": false})",
     by::streams, shows::old_prices, false, true, false},
    {"all at once, with streams", all_rates, no_rates, by::streams},
    {"a crash of the exchange, with streams", R"({"latency_ms": 300})", no_rates, by::streams,
     shows::nothing, true}};

class scene {
 public:
  explicit scene(const fault& what) : what_(what), exchange_(start_exchange("0")) {
    key_ = exchange_->key;
    port_ = std::to_string(exchange_->port());
    std::vector<std::string> all{"/bin/sh", "-c", R"(exec "$@" 2>>"$0")", log().string()};
    const auto serve = waiting_pitwall({"serve"});
    all.insert(all.end(), serve.begin(), serve.end());
    for (const auto& [name, text] : workflows)
      all.push_back(d_.write(name + ".json", text).string());
    const std::string venue = "sim=binance:" + exchange_->url() +
                              "?key_file=" + (d_.path() / "book" / "api_key").string() +
                              "&stream=" + (what.way == by::streams ? "true" : "false");
    all.insert(all.end(),
               {"--data-dir", data(), "--venue", venue, "--resilience", "breaker.failures=0"});
    for (const auto* limit : {"max_position_size", "max_drawdown_percent", "daily_loss_limit"})
      all.insert(all.end(), {"--limit", std::string(limit) + "=none"});
    host_ = std::make_unique<child_process>(all);
    REQUIRE(host_->await_line("ready:"));
    auto client = host_client::connect(std::filesystem::path(data()) / "control.sock");
    REQUIRE(client.ok());
    client_ = std::make_unique<host_client>(std::move(*client));
  }

  exchange_process& exchange() { return *exchange_; }
  void set(const char* faults) { REQUIRE(exchange_->faults(faults).status == 200); }
  void crash_exchange() {
    exchange_->process().signal(SIGKILL);
    exchange_->process().wait();
    exchange_ = start_exchange(port_);
    exchange_->key = key_;
  }
  std::string ask(const std::string& method, const std::string& target) const {
    const auto r = client_->request(method, target);
    REQUIRE(r.ok());
    return r->body;
  }
  void start(const std::string& workflow, const std::string& how = {}) const {
    const auto r = client_->request("POST", "/api/v1/workflows/" + workflow + "/executions" + how);
    REQUIRE(r.ok());
    CHECK((r->status == 202 || r->status == 200));
  }
  /// Orders of each kind, and cancels in between.
  void trade() const {
    for (int i = 0; i < 4; ++i) {
      start("rest");
      start(what_.prices ? "market" : "plain");
      if (i % 2 == 0) start("slice");
      start("rest");
      if (i % 2 == 1) start(i == 1 ? "sweep_r" : "sweep_s");
    }
  }
  /// More of it, one after the other, until the fault has shown itself, and orders have filled.
  void await_sign() const {
    const auto give_up = clock::now() + std::chrono::seconds(60);
    while (!shown() || !filled()) {
      REQUIRE(clock::now() < give_up);
      if (!filled()) start("slice", "?wait=10");
      for (const auto* w : {"rest", what_.prices ? "market" : "plain", "sweep_r"})
        start(w, "?wait=10");
    }
  }
  /// Until nothing runs, and no order is open or in doubt: what rests is cancelled.
  bool settle() const {
    const auto give_up = clock::now() + std::chrono::seconds(90);
    while (clock::now() < give_up) {
      const auto health = parse_json(ask("GET", "/health")).value();
      const auto orders = parse_json(ask("GET", "/api/v1/orders")).value();
      const bool runs = !health.find("executions_in_flight")->as_number().is_zero();
      if (orders.find("orders")->as_list().empty() && !runs) return true;
      for (const auto* sweep : {"sweep_r", "sweep_s"}) start(sweep, "?wait=10");
    }
    return false;
  }
  std::string journal() const {
    return run_program({pitwall_binary(), "journal", "export", "--data-dir", data()}).out;
  }
  std::map<std::string, decimal> positions() const {
    std::map<std::string, decimal> out;
    const auto all = parse_json(ask("GET", "/api/v1/positions")).value();
    for (const auto& p : all.find("positions")->as_list())
      out[p.find("bot_id")->as_text()] = p.find("quantity")->as_number();
    return out;
  }
  bool logged(const std::string& text) const {
    std::ifstream in(log());
    const std::string all(std::istreambuf_iterator<char>(in), {});
    return all.find(text) != std::string::npos;
  }
  void end() {
    host_->signal(SIGTERM);
    CHECK(host_->wait() == 0);
  }

 private:
  bool shown() const {
    switch (what_.sign) {
      case shows::nothing:
        return true;
      case shows::old_prices:  // One price is told, and others are paid.
        return told_and_paid(journal()).second.size() > 2;
      case shows::gaps:
        return metric("pitwall_feed_gaps_total") > decimal{};
      case shows::lost_orders_stream:
        return logged("the order stream of 'sim' is not open");
    }
    return false;
  }
  /// What fills at once has, and what fills step by step, unless the market decides about that.
  bool filled() const {
    const auto now = read_journal(journal());
    std::set<std::string> bots;
    for (const auto& [id, o] : now.orders)
      if (!o.fills.empty()) bots.insert(now.executions.at(now.executed_by.at(id)).bot);
    return bots.contains("m") && (bots.contains("s") || !what_.still);
  }
  decimal metric(const std::string& name) const {
    const auto page =
        parse_json(ask_socket(data() + "/control.sock",
                              {"GET", "/metrics", {}, {{"Accept", "application/json"}}})
                       .body);
    const auto* found = page.ok() ? page->find(name) : nullptr;
    if (found == nullptr || found->find("samples")->as_list().empty()) return {};
    return found->find("samples")->as_list().front().find("value")->as_number();
  }

 public:
  /// Prices that the venue told, and those of fills of market orders; each different one.
  static std::pair<std::set<std::string>, std::set<std::string>> told_and_paid(
      const std::string& exported) {
    std::pair<std::set<std::string>, std::set<std::string>> out;
    for (std::size_t at = 0; at < exported.size();) {
      const auto end = std::min(exported.find('\n', at), exported.size());
      const auto e = parse_json(std::string_view(exported).substr(at, end - at)).value();
      at = end + 1;
      const auto* bot = e.find("bot_id");
      if (bot == nullptr || !bot->is_text() || bot->as_text() != "m") continue;
      const auto type = e.find("type")->as_text();
      if (type == "order_filled" && e.find("side")->as_text() == "buy")
        out.second.insert(to_json(*e.find("price")));
      if (type == "node_completed" && e.find("node_id")->as_text() == "price")
        out.first.insert(to_json(*e.find("outputs")->find("price_feed")));
    }
    return out;
  }

 private:
  std::filesystem::path log() const { return d_.path() / "log"; }
  std::string data() const { return (d_.path() / "data").string(); }
  std::unique_ptr<exchange_process> start_exchange(const std::string& port) const {
    std::vector<std::string> all{"--port",         port,
                                 "--seed",         "7",
                                 "--data-dir",     (d_.path() / "book").string(),
                                 "--weight-limit", what_.weight_a_minute,
                                 "--order-limit",  "1000000000",
                                 "--balance",      "USDT=1000000000",
                                 "--balance",      "BTC=10000"};
    if (what_.still) all.emplace_back("--still");
    return std::make_unique<exchange_process>(pitwall_binary(), all);
  }

  const fault what_;
  scratch_directory d_;
  std::unique_ptr<exchange_process> exchange_;
  api_key key_;
  std::string port_;
  std::unique_ptr<child_process> host_;
  std::unique_ptr<host_client> client_;
};

/// Of the exchange's fills, by the bot of the order in the journal.
std::map<std::string, decimal> positions_of(const exchange_account& there,
                                            const journal_facts& journal) {
  std::map<std::string, decimal> out;
  for (const auto& [id, o] : there.orders) {
    const auto by = journal.executed_by.find(id);
    auto& held =
        out[by == journal.executed_by.end() ? "nobody's" : journal.executions.at(by->second).bot];
    held = add(held, o.buy ? o.filled() : -o.filled()).value();
  }
  std::erase_if(out, [](const auto& p) { return p.second.is_zero(); });
  return out;
}

void sort(std::vector<told_fill>& fills) {
  std::ranges::sort(fills, {}, [](const told_fill& f) { return std::tuple(f.price, f.quantity); });
}

std::string first_difference(const std::vector<told_fill>& here,
                             const std::vector<told_fill>& there) {
  const auto [a, b] = std::ranges::mismatch(here, there);
  if (a == here.end() || b == there.end()) return {};
  const auto text = [](const told_fill& f) {
    return f.quantity.to_string() + " at " + f.price.to_string() + " for " + f.fee.to_string();
  };
  return "fill " + std::to_string(a - here.begin()) + " is " + text(*a) + " in the journal, and " +
         text(*b) + " there\n";
}

/// Else a row would show nothing.
void check_variety(const exchange_account& there, const fault& what) {
  std::size_t filled = 0, in_part = 0, untouched = 0;
  for (const auto& [id, o] : there.orders) {
    if (o.filled() == o.quantity)
      ++filled;
    else
      ++(o.filled().is_zero() ? untouched : in_part);
  }
  CHECK(filled > 0);
  if (what.still) CHECK(in_part > 0);
  CHECK(untouched > 0);
}

}  // namespace

TEST_CASE("whatever the exchange does wrong, each order is there once, or known not to be") {
  const auto& what = GENERATE(from_range(std::begin(faults), std::end(faults)));
  CAPTURE(what.name);
  scene s(what);
  s.set(what.on);
  s.trade();
  s.await_sign();
  if (what.sign == shows::old_prices) CHECK(scene::told_and_paid(s.journal()).first.size() == 1);
  if (what.kill) {
    s.trade();
    s.crash_exchange();
  }
  // The doubts of now are settled while the fault lasts, or after it.
  s.set(what.off);
  CHECK(s.settle());

  auto journal = read_journal(s.journal());
  auto there = read_account(s.exchange());
  // An execution journals the first fills of its order, the router the later ones: with a stream
  // that is quicker than the answer these may come first.
  for (auto* of : {&journal.orders, &there.orders})
    for (auto& [id, o] : *of) sort(o.fills);
  std::string faults;
  for (const auto& f : journal.faults) faults += f + "\n";
  for (const auto& f : differences(journal, there)) faults += f + "\n";
  for (const auto& [id, o] : journal.orders)
    if (const auto at = there.orders.find(id); at != there.orders.end())
      faults += first_difference(o.fills, at->second.fills);
  CHECK(faults == "");
  CHECK(journal.unfinished().empty());
  CHECK(journal.open_orders().empty());
  CHECK(s.positions() == positions_of(there, journal));
  const auto moved = balances_moved(there.orders);
  for (const auto& [asset, first] :
       {std::pair("BTC", decimal(10'000)), std::pair("USDT", decimal(1'000'000'000))}) {
    CAPTURE(asset);
    const auto purse = read_purses(s.exchange()).at(asset);
    CHECK(purse.held.is_zero());
    CHECK(purse.free == add(first, moved.at(asset)).value());
  }
  check_variety(there, what);
  s.end();
}

TEST_CASE("a venue that asks for a pause is left alone, and the host says so") {
  fault limited{"", "", ""};
  limited.weight_a_minute = "100";
  scene s(limited);
  s.start("rest", "?wait=10");
  s.start("rest", "?wait=10");
  const std::string told = "asked for a pause (429)";
  const auto used = [&] {
    const auto head = s.exchange().get("/api/v3/time").head;
    const std::string name = "X-MBX-USED-WEIGHT-1M: ";
    return std::stoul(head.substr(head.find(name) + name.size()));
  };
  const auto give_up = clock::now() + std::chrono::seconds(150);
  std::size_t before = 0, after = 0;
  do {  // Once more where a minute, and with it the pause, has ended in between.
    while (s.ask("GET", "/health").find(told) == std::string::npos) REQUIRE(clock::now() < give_up);
    before = used();
    for (int i = 0; i < 20; ++i) s.start("plain", "?wait=10");
    after = used();
  } while (after < before || before <= 100);
  CHECK(after == before + 1);
  CHECK(s.logged(told));
  CHECK(s.journal().find("asked for a pause (429)") != std::string::npos);
}

}  // namespace pitwall::test
