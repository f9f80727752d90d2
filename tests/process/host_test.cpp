// `pitwall serve` from outside: its socket, its commands, kill -9, a second process, halts across
// restarts.
#include <sys/stat.h>

#include <csignal>
#include <random>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

class serving {
 public:
  serving(const scratch_directory& d, std::vector<std::string> more = {})
      : data_(d.path() / "data") {
    std::vector<std::string> arguments{binary, "serve", d.write("w.json", buys).string(),
                                       "--data-dir", data_.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    process_ = std::make_unique<child_process>(arguments);
    REQUIRE(process_->await_line("ready:"));
  }
  child_process& process() { return *process_; }
  std::string data() const { return data_.string(); }
  host_client client() const {
    auto c = host_client::connect(data_ / "control.sock");
    REQUIRE(c.ok());
    return *c;
  }
  value ask(std::string_view method, std::string_view target, std::string_view body = {}) const {
    auto r = accepted(client().request(method, target, body));
    if (!r.ok()) FAIL(r.error().to_string());
    auto v = parse_json(r->body);
    REQUIRE(v.ok());
    return *v;
  }
  finished cli(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), binary);
    arguments.insert(arguments.end(), {"--data-dir", data_.string()});
    return run_program(arguments);
  }

 private:
  std::filesystem::path data_;
  std::unique_ptr<child_process> process_;
};

}  // namespace

TEST_CASE("a running host's journal is proved, exported and copied") {
  scratch_directory d;
  serving host(d);
  for (int i = 0; i < 3; ++i) host.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  CHECK(host.cli({"journal", "verify"}).exit_code == 0);
  const auto events = host.cli({"events", "--json"});
  CHECK(host.cli({"journal", "export"}).out == events.out);
  const auto copy = (d.path() / "copy").string();
  const auto made = host.cli({"journal", "backup", copy});
  CHECK(made.exit_code == 0);
  CHECK(made.out == host.cli({"journal", "head"}).out);
  CHECK(run_program({binary, "journal", "verify", "--data-dir", copy}).exit_code == 0);
  CHECK(host.cli({"journal", "backup", copy}).exit_code == 64);
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
}

TEST_CASE("a journal is pruned without a host and beside one, and stays whole") {
  scratch_directory d;
  std::string data;
  {
    serving host(d, {"--max-wal", "8MB", "--write-buffer", "2MB", "--keep-days", "30"});
    data = host.data();
    for (int i = 0; i < 8; ++i) host.ask("POST", "/api/v1/workflows/w/executions?wait=20");
    host.process().signal(SIGTERM);
    CHECK(host.process().wait() == 0);
  }
  const auto cli = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {binary, "journal"});
    arguments.insert(arguments.end(), {"--data-dir", data});
    return run_program(arguments);
  };
  const auto stats = [&] {
    const auto v = parse_json(cli({"stats", "--json"}).out);
    REQUIRE(v.ok());
    return *v;
  };
  CHECK(cli({"prune"}).exit_code == 64);
  const auto before = stats();
  CHECK(cli({"prune", "--keep-events", "20", "--dry-run"}).exit_code == 0);
  CHECK(to_json(*stats().find("events")) == to_json(*before.find("events")));
  CHECK(cli({"prune", "--keep-events", "20"}).exit_code == 0);
  CHECK(*stats().find("first_seq")->as_number().to_int() > 1);
  CHECK(cli({"verify"}).exit_code == 0);

  // What the portfolio's snapshot stands for may go; what came after it stays for the next start.
  const auto first = *stats().find("first_seq")->as_number().to_int();
  serving host(d);
  for (int i = 0; i < 3; ++i) host.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  const auto pruned = host.cli({"journal", "prune", "--keep-events", "5", "--json"});
  CHECK(pruned.exit_code == 0);
  const auto answer = parse_json(pruned.out);
  REQUIRE(answer.ok());
  CHECK(*answer->find("first_seq")->as_number().to_int() >= first);
  CHECK(*answer->find("first_seq")->as_number().to_int() <=
        *before.find("last_seq")->as_number().to_int() + 1);
  CHECK(host.cli({"journal", "verify"}).exit_code == 0);
  CHECK(host.ask("GET", "/health").find("status")->as_text() == "ok");
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
}

TEST_CASE("a host starts executions, answers queries, and stops when told") {
  scratch_directory d;
  serving host(d);
  struct stat s {};
  REQUIRE(stat((host.data() + "/control.sock").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777U) == 0600);
  CHECK(host.ask("GET", "/health").find("status")->as_text() == "ok");
  const auto r = host.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  CHECK(r.find("status")->as_text() == "completed");
  const auto listed = host.cli({"executions", "list", "--json"});
  CHECK(listed.exit_code == 0);
  CHECK(listed.out.find(r.find("execution_id")->as_text()) != std::string::npos);
  CHECK(host.cli({"events", "--json"}).out.find("execution_completed") != std::string::npos);
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
}

TEST_CASE("events --follow shows what happens, from the start and live") {
  scratch_directory d;
  serving host(d);
  host.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  child_process follow({binary, "events", "--follow", "--json", "--data-dir", host.data()});
  REQUIRE(follow.await_line("{\"seq\":1,"));
  host.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  std::size_t completed = 1;
  std::uint64_t seq = 1;
  for (std::size_t n = 0; n < 100 && completed < 3; ++n) {
    auto e = parse_json(follow.read_line());
    REQUIRE(e.ok());
    CHECK(e->find("seq")->as_number() == decimal(static_cast<std::int64_t>(++seq)));
    if (e->find("type")->as_text() == "execution_completed") ++completed;
  }
  CHECK(completed == 3);
}

TEST_CASE("a host's resilience settings hold, and bad ones are all named") {
  scratch_directory d;
  serving host(d, {"--resilience", "rate@paper/orders=1/h"});
  for (int i = 0; i < 3; ++i) host.ask("POST", "/api/v1/workflows/w/executions?wait=20");
  const auto events = run_program({binary, "events", "--types", "order_rejected,order_submitted",
                                   "--json", "--data-dir", host.data()});
  CHECK(events.out.find("rate_limited") != std::string::npos);
  const auto health = host.ask("GET", "/health");
  REQUIRE(health.find("dead_letters") != nullptr);
  CHECK(health.find("dead_letters")->find("total")->as_number().is_zero());
  CHECK(health.find("workflows_given_up")->as_list().empty());
  const auto refused =
      run_program({binary, "serve", "--data-dir", (d.path() / "other").string(), "--resilience",
                   "rate=fast", "--resilience", "speed=3", "--resilience", "bulkhead.at_once=0"});
  CHECK(refused.exit_code == 64);
  for (const auto* what : {"rate=fast", "speed=3", "max_concurrent"})
    CHECK(refused.err.find(what) != std::string::npos);
}

TEST_CASE("a second process on the same data directory gets a clear message") {
  scratch_directory d;
  serving host(d);
  const auto f =
      run_program({binary, "run", d.write("w2.json", buys).string(), "--data-dir", host.data()});
  CHECK(f.exit_code == 66);
  CHECK(f.err.find("error:") != std::string::npos);
  CHECK(f.err.find(host.data()) != std::string::npos);
  CHECK(host.ask("GET", "/health").find("status")->as_text() == "ok");
}

TEST_CASE("a halt survives kill -9, and a resume opens again") {
  scratch_directory d;
  {
    serving host(d);
    const auto f = host.cli({"emergency", "halt", "--reason", "test"});
    INFO(f.err);
    CHECK(f.exit_code == 0);
    host.process().signal(SIGKILL);
    host.process().wait();
  }
  serving host(d);
  CHECK(host.ask("GET", "/health").find("status")->as_text() == "halted");
  auto refused = host.client().request("POST", "/api/v1/workflows/w/executions?wait=20");
  REQUIRE(refused.ok());
  CHECK_FALSE(refused->ok());
  CHECK(from_problem(*refused).code == errc::halted);
  CHECK(host.cli({"emergency", "resume"}).exit_code == 64);
  CHECK(host.cli({"emergency", "resume", "--reason", "checked"}).exit_code == 0);
  CHECK(host.ask("POST", "/api/v1/workflows/w/executions?wait=20").find("status")->as_text() ==
        "completed");
}

TEST_CASE("a shutdown is left only with the explicit flag, and then into a halt") {
  scratch_directory d;
  {
    serving host(d);
    CHECK(host.cli({"emergency", "shutdown", "--reason", "test"}).exit_code == 0);
    CHECK(host.cli({"emergency", "resume", "--reason", "no"}).exit_code != 0);
  }
  {
    serving host(d);
    CHECK(host.cli({"emergency", "resume", "--reason", "no"}).exit_code != 0);
  }
  serving host(d, {"--leave-shutdown"});
  CHECK(host.cli({"emergency", "status"}).out.find("halt") != std::string::npos);
  CHECK(host.cli({"emergency", "resume", "--reason", "yes"}).exit_code == 0);
}

TEST_CASE("kill -9 during run loses nothing that was printed as completed") {
  const std::uint64_t first_seed = 20260301;
  for (std::uint64_t seed = first_seed; seed < first_seed + 6; ++seed) {
    CAPTURE(seed);
    for (const std::string mode : {"sync", "async"}) {
      CAPTURE(mode);
      scratch_directory d;
      const auto data = (d.path() / "data").string();
      std::set<std::string> printed;
      {
        child_process run({binary, "run", d.write("w.json", buys).string(), "--data-dir", data,
                           "--json", "--repeat", "1000000", "--concurrency", "20", "--durability",
                           mode});
        const auto until = 20 + std::mt19937_64(seed)() % 400;
        while (printed.size() < until) {
          auto r = parse_json(run.read_line());
          REQUIRE(r.ok());
          CHECK(r->find("status")->as_text() == "completed");
          printed.insert(r->find("execution_id")->as_text());
        }
        run.signal(SIGKILL);
        for (const auto& line : run.rest())
          if (auto r = parse_json(line); r.ok()) printed.insert(r->find("execution_id")->as_text());
        run.wait();
      }
      // Opening again works, everything printed is there and completed, and seq has no gap.
      const auto events = run_program({binary, "events", "--json", "--data-dir", data});
      REQUIRE(events.exit_code == 0);
      std::set<std::string> completed;
      std::int64_t seq = 0;
      std::istringstream lines(events.out);
      for (std::string line; std::getline(lines, line);) {
        auto e = parse_json(line);
        REQUIRE(e.ok());
        REQUIRE(e->find("seq")->as_number() == decimal(++seq));
        if (e->find("type")->as_text() == "execution_completed")
          completed.insert(e->find("execution_id")->as_text());
      }
      for (const auto& id : printed) CHECK(completed.contains(id));
      const auto shown = run_program(
          {binary, "executions", "show", *printed.begin(), "--json", "--data-dir", data});
      CHECK(shown.exit_code == 0);
      CHECK(shown.out.find("\"completed\"") != std::string::npos);
      const auto again = run_program(
          {binary, "run", (d.path() / "w.json").string(), "--data-dir", data, "--json"});
      CAPTURE(again.out, again.err);
      CHECK(again.exit_code == 0);
    }
  }
}

TEST_CASE("commands for a running host say so where none runs") {
  scratch_directory d;
  const auto f =
      run_program({binary, "emergency", "halt", "--data-dir", (d.path() / "x").string()});
  CHECK(f.exit_code == 69);
  CHECK(f.err.find("pitwall serve") != std::string::npos);
}

}  // namespace pitwall::test
