// Ten bots trade as fast as they go on an exchange in another process, which loses requests and
// answers, and their host is killed again and again. In the end journal, positions and the
// exchange's own account have to agree, and nothing may have grown that should not: memory, open
// files, actors. PITWALL_SOAK_SEED, PITWALL_SOAK_EXECUTIONS and PITWALL_SOAK_KILLS make the long
// form (./dev soak), whose last life PITWALL_SOAK_CALM executions long is not killed.
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "tests/process/crash_host.hpp"
#include "tests/process/soak_exchange.hpp"
#include "tests/process/soak_workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/crash_world.hpp"
#include "tests/support/from_environment.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

std::string text_at(const value& v, std::string_view name) {
  const auto* member = v.is_object() ? v.find(name) : nullptr;
  return member != nullptr && member->is_text() ? member->as_text() : std::string();
}

const std::string no_faults =
    R"({"latency_ms": 0, "error_rate": 0, "drop_answers_rate": 0, "disconnect_rate": 0})";

/// What must not grow, of the host, at one moment.
struct footprint {
  std::size_t files = 0, actors = 0;
  std::uint64_t memory = 0;
  std::size_t exchange_files = 0;  ///< The other side's, each connection among them.
};

class soak {
 public:
  /// `calm`: so many of the executions are of the last life, which nothing kills.
  soak(std::uint64_t seed, std::size_t executions, std::size_t kills, std::size_t calm)
      : seed_(seed),
        random_(seed),
        executions_(executions),
        lives_(kills + 1),
        calm_(calm),
        exchange_(seed),
        host_(exchange_.venue() + "&recv_window=1000", soak_workflows(), settings()),
        world_(seed) {
    for (const auto& [name, text] : soak_workflows())
      if (!name.starts_with("sweep_")) workflows_.push_back(name);
  }

  void run() {
    for (std::size_t life = 1; life <= lives_; ++life) live(life);
    settle();
    compare();
    reopen();
  }

  std::size_t kills = 0;
  double trading = 0;  ///< Seconds, kills and starts of the host included.
  journal_facts facts;
  std::vector<footprint> warm, full;  ///< Of each life: after a third of it, at its end.
  footprint fresh, quiet;             ///< Of the last life: before it trades, and after all.
  footprint idle;                     ///< Of a host that has done nothing yet.

 private:
  static std::vector<std::string> settings() {
    std::vector<std::string> out;
    for (const auto* limit : {"max_position_size=none", "max_drawdown_percent=none"})
      out.insert(out.end(), {"--limit", limit});
    return out;
  }

  // ---- trading

  std::string any_faults() {
    const auto chance = [this](const std::string& name) {
      const char* of[] = {"0", "0.01", "0.03"};
      return "\"" + name + "\": " + of[random_() % 3];
    };
    return "{" + chance("error_rate") + ", " + chance("drop_answers_rate") + ", " +
           chance("disconnect_rate") + ", \"latency_ms\": " + std::to_string(random_() % 4) + "}";
  }

  /// Of this life: about its share, and the rest in the last one.
  std::size_t share(std::size_t life) {
    const auto left = executions_ - world_.ended_starts();
    if (life == lives_) return left;
    const auto even = (left > calm_ ? left - calm_ : 0) / (lives_ - life + 1);
    return std::max<std::size_t>(even / 2 + random_() % (even + 1), 3);
  }

  /// Where a check fails in the middle: that shall be what is told.
  struct joined_at_last {
    std::atomic<bool>& stop;
    std::vector<std::thread>& all;
    ~joined_at_last() {
      for (auto& t : all) {
        if (!t.joinable()) continue;
        stop = true;
        t.join();
      }
    }
  };

  void live(std::size_t life) {
    exchange_.faults(no_faults);
    host_.launch(false);
    REQUIRE(host_.await_ready());
    await_recovery();
    fresh = look();
    exchange_.faults(any_faults());
    const auto before = world_.ended_starts();
    const auto until = before + share(life);
    goal_ = life == lives_ ? until : executions_;
    stop_ = false;
    std::vector<std::thread> clients;
    const joined_at_last always{stop_, clients};
    for (int i = 0; i < 24; ++i)
      clients.emplace_back([this, seed = random_()] { start(std::mt19937_64(seed)); });
    reach(before + (until - before) / 3);
    warm.push_back(look());
    reach(until);
    full.push_back(look());
    if (life < lives_) {
      host_.strike();
      ++kills;
      stop_ = true;
    }
    {
      const std::lock_guard lock(mutex_);
      news_.notify_all();
    }
    for (auto& c : clients) c.join();
    if (life < lives_) host_.bury();
  }

  /// One client: a start after the other, each to its end; what is not known goes first.
  void start(std::mt19937_64 random) {
    while (!stop_) {
      auto s = world_.take_unanswered();
      if (s.key.empty()) {
        if (begun_.fetch_add(1) >= goal_) {
          begun_.fetch_sub(1);
          // One of the others may come back without its answer.
          if (ended(goal_, 1s)) return;
          continue;
        }
        s = world_.prepare(workflows_[random() % workflows_.size()]);
      }
      try_start(s);
    }
  }
  void try_start(const crash_world::start& s) {
    const auto reply = ask_socket(host_.socket(),
                                  {"POST",
                                   "/api/v1/workflows/" + s.workflow + "/executions?wait=30",
                                   {},
                                   {{"Idempotency-Key", s.key}}},
                                  40s);
    const auto v = parse_json(reply.body);
    if ((reply.status == 200 || reply.status == 202) && v.ok())
      world_.acknowledged(s, text_at(*v, "execution_id"));
    else
      world_.unanswered(s);
    const std::lock_guard lock(mutex_);
    news_.notify_all();
  }
  /// Whether so many have ended by then.
  bool ended(std::size_t count, std::chrono::seconds patience) {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, patience, [&] { return stop_ || world_.ended_starts() >= count; });
  }
  void reach(std::size_t count) {
    REQUIRE(ended(count, 300s));
    trading = std::chrono::duration<double>(steady::now() - began_).count();
  }

  // ---- looking

  footprint look() {
    footprint f{host_.process().open_files(), 0, host_.process().memory(),
                exchange_.process().open_files()};
    const auto page = host_.ask({"GET", "/metrics", {}, {{"Accept", "application/json"}}});
    const auto v = parse_json(page.body);
    if (v.ok() && v->find("pitwall_actors") != nullptr)
      f.actors = static_cast<std::size_t>(v->find("pitwall_actors")
                                              ->find("samples")
                                              ->as_list()
                                              .front()
                                              .find("value")
                                              ->as_number()
                                              .to_int()
                                              .value());
    return f;
  }
  template <class Condition>
  bool becomes_true(Condition condition, std::chrono::seconds patience) const {
    for (const auto until = steady::now() + patience; steady::now() < until;)
      if (condition()) return true;
    return false;
  }
  void await_recovery() const {
    CHECK(becomes_true(
        [&] {
          const auto health = host_.get("/health");
          const auto* recovery = health.is_object() ? health.find("recovery") : nullptr;
          return recovery != nullptr && text_at(*recovery, "phase") == "done";
        },
        60s));
  }

  // ---- the end

  void settle();
  void compare();
  void reopen();
  std::map<std::string, decimal> positions() const;
  void report(const std::vector<std::string>& faults) const;

  const std::uint64_t seed_;
  std::mt19937_64 random_;
  const std::size_t executions_, lives_, calm_;
  soak_exchange exchange_;
  crash_host host_;
  crash_world world_;
  std::vector<std::string> workflows_;
  const steady::time_point began_ = steady::now();
  std::mutex mutex_;
  std::condition_variable news_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> begun_ = 0, goal_ = 0;
};

/// No faults any more: every execution ends, every doubt is settled, what rests is cancelled.
void soak::settle() {
  exchange_.faults(no_faults);
  for (const std::string sweep : {"sweep_4", "sweep_5"}) {
    const auto s = world_.prepare(sweep);
    try_start(s);
  }
  const auto over = [&] {
    const auto orders = host_.get("/api/v1/orders");
    const auto health = host_.get("/health");
    return orders.is_object() && orders.find("orders")->as_list().empty() && health.is_object() &&
           health.find("executions_in_flight")->as_number().is_zero();
  };
  CHECK(becomes_true(over, 60s));
  quiet = look();
  // Those that have just ended may still be about to leave.
  for (int i = 0; i < 50; ++i)
    if (const auto now = look(); now.actors < quiet.actors) quiet = now;
}

std::map<std::string, decimal> soak::positions() const {
  std::map<std::string, decimal> out;
  const auto all = host_.get("/api/v1/positions");
  REQUIRE(all.is_object());
  for (const auto& p : all.find("positions")->as_list()) {
    auto symbol = text_at(p, "symbol");
    std::erase(symbol, '/');
    out[text_at(p, "bot_id") + " " + symbol] = p.find("quantity")->as_number();
  }
  return out;
}

/// What the journal's fills make of each bot.
std::map<std::string, decimal> positions_of(const journal_facts& facts) {
  std::map<std::string, decimal> out;
  for (const auto& [id, o] : facts.orders) {
    const auto bot = facts.executions.at(facts.executed_by.at(id)).bot;
    auto& held = out[bot + " " + o.symbol];
    held = add(held, o.buy ? o.filled() : -o.filled()).value();
  }
  std::erase_if(out, [](const auto& p) { return p.second.is_zero(); });
  return out;
}

void soak::compare() {
  const auto held = positions();
  facts = read_journal(host_.cli({"journal", "export"}).out);
  const auto there = exchange_.account();
  report(world_.differences(facts, there));
  CHECK(held == positions_of(facts));
  const auto moved = balances_moved(facts.orders);
  const std::map<std::string, decimal> first{
      {"BTC", 10'000}, {"ETH", 10'000}, {"USDT", 1'000'000'000}};
  for (const auto& [asset, purse] : exchange_.purses()) {
    CAPTURE(asset);
    CHECK(purse.held.is_zero());
    CHECK(purse.free == add(first.at(asset), moved.at(asset)).value());
  }
}

/// A last start gives what there was.
void soak::reopen() {
  const auto before = positions();
  CHECK(host_.stop() == 0);
  CHECK(host_.cli({"journal", "verify"}).exit_code == 0);
  host_.launch(false);
  REQUIRE(host_.await_ready());
  await_recovery();
  CHECK(positions() == before);
  idle = look();
  CHECK(host_.stop() == 0);
}

void soak::report(const std::vector<std::string>& faults) const {
  CAPTURE(seed_);
  std::string all;
  for (std::size_t i = 0; i < faults.size() && i < 10; ++i) all += faults[i] + "\n";
  CAPTURE(all, faults.size());
  CHECK(faults.empty());
  if (faults.empty()) return;
  const auto kept = std::filesystem::temp_directory_path() / "pitwall-soak";
  std::filesystem::create_directories(kept);
  std::ofstream(kept / "events.jsonl") << host_.cli({"journal", "export"}).out;
  WARN("the journal is in " << kept.string());
}

std::string told(const std::vector<footprint>& all) {
  std::string out;
  for (const auto& f : all)
    out += (out.empty() ? "" : ", ") + std::to_string(f.memory >> 20) + " MiB/" +
           std::to_string(f.files) + "/" + std::to_string(f.actors) + "/" +
           std::to_string(f.exchange_files);
  return out;
}

}  // namespace

TEST_CASE("ten bots, killed while they trade, leave three accounts that agree", "[soak]") {
  const auto seed = from_environment("PITWALL_SOAK_SEED", 1);
  const auto executions = from_environment("PITWALL_SOAK_EXECUTIONS", 3'000);
  CAPTURE(seed);
  const auto began = steady::now();
  soak s(seed, executions, from_environment("PITWALL_SOAK_KILLS", 2),
         from_environment("PITWALL_SOAK_CALM", 0));
  s.run();
  const std::chrono::duration<double> took = steady::now() - began;
  const auto& f = s.facts;
  WARN("seed " << seed << ": " << f.executions.size() << " executions, " << s.kills << " kills, "
               << f.orders.size() << " orders, " << f.rejected.size() << " rejected, " << f.canceled
               << " cancelled, " << f.doubts << " doubts, " << f.resumed << " resumptions, "
               << f.lines.size() << " events, " << took.count() << " s, of which trading "
               << s.trading << " s");
  WARN("memory, open files, actors, the exchange's open files: warm "
       << told(s.warm) << "; at the end of each life " << told(s.full) << "; idle before "
       << told({s.fresh}) << ", after " << told({s.quiet}) << ", of a new host " << told({s.idle}));
  CHECK(f.executions.size() >= executions);
  CHECK(f.doubts > 0);
  CHECK(s.quiet.actors == s.idle.actors);
  // Connections to the venue are kept: 4 and 16 for cancels (rest_options); and the store has some
  // files more.
  CHECK(s.quiet.files <= s.fresh.files + 20 + 12);
  CHECK(s.quiet.memory < s.warm.back().memory * 3 / 2 + (32u << 20));
  // In each life, and at the exchange over all of them: nothing grows with what was done.
  REQUIRE(s.warm.size() == s.full.size());
  for (std::size_t life = 0; life < s.full.size(); ++life) {
    CAPTURE(life);
#ifndef __SANITIZE_ADDRESS__  // Which keeps what was freed, for a while.
    CHECK(s.full[life].memory < s.warm[life].memory * 3 / 2 + (32u << 20));
#endif
    // Clients come and go meanwhile, each with a connection: 24 at a time.
    CHECK(s.full[life].files <= s.warm[life].files + 48);
    CHECK(s.full[life].exchange_files <= s.warm.front().exchange_files + 20);
  }
  CHECK(s.quiet.exchange_files <= s.warm.front().exchange_files + 20);
}

}  // namespace pitwall::test
