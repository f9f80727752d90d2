// The host is killed with SIGKILL again and again while it trades on an exchange in another
// process, which keeps its own log of orders: the witness. What was acknowledged, and by whom, is
// kept here. PITWALL_CRASH_SEED repeats a plan; PITWALL_CRASH_MINUTES goes on for so long (./dev
// crash).
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"
#include "tests/support/witness.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

const std::string binary = PITWALL_BINARY;

constexpr std::string_view round_trip = R"({
  "bot_id": "b",
  "blocks": [
    {"id": "price", "type": "binance", "category": "providers",
     "properties": {"profile_id": "sim", "symbol": "BTC/USDT",
                    "enabled_endpoints": ["price_feed"]}},
    {"id": "cross", "type": "price_cross", "category": "triggers", "properties": {"threshold": 0}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "properties": {"min": 1}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "sim"}},
    {"id": "sell", "type": "sell", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "sim", "signal": true}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cross", "index": 0}},
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct journal_facts {
  std::map<std::string, std::string> ends;  ///< Execution -> type of its last word.
  std::set<std::string> intents, filled, refused, open;
  std::size_t resumed = 0, doubts = 0;
};

class driver {
 public:
  explicit driver(std::uint64_t seed)
      : random_(seed),
        exchange_(PITWALL_WITNESS, {"--still"}),
        directory_(),
        file_(directory_.write("w.json", round_trip).string()),
        data_((directory_.path() / "data").string()) {}

  void live_and_die(bool async) {
    start_host(async);
    exchange_.set_faults(any_faults());
    const std::size_t until = acknowledged() + 1 + random_() % 40;
    const bool halts = random_() % 4 == 0;
    std::vector<std::thread> clients;
    stop_ = false;
    for (int i = 0; i < 3; ++i) clients.emplace_back([this] { start_executions(); });
    const auto give_up = steady::now() + 20s;
    while (acknowledged() < until && steady::now() < give_up) std::this_thread::yield();
    if (halts) halt_and_look();
    host_->signal(SIGKILL);
    stop_ = true;
    for (auto& c : clients) c.join();
    host_->wait();
    ++kills;
  }

  void after_halt() {
    if (!halted_) return;
    start_host(false);
    const auto answer = ask("POST", "/api/v1/workflows/w/executions", {});
    CHECK(answer.find("halted") != std::string::npos);
    // Only what had left before the acknowledgement may still have come in.
    CHECK(exchange_.orders().size() <= orders_at_halt_ + unanswered_at_halt_);
    ask("POST", "/api/v1/emergency",
        R"({"action": "resume", "scope": "global", "reason": "test", "operator": "driver"})");
    halted_ = false;
    host_->signal(SIGKILL);  // Once more, before or while it recovers.
    host_->wait();
    ++kills;
  }

  void end() {
    exchange_.set_faults(
        R"({"drop_answer": 0, "delay_answer": 0, "unavailable": 0, "close_unread": 0})");
    start_host(false);
    const auto give_up = steady::now() + 30s;
    journal_facts facts;
    do facts = look();
    while ((!facts.open.empty() || unfinished(facts)) && steady::now() < give_up);
    CHECK(facts.open.empty());
    if (!facts.open.empty()) {
      const auto kept = std::filesystem::temp_directory_path() / "pitwall-crash-events.jsonl";
      std::ofstream(kept) << events_text();
      WARN("order " << *facts.open.begin() << " is open; all events are in " << kept.string());
    }
    host_->signal(SIGTERM);
    CHECK(host_->wait() == 0);
    const auto verified = run_program({binary, "journal", "verify", "--data-dir", data_});
    CAPTURE(verified.out, verified.err);
    CHECK(verified.exit_code == 0);
    check(look());
  }

  std::size_t kills = 0, resumed = 0, orders = 0, executions = 0, doubts = 0;

 private:
  void start_host(bool async) {
    host_ = std::make_unique<child_process>(
        std::vector<std::string>{binary, "serve", file_, "--data-dir", data_, "--venue",
                                 "sim=binance:" + exchange_.url() + "?recv_window=100",
                                 "--durability", async ? "async" : "sync"});
    REQUIRE(host_->await_line("ready:"));
  }
  std::string any_faults() {
    const auto chance = [this](const char* name) {
      const char* of[] = {"0", "0", "0.1", "0.4"};
      return std::string("\"") + name + "\": " + of[random_() % 4];
    };
    return "{" + chance("drop_answer") + ", " + chance("unavailable") + ", " +
           chance("close_unread") + ", " + chance("delay_answer") + "}";
  }
  std::size_t acknowledged() {
    const std::lock_guard lock(mutex_);
    return acknowledged_.size();
  }
  std::string ask(std::string_view method, std::string_view target, std::string_view body) {
    auto client = host_client::connect(std::filesystem::path(data_) / "control.sock");
    if (!client.ok()) return {};
    auto r = client->request(method, target, body);
    return r.ok() ? r->body : std::string();
  }
  void start_executions() {
    while (!stop_) {
      const auto answer = ask("POST", "/api/v1/workflows/w/executions", {});
      const auto v = parse_json(answer);
      const auto* id = v.ok() ? v->find("execution_id") : nullptr;
      if (id == nullptr || !id->is_text()) continue;
      const std::lock_guard lock(mutex_);
      acknowledged_.insert(id->as_text());
    }
  }
  void halt_and_look() {
    const auto answer =
        ask("POST", "/api/v1/emergency",
            R"({"action": "halt", "scope": "global", "reason": "test", "operator": "driver"})");
    const auto v = parse_json(answer);
    if (!v.ok() || v->find("result") == nullptr || v->find("result")->as_text() != "done") return;
    halted_ = true;
    orders_at_halt_ = exchange_.orders().size();
    unanswered_at_halt_ = v->find("unanswered_orders")->as_list().size();
  }

  std::string events_text() const {
    return run_program({binary, "events", "--json", "--limit", "0", "--data-dir", data_}).out;
  }
  journal_facts look() const {
    const auto out = events_text();
    journal_facts f;
    std::uint64_t expected = 1;
    std::size_t at = 0;
    while (at < out.size()) {
      const auto end = out.find('\n', at);
      const auto e = parse_json(std::string_view(out).substr(at, end - at));
      REQUIRE(e.ok());
      at = end + 1;
      REQUIRE(e->find("seq")->as_number() == decimal(static_cast<std::int64_t>(expected)));
      ++expected;
      take(*e, f);
    }
    return f;
  }
  static void take(const value& e, journal_facts& f) {
    const auto type = e.find("type")->as_text();
    const auto id = [&] { return e.find("client_order_id")->as_text(); };
    if (type.starts_with("execution_")) f.ends[e.find("execution_id")->as_text()] = type;
    if (type == "execution_resumed") ++f.resumed;
    if (type == "order_in_doubt") ++f.doubts;
    if (type == "order_intent") {
      CHECK(f.intents.insert(id()).second);
      f.open.insert(id());
    } else if (type == "order_filled" && e.find("complete")->as_bool()) {
      CHECK(f.filled.insert(id()).second);
      f.open.erase(id());
    } else if (type == "order_rejected" || type == "order_canceled") {
      f.refused.insert(id());
      f.open.erase(id());
    }
  }
  static bool is_end(const std::string& type) {
    return type != "execution_started" && type != "execution_resumed";
  }
  static bool unfinished(const journal_facts& f) {
    for (const auto& [id, type] : f.ends)
      if (!is_end(type)) return true;
    return false;
  }

  void check(const journal_facts& f) {
    for (const auto& id : acknowledged_) {
      CAPTURE(id);
      REQUIRE(f.ends.count(id) == 1);
    }
    for (const auto& [id, type] : f.ends) {
      CAPTURE(id, type);
      CHECK(is_end(type));
    }
    std::set<std::string> reached;
    for (const auto& o : exchange_.orders()) {
      CAPTURE(o.client_order_id);
      CHECK(reached.insert(o.client_order_id).second);  // Once.
      CHECK(f.intents.contains(o.client_order_id));
      CHECK(f.filled.contains(o.client_order_id));
      CHECK(o.quantity == "0.01");
    }
    for (const auto& id : f.filled) CHECK(reached.contains(id));
    for (const auto& id : f.refused) CHECK_FALSE(reached.contains(id));
    resumed = f.resumed;
    doubts = f.doubts;
    orders = reached.size();
    executions = f.ends.size();
  }

  std::mt19937_64 random_;
  witness exchange_;
  scratch_directory directory_;
  std::string file_, data_;
  std::unique_ptr<child_process> host_;
  std::mutex mutex_;
  std::set<std::string> acknowledged_;
  std::atomic<bool> stop_ = false;
  bool halted_ = false;
  std::size_t orders_at_halt_ = 0, unanswered_at_halt_ = 0;
};

}  // namespace

TEST_CASE("killed again and again, the host loses nothing and sends nothing twice", "[crash]") {
  const auto first = from_environment("PITWALL_CRASH_SEED", 1);
  const auto minutes = from_environment("PITWALL_CRASH_MINUTES", 0);
  const auto until = steady::now() + std::chrono::minutes(minutes);
  for (auto seed = first; seed == first || steady::now() < until; ++seed) {
    CAPTURE(seed);
    driver d(seed);
    for (int life = 0; life < 8; ++life) {
      d.live_and_die(life % 3 == 2);
      d.after_halt();
    }
    d.end();
    WARN("seed " << seed << ": " << d.kills << " kills, " << d.executions << " executions, "
                 << d.orders << " orders at the exchange, " << d.resumed << " resumptions, "
                 << d.doubts << " doubts");
    CHECK(d.orders > 10);
  }
}

}  // namespace pitwall::test
