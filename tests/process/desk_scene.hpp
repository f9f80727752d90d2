// Job: the paper exchange, a host that has no key for it, and workers that do and trade there for
//      it: real processes. Every wait has a deadline.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/process/exchange_account.hpp"
#include "tests/process/soak_workflows.hpp"
#include "tests/process/worker_hosts.hpp"

namespace pitwall::test {

/// Places an order that rests, far below the market.
inline const std::string rests =
    soak_file("r",
              soak_order("rest", "buy", "BTC/USDT", "0.01",
                         R"(, "order_type": "GTC", "price": 1000, "signal": true)"),
              {});

/// `through`: the program, and its words, that starts the host; `at`: where its workers find it.
class desk_scene {
 public:
  explicit desk_scene(const std::string& workflow, std::string_view lease = "1s",
                      std::string_view lost_after = "1s", const std::string& at = "127.0.0.1",
                      std::vector<std::string> through = {})
      : exchange(pitwall_binary(),
                 {"--data-dir", (d_.path() / "book").string(), "--seed", "7", "--still",
                  "--weight-limit", "1000000000", "--order-limit", "1000000000", "--balance",
                  "USDT=1000000000", "--balance", "BTC=10000"}),
        host(papers_, workflow,
             {"--limit", "max_position_size=none", "--limit", "daily_loss_limit=none", "--limit",
              "max_drawdown_percent=none", "--resilience", "breaker.failures=0"},
             lost_after, at,
             R"(, "trading_lease": ")" + std::string(lease) +
                 R"("}, "venues": {"sim": {"type": "binance", "placement": ["venue=sim"]})",
             std::move(through)) {
    worker_config_ = papers_
                         .write("worker.json",
                                R"({"venues": {"sim": {"type": "binance", "url": ")" +
                                    exchange.url() + R"(", "key_file": ")" + key_file() + R"("}}})")
                         .string();
  }
  worker_of& hire(const std::string& name) {
    auto& w = workers_[name];
    w = std::make_unique<worker_of>(papers_, host, papers_.issue(name), "venue=sim",
                                    std::vector<std::string>{"--config", worker_config_});
    host.await_worker(name, "joined");
    return *w;
  }
  worker_of& worker(const std::string& name) { return *workers_.at(name); }
  bool has(const std::string& name) const { return workers_.contains(name); }
  /// For a worker that is not hired.
  const certificate_desk& papers() const { return papers_; }
  std::string key_file() const { return (d_.path() / "book" / "api_key").string(); }
  void set(const char* faults) const { REQUIRE(exchange.faults(faults).status == 200); }
  std::string start() const {
    return row_text(host.ask("POST", "/api/v1/workflows/w/executions"), "execution_id");
  }
  value sim() const {
    const auto health = host.ask("GET", "/health");
    for (const auto& v : health.find("venues")->as_list())
      if (row_text(v, "name") == "sim") return v;
    return {};
  }
  std::string trouble() const { return to_json(sim()); }
  /// Until a worker has the venue, and what was open there is known.
  void await_open() {
    await([&] {
      const auto now = sim();
      return now.is_object() && now.find("error")->is_null() && row_text(now, "status") == "open";
    });
  }
  template <class Happens>
  void await(const Happens& happens) {
    const auto end = std::chrono::steady_clock::now() + workers_patience;
    while (!happens()) {
      if (std::chrono::steady_clock::now() > end) FAIL(trouble() + "\n" + host.logged().log());
    }
  }
  void await_none_open() {
    await([&] { return host.ask("GET", "/api/v1/orders").find("orders")->as_list().empty(); });
  }
  std::size_t open_there() const {
    return exchange.ask("GET", "/api/v3/openOrders", "recvWindow=60000").json().as_list().size();
  }
  journal_facts journal() const {
    return read_journal(
        run_program({pitwall_binary(), "journal", "export", "--data-dir", host.data()}).out);
  }
  /// The journal and the exchange tell the same of every order.
  void check_books() const {
    const auto here = journal();
    const auto there = read_account(exchange);
    std::string faults;
    for (const auto& f : here.faults) faults += f + "\n";
    for (const auto& f : there.faults) faults += f + "\n";
    for (const auto& f : differences(here, there)) faults += f + "\n";
    CHECK(faults == "");
    CHECK(here.unfinished().empty());
  }

 private:
  scratch_directory d_;
  certificate_desk papers_;
  std::string worker_config_;
  std::map<std::string, std::unique_ptr<worker_of>> workers_;

 public:
  exchange_process exchange;
  host_of_workers host;
};

}  // namespace pitwall::test
