// Triggers of a real host: they fire, are shown, and start nothing twice over kill -9.
#include <chrono>
#include <csignal>
#include <set>
#include <sstream>

#include "runtime/base/clock.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view looker = R"({"bot_id": "$", "blocks": [
  {"id": "p", "type": "paper", "category": "providers",
   "properties": {"enabled_endpoints": ["price_feed"]}}]})";

std::string for_bot(const std::string& bot) {
  std::string text(looker);
  return text.replace(text.find('$'), 1, bot);
}

class triggered_host {
 public:
  triggered_host(const scratch_directory& d, const std::vector<std::string>& more)
      : data_(d.path() / "data") {
    std::vector<std::string> arguments{pitwall_binary(), "serve", "--data-dir", data_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<child_process>(arguments);
    REQUIRE(process_->await_line("ready:"));
  }
  value get(const std::string& target) const {
    const auto reply = ask_socket(data_ / "control.sock", {"GET", target});
    REQUIRE(reply.status == 200);
    return parse_json(reply.body).value();
  }
  value bot(const std::string& id) const {
    const auto all = get("/api/v1/bots");
    for (const auto& b : all.find("bots")->as_list())
      if (b.find("id")->as_text() == id) return b;
    FAIL("no bot " + id);
    return {};
  }
  /// Asks until so many were started in this life.
  void await_started(const std::string& id, int count) const {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (bot(id).find("trigger")->find("started")->as_number() < decimal(count))
      REQUIRE(std::chrono::steady_clock::now() < give_up);
  }
  int end(int signal) {
    process_->signal(signal);
    return process_->wait();
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), pitwall_binary());
    arguments.insert(arguments.end(), {"--data-dir", data_.string()});
    return run_program(arguments);
  }

 private:
  std::filesystem::path data_;
  std::unique_ptr<child_process> process_;
};

/// When each execution of the workflow was due, in seconds, in the order of the starts, as the
/// journal of the dead host has it.
std::vector<std::int64_t> moments(const scratch_directory& d, const std::string& workflow) {
  std::vector<std::int64_t> out;
  const auto events = run_program({pitwall_binary(), "events", "--json", "--limit", "0",
                                   "--data-dir", (d.path() / "data").string()});
  std::istringstream lines(events.out);
  for (std::string line; std::getline(lines, line);) {
    const auto e = parse_json(line);
    if (!e.ok() || e->find("type")->as_text() != "execution_started") continue;
    if (e->find("workflow_id")->as_text() != workflow) continue;
    const auto* trigger = e->find("trigger");
    REQUIRE(trigger != nullptr);
    const auto at = parse_iso8601(trigger->find("fire_time")->as_text());
    REQUIRE(at.ok());
    out.push_back(std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch().count());
  }
  return out;
}

}  // namespace

TEST_CASE("a second's interval over kill -9: nothing twice, and the missed as the trigger says") {
  scratch_directory d;
  const std::vector<std::string> both{
      d.write("each.json", for_bot("each")).string(),
      d.write("none.json", for_bot("none")).string(),
      "--trigger",
      "each=every 1s overlap=queue queue_limit=1000 catch_up=1h missed=each",
      "--trigger",
      "none=every 1s",
  };
  for (int life = 0; life < 3; ++life) {
    triggered_host host(d, both);
    host.await_started("each", 3);
    host.await_started("none", 2);
    host.end(SIGKILL);
  }
  {
    triggered_host host(d, both);
    host.await_started("each", 4);
    CHECK(host.end(SIGTERM) == 0);
  }
  for (const std::string workflow : {"each", "none"}) {
    const auto all = moments(d, workflow);
    CAPTURE(workflow, all);
    CHECK(all.size() >= (workflow == "each" ? 13U : 6U));
    CHECK(std::set<std::int64_t>(all.begin(), all.end()).size() == all.size());
    CHECK(std::is_sorted(all.begin(), all.end()));
    if (workflow == "each")  // Also what was due while there was no host.
      CHECK(all.back() - all.front() + 1 == static_cast<std::int64_t>(all.size()));
  }
}

TEST_CASE("a trigger is shown with its next moment, and one that is wrong starts no host") {
  scratch_directory d;
  const auto a = d.write("a.json", for_bot("ann")).string();
  const auto b = d.write("b.json", for_bot("ann")).string();
  {
    triggered_host host(d, {a, "--trigger", "ann=cron 0 9 * * mon-fri Europe/London"});
    const auto trigger = *host.bot("ann").find("trigger");
    CHECK(trigger.find("text")->as_text() == "cron 0 9 * * mon-fri Europe/London");
    CHECK(trigger.find("workflow_id")->as_text() == "a");
    CHECK(trigger.find("next_fire")->is_text());
    CHECK(trigger.find("last_fire")->is_null());
    const auto table = host.cli({"bots", "list"});
    CHECK(table.out.find("cron 0 9 * * mon-fri Europe/London") != std::string::npos);
    CHECK(table.out.find(trigger.find("next_fire")->as_text()) != std::string::npos);
    host.end(SIGTERM);
  }
  const auto refused = [&](std::vector<std::string> more) {
    more.insert(more.begin(),
                {pitwall_binary(), "serve", "--data-dir", (d.path() / "data").string()});
    const auto told = run_program(more);
    CHECK(told.exit_code == 64);
    return told.err;
  };
  const auto words = refused({a, "--trigger", "ann=cron 61 25 * * * Europe/Nowhere"});
  for (const char* part : {"'61'", "'25'", "Europe/Nowhere", "--trigger ann"}) {
    CAPTURE(words, part);
    CHECK(words.find(part) != std::string::npos);
  }
  CHECK(refused({a, "--trigger", "ann"}).find("BOT=") != std::string::npos);
  CHECK(refused({a, "--trigger", "bob=every 5m"}).find("trades for bot 'bob'") !=
        std::string::npos);
  CHECK(refused({a, b, "--trigger", "ann=every 5m"}).find("2 workflows: a, b") !=
        std::string::npos);
  CHECK(refused({a, "--trigger", "ann:a=event execution_completed of a"}).find("a -> a") !=
        std::string::npos);
}

TEST_CASE("a second workflow of a bot says that its trigger rests, and so does the list") {
  scratch_directory d;
  const auto first = d.write("first.json", for_bot("b")).string();
  triggered_host host(d, {first, "--trigger", "b=every 1h"});
  const auto shown = [&] { return to_json(*host.bot("b").find("trigger")); };
  CHECK(shown().find("every 1h") != std::string::npos);
  const auto ask = [&](const char* method, const std::string& body) {
    return ask_socket(d.path() / "data/control.sock", {method, "/api/v1/workflows/other", body, {}},
                      std::chrono::seconds(30));
  };
  const auto second = ask("PUT", for_bot("b"));
  INFO(second.body);
  CHECK(second.body.find("the trigger starts nothing for now: bot 'b' has 2 workflows") !=
        std::string::npos);
  // The same again says it again.
  CHECK(ask("PUT", for_bot("b")).body.find("starts nothing for now") != std::string::npos);
  CHECK(shown().find("rests: bot 'b' has 2 workflows: first, other") != std::string::npos);
  CHECK(host.cli({"bots", "list"}).out.find("rests: bot 'b' has 2") != std::string::npos);
  ask("DELETE", {});
  CHECK(shown().find("every 1h") != std::string::npos);
}

}  // namespace pitwall::test
