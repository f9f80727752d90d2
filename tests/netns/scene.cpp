#include "tests/netns/scene.hpp"

#include "tests/support/order_books.hpp"

namespace pitwall::test {
namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What a worker does for it, it does at `zone=far` alone, and tries again while nobody is there.
constexpr std::string_view buys_far = R"({"bot_id": "b",
  "blocks": [
    {"id": "price", "type": "paper", "category": "providers", "placement": ["zone=far"],
     "retry": {"max_attempts": 10, "min_wait": 0.1, "max_wait": 0.5},
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "cross", "type": "price_cross", "category": "triggers", "placement": ["zone=far"],
     "retry": {"max_attempts": 10, "min_wait": 0.1, "max_wait": 0.5},
     "properties": {"threshold": 0}},
    {"id": "cheap", "type": "threshold", "category": "conditions", "placement": ["zone=far"],
     "retry": {"max_attempts": 10, "min_wait": 0.1, "max_wait": 0.5},
     "properties": {"min": 0}},
    {"id": "buy", "type": "buy", "category": "actions", "placement": ["zone=far"],
     "retry": {"max_attempts": 10, "min_wait": 0.1, "max_wait": 0.5},
     "properties": {"symbol": "BTC/USDT", "amount": "0.0001", "venue": "sim"}}],
  "connections": [
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cross", "index": 0}},
    {"from": {"blockId": "price", "index": 0}, "to": {"blockId": "cheap", "index": 0}},
    {"from": {"blockId": "cheap", "index": 0}, "to": {"blockId": "buy", "index": 0}}]})";

std::vector<std::string> settings(const witness& exchange) {
  return {"--venue",      "sim=binance:" + exchange.url() + "?recv_window=1000",
          "--limit",      "daily_loss_limit=none",
          "--limit",      "max_position_size=none",
          "--limit",      "max_drawdown_percent=none",
          "--resilience", "breaker.failures=0"};
}

}  // namespace

scene::scene(std::string_view lost_after)
    : exchange_(witness_binary(), {"--still"}),
      host_(desk_, buys_far, settings(exchange_), lost_after, lan::address) {}

void scene::add(const std::string& name, bool slow) {
  net_.plug(name, slow);
  papers_[name] = desk_.issue(name);
  start_worker(name);
  await(name, "joined");
}

void scene::start_worker(const std::string& name) {
  workers_[name] = std::make_unique<worker_of>(desk_, host_, papers_.at(name), "zone=far",
                                               std::vector<std::string>{}, net_.inside(name));
}

std::string scene::busiest() const {
  std::string out;
  std::int64_t most = -1;
  for (const auto& [name, w] : workers_) {
    const auto nodes = host_.worker(name).find("nodes")->as_number().to_int().value_or(0);
    if (nodes > most) out = name;
    most = std::max(most, nodes);
  }
  return out;
}

void scene::halt() {
  const auto said = host_.ask("POST", "/api/v1/emergency",
                              R"({"action": "halt", "scope": "global", "reason": "test"})");
  INFO(to_json(said));
  CHECK(said.find("result")->as_text() == "done");
  // Its orders leave from the host itself: no worker is waited for.
  CHECK(said.find("warnings")->as_list().empty());
  const auto closed_at = parse_iso8601(said.find("closed_at")->as_text());
  REQUIRE(closed_at.ok());
  std::vector<std::string> listed;
  for (const auto& id : said.find("unanswered_orders")->as_list()) listed.push_back(id.as_text());
  halts_.acknowledged("global", *closed_at, std::move(listed));
}

void scene::resume() {
  halts_.resumes();
  host_.ask("POST", "/api/v1/emergency",
            R"({"action": "resume", "scope": "global", "reason": "over", "operator": "tester"})");
}

bool scene::trade() {
  const auto client = host_client::connect(std::filesystem::path(host_.data()) / "control.sock");
  REQUIRE(client.ok());
  const auto reply = accepted(client->request("POST", "/api/v1/workflows/w/executions"));
  // While a venue is asked what became of an order, nothing is started that orders there.
  if (!reply.ok() && reply.error().code == errc::unavailable) return false;
  if (!reply.ok() && reply.error().code == errc::halted && halts_.halts() > 0) return false;
  if (!reply.ok()) FAIL(reply.error().to_string());
  const auto said = parse_json(reply->body);
  REQUIRE(said.ok());
  started_.push_back(std::string(said->find("execution_id")->as_text()));
  return true;
}

void scene::trade_for(milliseconds time) {
  const auto end = steady::now() + time;
  while (steady::now() < end) {
    trade();
    // The pace: it has nothing to say.
    host_.process().read_line(milliseconds(10));
  }
}

bool scene::trade_until(const std::function<bool()>& so) {
  const auto end = steady::now() + workers_patience;
  while (!so()) {
    if (steady::now() > end) return false;
    trade_for(milliseconds(50));
  }
  return true;
}

const std::map<std::string, int>& scene::settle() {
  for (; settled_ < started_.size(); ++settled_) {
    const auto last = host_.await_end(started_[settled_]);
    const auto status = std::string(last.find("status")->as_text());
    if (status != "completed" && (status != "halted" || halts_.halts() == 0))
      others_.push_back(
          to_json(host_.ask("GET", "/api/v1/executions/" + started_[settled_] + "/events")));
    ++ends_[status];
  }
  return ends_;
}

bool scene::went_well() {
  settle();
  const auto has = [](const std::string& told, const char* part) {
    return told.find(part) != std::string::npos;
  };
  int halted = halts_.halts() > 0 ? ends_["halted"] : 0;
  for (const auto& other : others_) {
    // Of one that was killed under a halt the order alone may be what did not leave.
    if (halts_.halts() > 0 && has(other, "and trading is halted")) {
      ++halted;
      continue;
    }
    const bool late = has(other, "\"unavailable\"") || has(other, "\"stale_input\"") ||
                      has(other, "\"retry_budget\"");
    if (late && !has(other, "its epoch is over")) continue;
    UNSCOPED_INFO(other);
    return false;
  }
  UNSCOPED_INFO(completed() << " of " << started() << " have completed, and " << halted
                            << " were halted");
#ifdef __SANITIZE_ADDRESS__
  return completed() * 2 > started() - halted;
#else
  return completed() * 10 >= (started() - halted) * 9;
#endif
}

void scene::compare() {
  for (const auto& [status, n] : settle()) UNSCOPED_INFO(status << ": " << n);
  CHECK(host_.worker("nobody").is_null());
  host_.process().signal(SIGTERM);
  CHECK(host_.process().wait() == 0);
  const auto cli = [&](std::vector<std::string> words) {
    words.insert(words.begin(), pitwall_binary());
    words.insert(words.end(), {"--data-dir", host_.data()});
    return run_program(words);
  };
  CHECK(cli({"journal", "verify"}).exit_code == 0);
  const auto facts = read_journal(cli({"journal", "export"}).out);
  CHECK(facts.faults == std::vector<std::string>());
  CHECK(facts.unfinished() == std::vector<std::string>());
  CHECK(facts.open_orders() == std::vector<std::string>());
  CHECK(facts.executions.size() == started_.size());
  const auto account = read_exchange_log(exchange_.log());
  CHECK(account.faults == std::vector<std::string>());
  CHECK(differences(facts, account) == std::vector<std::string>());
  std::map<std::string, order_owner> owners;
  for (const auto& [order, execution] : facts.executed_by) owners[order] = {"b", "", "sim"};
  CHECK(halts_.broken(exchange_.orders(), owners) == std::vector<std::string>());
  std::map<std::string, int> orders;
  for (const auto& [order, execution] : facts.executed_by) ++orders[execution];
  for (const auto& [execution, n] : orders) CHECK(n == 1);
  CHECK(account.orders.size() >= static_cast<std::size_t>(completed()));
  CHECK(account.orders.size() <= started_.size());
}

}  // namespace pitwall::test
