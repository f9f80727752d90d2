// Halts of a real host with executions in flight on `pitwall exchange`, by the CLI and by HTTP, in
// every scope: what the exchange's own book has of the time from an acknowledgement to the resume
// is only what that listed, or out of its scope. Once without a kill, a hundred times and more; and
// with SIGKILL right after the acknowledgement and a restart, after which host and exchange agree
// on every order. PITWALL_HALTS says how many; the seed is printed.
#include "tests/process/halt_trials.hpp"

namespace pitwall::test {
namespace {

// What was under way is asked for afterwards, within this too: slowly, under a sanitizer.
#ifdef __SANITIZE_ADDRESS__
constexpr const char* window = "2000";
constexpr std::size_t few_clients = 20, most_clients = 50, usual = 40, usual_kills = 2;
#else
constexpr const char* window = "500";
constexpr std::size_t few_clients = 60, most_clients = 200, usual = 120, usual_kills = 6;
#endif

/// One host and one exchange see so many of them: both are read as a whole after each.
constexpr std::size_t kills_of_a_host = 6;

/// No client asks the host for anything: until all that it had begun has ended, and each order of
/// that. (What is in flight says nothing before it has begun to recover.)
journal_facts settled(const besieged_host& host) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    auto facts = read_journal(host.journal());
    if (facts.unfinished().empty() && facts.open_orders().empty()) return facts;
    REQUIRE(std::chrono::steady_clock::now() < give_up);
  }
}

void check_agree(const journal_facts& journal, const halt_exchange& x) {
  check_none(differences(journal, read_account(x.process())));
}

struct kill_counts {
  std::size_t orders = 0, listed = 0;
  std::vector<std::size_t> in_flight;
};

void kill_at_halts(const std::vector<halt_trial>& trials, std::mt19937_64& random,
                   kill_counts& counts) {
  const halt_exchange x;
  besieged_host host(x.venue(window), most_clients);
  halt_record record;
  for (const auto& t : trials) {
    x.answer_late(random() % 2 == 0 ? 20 : 0);
    REQUIRE(host.await_done(most_clients / 2 + random() % most_clients));
    counts.in_flight.push_back(host.in_flight());
    CAPTURE(record.halts(), t.scope, t.by_cli);
    const auto answer = host.halt(t.scope, t.by_cli);
    host.kill();
    host.hold();
    take_acknowledgement(record, t.scope, answer);
    x.answer_late(0);
    host.launch();
    check_still_halted(host, t.scope);
    check_agree(settled(host), x);
    check_still_halted(host, t.scope);
    host.let_go();
    if (t.scope.starts_with("bot:")) REQUIRE(host.await_done(5));  // The others trade on.
    record.resumes();
    host.resume(t.scope);
  }
  REQUIRE(host.await_done(1));
  host.end();
  check_agree(settled(host), x);
  const auto book = book_of(x.process());
  check_none(record.broken(book, host.owners()));
  counts.orders += book.size();
  counts.listed += record.listed();
}

}  // namespace

TEST_CASE("a halt that was acknowledged holds, as the exchange's own book has it", "[halt]") {
  const auto asked = from_environment("PITWALL_HALTS", 0);
  const auto halts = asked > 0 ? asked : usual;
  const auto clients = asked > 0 ? most_clients : few_clients;
  const auto seed = from_environment("PITWALL_SEED", 1);
  std::mt19937_64 random(seed);
  CAPTURE(seed);
  const halt_exchange x;
  besieged_host host(x.venue(window), clients);
  halt_record record;
  for (std::size_t n = 0; n < halts; ++n) {
    const auto& scope = halt_scopes[n % halt_scopes.size()];
    const bool by_cli = (n / halt_scopes.size()) % 2 == 0;
    CAPTURE(n, scope, by_cli);
    REQUIRE(host.await_done(clients / 2 + random() % clients));
    take_acknowledgement(record, scope, host.halt(scope, by_cli));
    // The others trade on.
    if (scope.starts_with("bot:")) REQUIRE(host.await_done(5));
    record.resumes();
    host.resume(scope);
  }
  REQUIRE(host.await_done(1));
  host.end();
  const auto book = book_of(x.process());
  check_none(record.broken(book, host.owners()));
  CHECK(book.size() > halts * clients / 4);
  CHECK(record.listed() > 0);
  WARN("seed " << seed << ": " << record.halts() << " halts with " << clients << " clients, "
               << book.size() << " orders in the exchange's book, " << record.listed()
               << " under way at a halt");
}

TEST_CASE("a halt that was acknowledged holds over a kill, as the exchange's own book has it",
          "[halt]") {
  const auto kills = from_environment("PITWALL_HALTS", usual_kills);
  const auto seed = from_environment("PITWALL_SEED", 1);
  std::mt19937_64 random(seed);
  CAPTURE(seed);
  const auto trials = shuffled_trials(kills, {true}, random);
  kill_counts counts;
  for (std::size_t n = 0; n < trials.size(); n += kills_of_a_host) {
    const auto from = trials.begin() + static_cast<std::ptrdiff_t>(n);
    const auto many = std::min(kills_of_a_host, trials.size() - n);
    kill_at_halts({from, from + static_cast<std::ptrdiff_t>(many)}, random, counts);
  }
  // Two halts alone may meet none.
  if (kills >= kills_of_a_host) CHECK(counts.listed > 0);
  CHECK(median_of(counts.in_flight) > most_clients / 2);
  WARN("seed " << seed << ": " << kills << " kills, " << counts.orders
               << " orders in the exchange's books, " << counts.listed
               << " under way at a halt; in flight " << median_of(counts.in_flight) << " (median)");
}

}  // namespace pitwall::test
