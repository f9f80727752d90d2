// Whatever is wrong with a start is told all at once, before anything starts: of the file, the
// variables, the options, the files that they name, and the machine; and nothing is touched.
#include <sys/stat.h>
#include <csignal>
#include <set>

#include "net/client/host_client.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

void check_all(const std::string& told, const std::vector<std::string>& parts) {
  for (const auto& part : parts) {
    INFO(told);
    CAPTURE(part);
    CHECK(has(told, part));
  }
}

std::string for_bot(const std::string& bot) {
  return R"({"bot_id": ")" + bot + R"(", "blocks": [
    {"id": "go", "type": "manual_trigger", "category": "triggers"}]})";
}

/// A host that is there already.
class other_host {
 public:
  other_host() : process_({pitwall_binary(), "serve", "--data-dir", data(), "--port", "0"}) {
    const auto line = process_.read_line();
    REQUIRE(has(line, "listening http://127.0.0.1:"));
    port_ = line.substr(line.rfind(':') + 1);
    REQUIRE(process_.await_line("ready:"));
  }
  std::string data() const { return (d_.path() / "data").string(); }
  const std::string& port() const { return port_; }
  int end() {
    process_.signal(SIGTERM);
    return process_.wait();
  }

 private:
  scratch_directory d_;
  child_process process_;
  std::string port_;
};

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> all;
  for (const auto& e : fs::recursive_directory_iterator(directory)) all.insert(e.path().string());
  return all;
}

finished serve(std::vector<std::string> more, const std::vector<std::string>& variables = {}) {
  std::vector<std::string> all{"/usr/bin/env"};
  all.insert(all.end(), variables.begin(), variables.end());
  all.insert(all.end(), {pitwall_binary(), "serve"});
  all.insert(all.end(), more.begin(), more.end());
  return run_program(all);
}

}  // namespace

TEST_CASE("a file, its surroundings and the machine are told of together, and left alone",
          "[config]") {
  other_host there;
  scratch_directory d;
  d.write("a.json", for_bot("x"));
  d.write("b.json", for_bot("y"));
  d.write("bad.json", R"({"blocks": [{"id": "x", "type": "by", "category": "actions"}]})");
  d.write("order.json", buys);
  d.write("no.key", "short\n");
  fs::create_directory(d.path() / "host.log");
  const auto file = d.write("host.json", R"({
    "server": {"prot": 1, "port": )" + there.port() +
                                             R"(, "allowed_origins": ["nowhere"]},
    "journal": {"directory": ")" + there.data() +
                                             R"(", "keep_days": 0},
    "risk": {"daily_loss_limit": 500, "look_every": "1h"},
    "log": {"file": "host.log", "level": "loud"},
    "venues": {
      "live": {"type": "kraken", "live": true},
      "clear": {"type": "binance", "url": "http://10.0.0.1:80", "key_file": "no.key"},
      "user": {"type": "binance", "url": "https://me:hush@h"}},
    "bots": [
      {"id": "a", "workflow": "a.json", "trigger": "event no_such_event of b"},
      {"id": "b", "workflow": "b.json", "trigger": "market smi BTC/USDT crosses=1"},
      {"id": "c", "workflow": "a.json", "trigger": "cron 61 * * * * Europe/Nowhere"},
      {"id": "d", "workflow": "bad.json", "restart": "sometimes"},
      {"id": "e", "workflow": "none.json", "venues": {"binance": "smi"}},
      {"id": "f", "workflow": "order.json", "workflow_id": "f",
       "trigger": "market live BTC/USD volume=1"},
      {"id": "a", "workflow": "order.json", "template": "t", "workflow_id": "g"}],
    "resilience": {"breaker": {"max_probes": 99}}})");
  const auto before = names_in(d.path());
  const auto f = serve({"--config", file.string(), (d.path() / "missing.json").string(),
                        (d.path() / "b.json").string(), "--trigger", "f=every 0s", "--limit", "x"},
                       {"PITWALL__LIMITS__THREADS=many", "PITWALL__SERVER__PROT=1"});
  CHECK(f.exit_code == 64);
  check_all(f.err, {"host.json#/server/prot",
                    "host.json#/server/allowed_origins",
                    "keep_days",
                    "write -500",
                    "/risk/look_every",
                    "/log/level",
                    "/log/file",
                    "this is a directory",
                    "/venues/live/live",
                    "no order can leave",
                    "/venues/clear/url",
                    "in the clear",
                    "/venues/clear/key_file",
                    "/venues/user/url",
                    "names a user",
                    "/bots/0/trigger",
                    "there is no event 'no_such_event'",
                    "/bots/1/trigger",
                    "there is no venue 'smi'",
                    "/bots/2/trigger",
                    "'61'",
                    "Europe/Nowhere",
                    "workflow 'a' is also that of",
                    "bad.json#/blocks/0/type",
                    "did you mean 'buy'?",
                    "/bots/3/restart",
                    "/bots/4/workflow",
                    "none.json",
                    "/bots/4/venues/binance",
                    "/bots/6/id",
                    "/resilience/breaker/max_probes",
                    "missing.json",
                    "there is no such file",
                    "workflow 'b' is also that of",
                    "--trigger f",
                    "--limit x",
                    "PITWALL__LIMITS__THREADS",
                    "PITWALL__SERVER__PROT",
                    "did you mean PITWALL__SERVER__PORT?",
                    "/journal/directory",
                    "in use by process",
                    "/server/port",
                    "Address already in use"});
  CHECK_FALSE(has(f.err, "hush"));
  CHECK(names_in(d.path()) == before);
  CHECK(there.end() == 0);
}

TEST_CASE("what the machine does not allow is told before a data directory is made", "[config]") {
  other_host there;
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  const auto good = d.write("w.json", for_bot("x")).string();
  const auto taken = serve({good, "--data-dir", data, "--port", there.port()});
  CHECK(taken.exit_code == 69);
  check_all(taken.err, {"Address already in use", "--port", "choose another"});
  CHECK_FALSE(fs::exists(data));

  const auto used = serve({good, "--data-dir", there.data()});
  CHECK(used.exit_code == 66);
  check_all(used.err, {"in use by process", "--data-dir"});

  const auto below_file = serve({good, "--data-dir", good + "/data"});
  CHECK(below_file.exit_code == 66);
  check_all(below_file.err, {"the data directory cannot be written", "no directory"});

  const auto deep = serve({good, "--data-dir", (d.path() / std::string(120, 'x')).string()});
  CHECK(deep.exit_code == 64);
  check_all(deep.err, {"the control socket's path has", "a shorter path"});
  CHECK(fs::directory_iterator(d.path())->path().filename() == "w.json");
}

TEST_CASE("files of the command line, and their triggers, are looked at before a start",
          "[config]") {
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  const auto a = d.write("a.json", for_bot("ann")).string();
  const auto b = d.write("b.json", for_bot("ann")).string();
  const auto same = d.write("same.json", R"({"id": "a", "blocks": [
    {"id": "go", "type": "manual_trigger", "category": "triggers"}]})")
                        .string();
  struct row {
    std::vector<std::string> words;
    const char* part;
  };
  const row rows[] = {
      {{a, "--trigger", "bob=every 5m"}, "trades for bot 'bob' (--trigger bob)"},
      {{a, b, "--trigger", "ann=every 5m"}, "2 workflows: a, b (--trigger ann)"},
      {{a, "--trigger", "ann:a=event execution_completed of a"}, "a -> a (--trigger ann:a)"},
      {{a, "--trigger", "ann:a=event execution_ended of b"}, "there is no event"},
      {{a, "--trigger", "bob:a=every 5m"}, "trades for another bot than 'bob'"},
      {{a, "--trigger", "ann=every 5m", "--trigger", "ann=every 6m"}, "has two triggers"},
      {{a, "--trigger", "ann=market papr BTC/USDT crosses=1"}, "did you mean 'paper'?"},
      {{a, "--trigger", "ann=market paper BTC/USDT volume=1"}, "tells no volume"},
      {{a, same}, "workflow 'a' is also that of"},
      {{d.write("empty.json", "").string()}, "the file is empty"},
      {{d.path().string()}, "this is a directory"},
      {{d.write("broken.json", "{").string()}, "broken.json"},
  };
  for (const auto& r : rows)
    for (const bool starts : {true, false}) {
      std::vector<std::string> all{pitwall_binary()};
      if (starts)
        all.emplace_back("serve");
      else
        all.insert(all.end(), {"config", "check"});
      all.insert(all.end(), {"--data-dir", data});
      all.insert(all.end(), r.words.begin(), r.words.end());
      const auto f = run_program(all);
      CAPTURE(r.part, starts, f.err);
      CHECK(f.exit_code == 64);
      CHECK(has(f.err, r.part));
      CHECK_FALSE(fs::exists(data));
    }
}

TEST_CASE("a token file that others may write to, or that is none, starts no host", "[config]") {
  scratch_directory d;
  const auto data = d.path() / "data";
  REQUIRE(run_program({pitwall_binary(), "token", "create", "--data-dir", data.string(), "--name",
                       "desk", "--scopes", "read"})
              .exit_code == 0);
  const auto file = data / "tokens.json";
  REQUIRE(fs::exists(file));
  const auto before = names_in(d.path());
  const auto told = [&] {
    const auto f = serve({"--data-dir", data.string(), "--port", "0", "--log-level", "loud"});
    CHECK(f.exit_code == 64);
    CHECK(has(f.err, "--log-level"));
    CHECK(names_in(d.path()) == before);
    return f.err;
  };
  REQUIRE(::chmod(file.c_str(), 0666) == 0);
  check_all(told(), {file.string(), "chmod"});
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
  d.write("data/tokens.json", "{nonsense");
  check_all(told(), {file.string()});
}

TEST_CASE("a reload of a bad file lists what is wrong with it, and what is in force stays so",
          "[config]") {
  scratch_directory d;
  d.write("a.json", for_bot("x"));
  const auto data = (d.path() / "data").string();
  const std::string good = R"({"bots": [{"id": "a", "workflow": "a.json"}]})";
  const auto file = d.write("host.json", good).string();
  child_process host({pitwall_binary(), "serve", "--config", file, "--data-dir", data});
  REQUIRE(host.await_line("ready:"));
  const auto reload = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {pitwall_binary(), "config", "reload", "--data-dir", data});
    return run_program(more);
  };
  d.write("host.json", R"({"server": {"prot": 1}, "risk": {"max_order_size": -1},
    "bots": [{"id": "a", "workflow": "a.json", "enabled": false,
              "trigger": "event no_such_event of a"}]})");
  const auto told = reload({});
  CHECK(told.exit_code == 64);
  check_all(told.err,
            {"host.json#/server/prot", "did you mean 'port'?", "host.json#/risk/max_order_size",
             "host.json#/bots/0/trigger", "nothing was changed"});
  const auto json = parse_json(reload({"--json"}).out);
  REQUIRE(json.ok());
  CHECK_FALSE(json->find("valid")->as_bool());
  CHECK(json->find("problems")->as_list().size() == 3);
  const auto bots = run_program({pitwall_binary(), "bots", "list", "--json", "--data-dir", data});
  CHECK(has(bots.out, R"("state":"running")"));
  d.write("host.json", good);
  CHECK(reload({}).out == "nothing has changed\n");
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
}

}  // namespace pitwall::test
