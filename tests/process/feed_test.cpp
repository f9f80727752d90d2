// A host that takes the prices of `pitwall exchange` by its streams, loses it, and has it back.
#include <chrono>
#include <fstream>
#include <map>

#include "tests/support/catch.hpp"
#include "tests/support/documented_metrics.hpp"
#include "tests/support/exchange_client.hpp"
#include "tests/support/exposition.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

constexpr std::string_view looks = R"({
  "bot_id": "b",
  "blocks": [{"id": "price", "type": "binance", "category": "providers",
    "properties": {"profile_id": "sim", "symbol": "BTC/USDT",
                   "enabled_endpoints": ["price_feed"]}}],
  "connections": []})";

class streamed_host {
 public:
  explicit streamed_host(const std::string& url)
      : process_({binary, "serve", directory_.write("w.json", looks).string(), "--data-dir", data(),
                  "--venue", "sim=binance:" + url + "?stream=true", "--resilience",
                  "retry.max_attempts=1"}) {
    REQUIRE(process_.await_line("ready:"));
  }
  std::string ask(const std::string& method, const std::string& target) const {
    return ask_socket(data() + "/control.sock", {method, target}, std::chrono::seconds(30)).body;
  }
  std::string run() const { return ask("POST", "/api/v1/workflows/w/executions?wait=20"); }
  /// What `look` gives, once that says it.
  template <class Look>
  std::string await(const std::string& says, Look look) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    std::string is = look();
    while (is.find(says) == std::string::npos && std::chrono::steady_clock::now() < until)
      is = look();
    return is;
  }
  std::string await_metric(const std::string& line) const {
    return await(line + "\n", [this] {
      run();
      return ask("GET", "/metrics");
    });
  }

 private:
  std::string data() const { return (directory_.path() / "data").string(); }
  scratch_directory directory_;
  child_process process_;
};

/// Whether docs/metrics.md tells of each of these with its type, and of no other.
void check_documented(const exposition& page, const std::string& prefix) {
  const auto told = documented_metrics(prefix);
  std::map<std::string, std::string> shown;
  for (const auto& [name, f] : page.families)
    if (name.starts_with(prefix)) shown[name] = f.type;
  CHECK(told == shown);
  CHECK_FALSE(told.empty());
}

}  // namespace

TEST_CASE("prices come by streams, or not at all with both reasons, and come back", "[feed]") {
  auto exchange = std::make_unique<exchange_process>(binary, std::vector<std::string>{});
  const auto port = std::to_string(exchange->port());
  const streamed_host host(exchange->url());
  const std::string live = R"(pitwall_feed_symbols{venue="sim",state="live"} 1)";
  CHECK(host.run().find(R"("status":"completed")") != std::string::npos);
  CHECK(host.await_metric(live).find(live) != std::string::npos);
  CHECK(host.run().find(R"("status":"completed")") != std::string::npos);
  const exposition fed(host.ask("GET", "/metrics"));
  const auto age = fed.at("pitwall_feed_age_seconds", {{"venue", "sim"}});
  CHECK(age >= 0);
  CHECK(age < 10);
  check_documented(fed, "pitwall_feed_");

  exchange.reset();
  const std::string away = R"(pitwall_feed_connections{venue="sim"} 0)";
  CHECK(host.await_metric(away).find(away) != std::string::npos);
  const auto failed = host.run();
  INFO(failed);
  CHECK(failed.find(R"("error_type":"unavailable")") != std::string::npos);
  CHECK(failed.find("and by the stream: the feed is not connected") != std::string::npos);

  exchange = std::make_unique<exchange_process>(binary, std::vector<std::string>{"--port", port});
  const std::string back = R"(pitwall_feed_reconnects_total{venue="sim"} 1)";
  CHECK(host.await_metric(back).find(back) != std::string::npos);
  CHECK(host.await_metric(live).find(live) != std::string::npos);
  CHECK(host.run().find(R"("status":"completed")") != std::string::npos);
}

}  // namespace pitwall::test
