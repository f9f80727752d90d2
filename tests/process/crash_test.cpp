// The host is killed with SIGKILL again and again while it trades on an exchange in another
// process, which keeps its own log: the witness. What was prepared, acknowledged and refused is
// kept outside of both (tests/support/crash_world.hpp), a follower keeps what the host published,
// and in the end all four have to agree. PITWALL_CRASH_SEED repeats the choices;
// PITWALL_CRASH_MINUTES goes on for so long, with one seed after another (./dev crash).
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "tests/process/crash_host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crash_world.hpp"
#include "tests/support/event_follower.hpp"
#include "tests/support/from_environment.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

std::string text_at(const value& v, std::string_view name) {
  const auto* member = v.is_object() ? v.find(name) : nullptr;
  return member != nullptr && member->is_text() ? member->as_text() : std::string();
}

/// Asks again and again; false: never so in that time.
template <class Condition>
bool becomes_true(Condition condition, std::chrono::seconds patience) {
  for (const auto until = steady::now() + patience; steady::now() < until;)
    if (condition()) return true;
  return false;
}

const std::vector<std::string> trading{"trip", "trip", "ladder", "ragged"},
    everything{"trip", "trip", "ladder", "ladder", "ragged", "sweep", "tripper", "climber"},
    figures{"tripper", "climber", "ragged_figures"};

const std::string slow_answers = R"({"drop_answer": 0, "delay_answer": 1, "delay_ms": 1500,
                                      "unavailable": 0, "close_unread": 0, "all": false})";

class driver {
 public:
  explicit driver(std::uint64_t seed)
      : seed_(seed),
        random_(seed),
        exchange_(witness_binary(), {"--still"}),
        host_(exchange_.url()),
        world_(seed),
        follower_(host_.socket()) {}

  /// Each of these some times, in an order that the seed chooses.
  void live_and_die_often() {
    std::vector<turn> turns{turn::halt,  turn::halt, turn::halt,   turn::halt,
                            turn::flood, turn::fill, turn::fill,   turn::fill,
                            turn::flood, turn::none, turn::backup, turn::backup};
    std::shuffle(turns.begin(), turns.end(), random_);
    for (const auto t : turns) live_and_die(t);
  }
  void end();

  std::size_t kills = 0, most_in_flight = 0, halts = 0, backups = 0;
  journal_facts facts;

 private:
  enum class turn { none, fill, halt, backup, flood };

  bool one_in(unsigned n) { return random_() % n == 0; }

  void live_and_die(turn t) {
    const bool async = one_in(3);
    const bool floods = t == turn::flood;
    exchange_.set_faults(floods ? slow_answers : any_faults());
    if (one_in(3)) die_while_starting(async);
    host_.launch(async);
    REQUIRE(host_.await_ready());
    look_at_halts();
    if (floods || one_in(2)) resume_all();
    starts_left_ = floods ? 300 : 60;
    run_clients(floods ? trading : everything, floods ? 8 : 3, [&] {
      if (floods) await_flood();
      trade_for(1 + random_() % 40);
      if (t == turn::fill) fill_some();
      if (t == turn::halt) halt();
      if (t == turn::backup) back_up();
    });
    if (one_in(2)) fill_some();  // While nobody is there to see it.
  }

  std::string any_faults() {
    const auto chance = [this](const std::string& name) {
      const char* of[] = {"0", "0", "0.1", "0.4"};
      return "\"" + name + "\": " + of[random_() % 4];
    };
    return "{" + chance("drop_answer") + ", " + chance("unavailable") + ", " +
           chance("close_unread") + ", " + chance("delay_answer") + ", \"delay_ms\": 100" +
           ", \"split_fills\": " + std::to_string(1 + random_() % 3) +
           ", \"all\": " + (one_in(6) ? "true" : "false") + "}";
  }

  void kill() {
    host_.strike();
    if (!stop_.exchange(true)) ++kills;
  }
  void die_while_starting(bool async) {
    stop_ = false;
    host_.launch(async);
    host_.await_ready_for(std::chrono::milliseconds(random_() % 250));
    kill();
    host_.bury();
  }

  // ---- starts

  void try_start(const crash_world::start& s) {
    const auto reply = host_.ask({"POST",
                                  "/api/v1/workflows/" + s.workflow + "/executions",
                                  {},
                                  {{"Idempotency-Key", s.key}}});
    const auto v = parse_json(reply.body);
    if (reply.status == 202 && v.ok()) return world_.acknowledged(s, text_at(*v, "execution_id"));
    if (reply.status == 409 || reply.status == 503) return world_.refused(s);
    world_.unanswered(s);
  }
  /// What was asked for in an earlier life and not answered goes first, every other time.
  void start_executions(std::mt19937_64 random, const std::vector<std::string>& what) {
    while (!stop_ && starts_left_-- > 0) {
      auto s = random() % 2 == 0 ? world_.take_unanswered() : crash_world::start();
      try_start(!s.key.empty() ? s : world_.prepare(what[random() % what.size()]));
    }
  }
  /// Runs `then` while clients start executions, and kills the host under them.
  template <class Then>
  void run_clients(const std::vector<std::string>& what, int count, Then then) {
    std::vector<std::thread> clients;
    stop_ = false;
    for (int i = 0; i < count; ++i)
      clients.emplace_back(
          [this, &what, seed = random_()] { start_executions(std::mt19937_64(seed), what); });
    then();
    kill();
    for (auto& c : clients) c.join();
    host_.bury();
  }
  void trade_for(std::size_t count) {
    const auto until = world_.answers() + count;
    becomes_true(
        [&] {
          std::this_thread::yield();
          return stop_ || starts_left_ <= 0 || world_.answers() >= until;
        },
        10s);
    if (one_in(2)) fill_some();
  }
  void await_flood() {
    becomes_true(
        [&] {
          const auto health = host_.get("/health");
          const auto* n = health.is_object() ? health.find("executions_in_flight") : nullptr;
          if (n == nullptr) return false;
          const auto now = static_cast<std::size_t>(n->as_number().to_int().value_or(0));
          most_in_flight = std::max(most_in_flight, now);
          return now > 100;
        },
        30s);
  }

  // ---- what happens besides

  void fill_some() {
    for (const auto& [id, o] : read_exchange_log(exchange_.log()).orders)
      if (o.rests && !o.ended && one_in(2)) exchange_.try_fill(id, one_in(2) ? "0" : "0.01");
  }
  void back_up() {
    const auto copy = host_.beside("copy-" + std::to_string(++backups));
    const auto reply = host_.ask(
        {"POST", "/api/v1/journal/backup", R"({"directory": ")" + copy.string() + R"("})"});
    kill();
    CAPTURE(reply.body);
    CHECK(reply.status == 200);
    const auto verified = crash_host::cli_on(copy, {"journal", "verify"});
    CAPTURE(verified.out, verified.err);
    CHECK(verified.exit_code == 0);
    copies_.push_back(crash_host::cli_on(copy, {"journal", "export"}).out);
    std::filesystem::remove_all(copy);
  }

  // ---- halts

  plain_reply command(const std::string& action, const std::string& scope) {
    return host_.ask({"POST", "/api/v1/emergency",
                      R"({"action": ")" + action + R"(", "scope": ")" + scope +
                          R"(", "reason": "test", "operator": "driver"})"});
  }
  void halt() {
    const char* scopes[] = {"global", "venue:sim", "bot:tripper", "bot:climber"};
    const std::string scope = scopes[random_() % 4];
    const auto reply = command("halt", scope);
    const auto arrived = exchange_.orders().size();
    if (one_in(2)) kill();
    const auto v = parse_json(reply.body);
    if (!v.ok() || reply.status != 200) return;
    std::vector<std::string> listed;
    for (const auto& id : v->find("unanswered_orders")->as_list()) listed.push_back(id.as_text());
    world_.halted(scope, arrived, std::move(listed));
    ++halts;
    if (one_in(2)) trade_for(5);
  }
  std::vector<std::string> scopes_of(const value& emergency) const {
    std::vector<std::string> out;
    const auto* scopes = emergency.is_object() ? emergency.find("scopes") : nullptr;
    if (scopes == nullptr) return out;
    for (const auto& s : scopes->as_list()) out.push_back(text_at(s, "scope"));
    return out;
  }
  /// Halts hold across kills, and let nobody start.
  void look_at_halts() {
    const auto now = scopes_of(host_.get("/api/v1/emergency"));
    for (const auto& scope : world_.halted_scopes()) {
      CAPTURE(scope);
      CHECK(std::find(now.begin(), now.end(), scope) != now.end());
    }
  }
  void resume_all() {
    for (const auto& scope : scopes_of(host_.get("/api/v1/emergency"))) {
      world_.resumes(scope, exchange_.orders().size());
      CHECK(command("resume", scope).status == 200);
    }
  }

  // ---- the end

  journal_facts journal() const { return read_journal(host_.cli({"journal", "export"}).out); }
  void await_quiet();
  value run_to_the_end(const std::string& workflow);
  value run_figures();
  value answers() const;
  void compare_follower();
  void compare_offline(const value& live) const;
  void compare_balances() const;
  void report(const std::vector<std::string>& faults) const;

  const std::uint64_t seed_;
  std::mt19937_64 random_;
  witness exchange_;
  crash_host host_;
  crash_world world_;
  event_follower follower_;
  std::vector<std::string> copies_;  ///< Exports of the backups.
  std::atomic<bool> stop_ = false;
  std::atomic<int> starts_left_ = 0;
};

/// Nothing is asked for any more, no order is open anywhere, and every execution has ended.
void driver::await_quiet() {
  exchange_.set_faults(R"({"drop_answer": 0, "delay_answer": 0, "unavailable": 0,
                           "close_unread": 0, "all": false})");
  resume_all();
  CHECK(becomes_true(
      [&] {
        const auto health = host_.get("/health");
        const auto* recovery = health.is_object() ? health.find("recovery") : nullptr;
        return recovery != nullptr && text_at(*recovery, "phase") == "done";
      },
      30s));
  for (auto s = world_.take_unanswered(); !s.key.empty(); s = world_.take_unanswered())
    try_start(s);
  for (const auto& [start, id] : world_.some_acknowledged(random_, 20)) try_start(start);
  const auto ended = [&] {
    facts = journal();
    return facts.unfinished().empty();
  };
  CHECK(becomes_true(ended, 20s));  // Less than a node's time: none may wait in vain.
  report(facts.unfinished());
  fill_some();
  run_to_the_end("sweep");
  const auto settled = [&] {
    facts = journal();
    return facts.unfinished().empty() && facts.open_orders().empty();
  };
  CHECK(becomes_true(settled, 30s));
  report(facts.open_orders());
}

value driver::run_to_the_end(const std::string& workflow) {
  const auto s = world_.prepare(workflow);
  const auto reply = host_.ask({"POST",
                                "/api/v1/workflows/" + workflow + "/executions?wait=9",
                                {},
                                {{"Idempotency-Key", s.key}}});
  const auto v = parse_json(reply.body);
  CAPTURE(workflow, reply.body);
  REQUIRE(reply.status == 200);
  CHECK(text_at(*v, "status") == "completed");
  world_.acknowledged(s, text_at(*v, "execution_id"));
  return *v;
}

/// Of each bot, as its blocks see them.
value driver::run_figures() {
  value::object out;
  for (const auto& workflow : figures) {
    const auto result = run_to_the_end(workflow);
    for (const auto& node : result.find("results")->as_list())
      out.emplace_back(workflow + "/" + text_at(node, "nodeId"), *node.find("output"));
  }
  return out;
}

/// All that the host says of its state, but for what belongs to one life of it.
value driver::answers() const {
  value::object out;
  std::string cursor;
  do {
    const auto page = host_.get("/api/v1/executions?limit=1000" +
                                (cursor.empty() ? std::string() : "&before=" + cursor));
    REQUIRE(page.is_object());
    for (const auto& e : page.find("executions")->as_list()) {
      const auto id = text_at(e, "execution_id");
      out.emplace_back(id, e);
      if (out.size() % 10 == 0) CHECK(host_.get("/api/v1/executions/" + id) == e);
    }
    cursor = text_at(page, "next_before");
  } while (!cursor.empty());
  out.emplace_back("emergency", host_.get("/api/v1/emergency"));
  out.emplace_back("head", host_.get("/api/v1/journal/head"));
  out.emplace_back("workflows", host_.get("/api/v1/workflows"));
  const auto health = host_.get("/health");
  for (const auto* name : {"status", "storage", "executions_in_flight", "emergency", "venues"})
    out.emplace_back(name, *health.find(name));
  CHECK(health.find("recovery")->find("waiting")->as_number().is_zero());
  CHECK(health.find("recovery")->find("not_resumed")->as_number().is_zero());
  const auto stats = host_.get("/api/v1/journal/stats");
  for (const auto* name : {"first_seq", "last_seq", "events", "executions", "open_executions"})
    out.emplace_back(name, *stats.find(name));
  return out;
}

void driver::compare_offline(const value& live) const {
  const auto list = host_.cli({"executions", "list", "--json", "--limit", "1000"});
  const auto page = parse_json(list.out);
  REQUIRE(page.ok());
  for (const auto& e : page->find("executions")->as_list()) {
    const auto* same = live.find(text_at(e, "execution_id"));
    REQUIRE(same != nullptr);
    CHECK(*same == e);
  }
  CHECK(host_.cli({"journal", "head"}).out == text_at(*live.find("head"), "head") + "\n");
  CHECK(host_.cli({"journal", "verify"}).exit_code == 0);
}

void driver::compare_follower() {
  CHECK(follower_.await(facts.lines.size(), 20s));
  follower_.stop();
  report(follower_.faults());
  auto seen = follower_.seen();
  for (auto& line : seen) line = to_json(parse_json(line).value());  // 0.800 is 0.8.
  CHECK(seen.size() == facts.lines.size());
  const auto [a, b] =
      std::mismatch(seen.begin(), seen.end(), facts.lines.begin(), facts.lines.end());
  if (a != seen.end() && b != facts.lines.end()) CHECK(*a == *b);
  CHECK(follower_.connections() > kills / 2);
  const auto exported = host_.cli({"journal", "export"}).out;
  for (const auto& copy : copies_) CHECK(exported.starts_with(copy));
}

/// The exchange's purses against what the journaled fills make of them.
void driver::compare_balances() const {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const auto reply = ask_port(
      exchange_.port(),
      {"GET", "/api/v3/account?recvWindow=60000&timestamp=" + std::to_string(now.count())});
  const auto account = parse_json(reply.body);
  REQUIRE(account.ok());
  const auto moved = balances_moved(facts.orders);
  const std::map<std::string, decimal> first{{"BTC", 100}, {"ETH", 1'000}, {"USDT", 10'000'000}};
  for (const auto& purse : account->find("balances")->as_list()) {
    const auto asset = text_at(purse, "asset");
    CAPTURE(asset);
    CHECK(decimal::parse(text_at(purse, "locked")).value().is_zero());
    CHECK(decimal::parse(text_at(purse, "free")).value() ==
          add(first.at(asset), moved.at(asset)).value());
  }
}

void driver::report(const std::vector<std::string>& faults) const {
  CAPTURE(seed_);
  std::string all;
  for (std::size_t i = 0; i < faults.size() && i < 10; ++i) all += faults[i] + "\n";
  CAPTURE(all);
  CHECK(faults.empty());
  if (faults.empty()) return;
  const auto kept = std::filesystem::temp_directory_path() / "pitwall-crash";
  std::filesystem::create_directories(kept);
  std::ofstream(kept / "events.jsonl") << host_.cli({"journal", "export"}).out;
  std::ofstream exchange(kept / "exchange.jsonl");
  for (const auto& line : exchange_.log()) exchange << line << '\n';
  WARN("the journal and the exchange's log are in " << kept.string());
}

/// The members that are not the same, as JSON.
std::string differences_of(const value& one, const value& other) {
  std::string out;
  for (const auto& [name, was] : one.as_object()) {
    const auto* is = other.find(name);
    if (is == nullptr || !(*is == was))
      out += name + ": " + to_json(was) + " -> " + (is ? to_json(*is) : "nothing") + "\n";
  }
  if (one.as_object().size() != other.as_object().size()) out += "others were added\n";
  return out;
}

void driver::end() {
  host_.launch(false);
  REQUIRE(host_.await_ready());
  look_at_halts();
  await_quiet();
  const auto figures_live = run_figures();
  const auto live = answers();
  CHECK(host_.stop() == 0);
  host_.launch(false);
  REQUIRE(host_.await_ready());
  // `ready` waits only a while for a venue to list its open orders.
  const auto venues_are_back = [&] {
    const auto health = host_.get("/health");
    const auto* venues = health.is_object() ? health.find("venues") : nullptr;
    return venues != nullptr && *venues == *live.find("venues");
  };
  CHECK(becomes_true(venues_are_back, 20s));
  const auto replayed = answers();
  CHECK(differences_of(live, replayed) == "");
  const auto figures_replayed = run_figures();
  CHECK(to_json(figures_live) == to_json(figures_replayed));
  const auto last = answers();
  facts = journal();
  const bool all_seen = follower_.await(facts.lines.size(), 20s);
  CHECK(all_seen);
  CHECK(host_.stop() == 0);
  compare_follower();
  compare_offline(last);
  compare_balances();
  report(world_.differences(facts, read_exchange_log(exchange_.log())));
}

}  // namespace

TEST_CASE("killed again and again, the host loses nothing and sends nothing twice", "[crash]") {
  const auto first = from_environment("PITWALL_CRASH_SEED", 1);
  const auto minutes = from_environment("PITWALL_CRASH_MINUTES", 0);
  const auto until = steady::now() + std::chrono::minutes(minutes);
  for (auto seed = first; seed == first || steady::now() < until; ++seed) {
    CAPTURE(seed);
    const auto began = steady::now();
    driver d(seed);
    d.live_and_die_often();
    d.end();
    const auto& f = d.facts;
    const std::chrono::duration<double> took = steady::now() - began;
    WARN("seed " << seed << ": " << d.kills << " kills, " << f.executions.size() << " executions ("
                 << d.most_in_flight << " in flight), " << f.orders.size() << " orders, "
                 << f.canceled << " cancelled, " << f.resumed << " resumptions, " << f.doubts
                 << " doubts, " << d.halts << " halts, " << d.backups << " backups, "
                 << f.lines.size() << " events, " << took.count() << " s");
    CHECK(f.orders.size() > 100);
    CHECK(d.most_in_flight > 100);
  }
}

}  // namespace pitwall::test
