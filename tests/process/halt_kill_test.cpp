// Halts of a real host with 200 executions in flight, by the CLI and by HTTP, in every scope; after
// every other acknowledgement the host is killed at once and started again: it comes back halted,
// and what the exchange's own log has until the resume is still only what the acknowledgement
// listed, or out of its scope. PITWALL_HALTS says how many; the seed is printed.
#include <thread>

#include "tests/process/halt_trials.hpp"

namespace pitwall::test {
namespace {

// What was under way is asked for afterwards, within this too: slowly, under a sanitizer.
#ifdef __SANITIZE_ADDRESS__
constexpr const char* window = "2000";
constexpr std::size_t clients = 50;
#else
constexpr const char* window = "100";
constexpr std::size_t clients = 200;
#endif
constexpr std::size_t usual = 20;

void await_arrivals(witness& at, std::size_t more) {
  const auto until = at.arrivals() + more;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (at.arrivals() < until && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  REQUIRE(at.arrivals() >= until);
}

}  // namespace

TEST_CASE("a halt that was acknowledged holds, over a kill too", "[halt]") {
  const auto halts = from_environment("PITWALL_HALTS", usual);
  const auto seed = from_environment("PITWALL_SEED", 1);
  std::mt19937_64 random(seed);
  CAPTURE(seed);
  witness exchange(witness_binary(), {"--still"});
  besieged_host host("sim=binance:" + exchange.url() + "?recv_window=" + window, clients);
  halt_record record;
  std::vector<std::size_t> in_flight;
  std::size_t n = 0;
  for (const auto& t : shuffled_trials(halts, {false, true}, random)) {
    exchange.set_faults(random() % 2 == 0 ? R"({"delay_answer": 0.5, "delay_ms": 20})"
                                          : R"({"delay_answer": 0})");
    await_arrivals(exchange, clients + random() % 400);
    in_flight.push_back(host.in_flight());
    CAPTURE(n++, t.scope, t.by_cli, t.kill);
    take_acknowledgement(record, t.scope, host.halt(t.scope, t.by_cli));
    if (t.kill) {
      host.kill();
      host.launch();
      check_still_halted(host, t.scope);
    }
    if (t.scope.starts_with("bot:")) await_arrivals(exchange, 5);  // The others trade on.
    record.resumes();
    host.resume(t.scope);
  }
  await_arrivals(exchange, 1);
  host.end();
  check_none(record.broken(exchange.orders(), host.owners()));
  CHECK(record.listed() > 0);
  WARN("seed " << seed << ": " << record.halts() << " halts, " << exchange.orders().size()
               << " orders, " << record.listed() << " under way at a halt; in flight "
               << median_of(in_flight) << " (median)");
  CHECK(median_of(in_flight) > clients / 2);
}

}  // namespace pitwall::test
