// A hundred halts and more of a real host with executions in flight on `pitwall exchange`, by the
// CLI and by HTTP, in every scope: what the exchange's own book has of the time from an
// acknowledgement to the resume is only what that listed, or out of its scope. PITWALL_HALTS says
// how many; the seed is printed.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/process/besieged_host.hpp"
#include "tests/process/exchange_account.hpp"

namespace pitwall::test {
namespace {

// What was under way is asked for afterwards, within this too: slowly, under a sanitizer.
#ifdef __SANITIZE_ADDRESS__
constexpr const char* window = "2000";
constexpr std::size_t clients = 20, usual = 40;
#else
constexpr const char* window = "500";
constexpr std::size_t clients = 60, usual = 120;
#endif

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Every order that the exchange has, as of when it took it: to the millisecond, rounded down.
std::vector<witnessed_order> book_of(const exchange_process& x) {
  std::vector<witnessed_order> out;
  each_row(x, "/api/v3/allOrders", "BTCUSDT", "orderId", "orderId", [&](const value& row) {
    witnessed_order o;
    o.client_order_id = row_text(row, "clientOrderId");
    o.time_ms = row.find("time")->as_number().to_int().value();
    o.arrived_us = o.time_ms * 1'000;
    out.push_back(std::move(o));
  });
  return out;
}

}  // namespace

TEST_CASE("a halt that was acknowledged holds, as the exchange's own book has it", "[halt]") {
  const auto halts = from_environment("PITWALL_HALTS", usual);
  const auto seed = from_environment("PITWALL_SEED", 1);
  std::mt19937_64 random(seed);
  CAPTURE(seed);
  scratch_directory d;
  const exchange_process x(pitwall_binary(), {"--data-dir", (d.path() / "x").string(), "--still",
                                              "--balance", "USDT=1000000000", "--weight-limit",
                                              "1000000000", "--order-limit", "1000000000"});
  const auto key = d.write("key", x.key.key + "\n" + x.key.secret + "\n");
  besieged_host host(
      "sim=binance:" + x.url() + "?recv_window=" + window + "&key_file=" + key.string(), clients);
  halt_record record;
  for (std::size_t n = 0; n < halts; ++n) {
    const auto& scope = halt_scopes[n % halt_scopes.size()];
    const bool by_cli = (n / halt_scopes.size()) % 2 == 0;
    CAPTURE(n, scope, by_cli);
    REQUIRE(host.await_done(clients / 2 + random() % clients));
    const auto answer = host.halt(scope, by_cli);
    const auto closed_at = parse_iso8601(answer.find("closed_at")->as_text());
    REQUIRE(closed_at.ok());
    std::vector<std::string> listed;
    for (const auto& id : answer.find("unanswered_orders")->as_list())
      listed.push_back(id.as_text());
    record.acknowledged(scope, *closed_at, std::move(listed));
    // The others trade on.
    if (scope.starts_with("bot:")) REQUIRE(host.await_done(5));
    record.resumes();
    host.resume(scope);
  }
  REQUIRE(host.await_done(1));
  host.end();
  const auto book = book_of(x);
  const auto broken = record.broken(book, host.owners());
  std::string all;
  for (std::size_t i = 0; i < broken.size() && i < 10; ++i) all += broken[i] + "\n";
  CAPTURE(all);
  CHECK(broken.empty());
  CHECK(book.size() > halts * clients / 4);
  CHECK(record.listed() > 0);
  WARN(record.halts() << " halts, " << book.size() << " orders in the exchange's book, "
                      << record.listed() << " under way at a halt");
}

}  // namespace pitwall::test
