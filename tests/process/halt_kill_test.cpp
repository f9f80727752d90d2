// Halts of a real host with 200 executions in flight, by the CLI and by HTTP, in every scope; after
// every other acknowledgement the host is killed at once and started again: it comes back halted,
// and what the exchange's own log has until the resume is still only what the acknowledgement
// listed, or out of its scope. PITWALL_HALTS says how many; the seed is printed.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>

#include "tests/process/besieged_host.hpp"

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

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// One way to halt, and what comes after it.
struct trial {
  std::string scope;
  bool by_cli, kill;
};
/// Each of them as often as any other, in an order of its own.
std::vector<trial> trials(std::size_t count, std::mt19937_64& random) {
  std::vector<trial> all, out;
  for (const auto& scope : halt_scopes)
    for (const bool by_cli : {false, true})
      for (const bool kill : {false, true}) all.push_back({scope, by_cli, kill});
  while (out.size() < count) {
    std::shuffle(all.begin(), all.end(), random);
    out.insert(out.end(), all.begin(), all.end());
  }
  out.resize(count);
  return out;
}

void await_arrivals(witness& at, std::size_t more) {
  const auto until = at.arrivals() + more;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (at.arrivals() < until && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  REQUIRE(at.arrivals() >= until);
}

std::size_t median_of(std::vector<std::size_t> all) {
  std::sort(all.begin(), all.end());
  return all.at(all.size() / 2);
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
  for (const auto& t : trials(halts, random)) {
    exchange.set_faults(random() % 2 == 0 ? R"({"delay_answer": 0.5, "delay_ms": 20})"
                                          : R"({"delay_answer": 0})");
    await_arrivals(exchange, clients + random() % 400);
    in_flight.push_back(host.in_flight());
    CAPTURE(n++, t.scope, t.by_cli, t.kill);
    const auto answer = host.halt(t.scope, t.by_cli);
    const auto closed_at = parse_iso8601(answer.find("closed_at")->as_text());
    REQUIRE(closed_at.ok());
    std::vector<std::string> listed;
    for (const auto& id : answer.find("unanswered_orders")->as_list())
      listed.push_back(id.as_text());
    record.acknowledged(t.scope, *closed_at, std::move(listed));
    if (t.kill) {
      host.kill();
      host.launch();
      const auto now = host.emergency();
      CAPTURE(now);
      const auto state = R"({"scope":")" + t.scope + R"(","state":"halt")";
      CHECK((now.find(state) != std::string::npos ||
             (t.scope == "global" && now.starts_with(R"({"state":"halt")"))));
    }
    if (t.scope.starts_with("bot:")) await_arrivals(exchange, 5);  // The others trade on.
    record.resumes();
    host.resume(t.scope);
  }
  await_arrivals(exchange, 1);
  host.end();
  const auto broken = record.broken(exchange.orders(), host.owners());
  std::string all;
  for (std::size_t i = 0; i < broken.size() && i < 10; ++i) all += broken[i] + "\n";
  CAPTURE(all);
  CHECK(broken.empty());
  CHECK(record.listed() > 0);
  WARN(record.halts() << " halts, " << exchange.orders().size() << " orders, " << record.listed()
                      << " under way at a halt; in flight " << median_of(in_flight) << " (median)");
  CHECK(median_of(in_flight) > clients / 2);
}

}  // namespace pitwall::test
