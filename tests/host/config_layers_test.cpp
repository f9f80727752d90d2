#include "runtime/host/config/layers.hpp"

#include "runtime/workflow/json.hpp"
#include "tests/host/config_support.hpp"

using namespace pitwall;
using namespace pitwall::test;
using config::layer;

TEST_CASE("a later layer takes the place of an earlier one, value by value", "[config]") {
  struct row {
    const char *profile, *file, *variable, *flag;  ///< Null: not said there.
    const char* holds;
    layer from;
    const char* where;
  };
  // Of log.format, which is console by default and json under production.
  const row rows[] = {
      {nullptr, nullptr, nullptr, nullptr, "console", layer::built_in, "default"},
      {"production", nullptr, nullptr, nullptr, "json", layer::profile, "profile production"},
      {"production", "console", nullptr, nullptr, "console", layer::file, "host.json#/log/format"},
      {"production", nullptr, "console", nullptr, "console", layer::environment,
       "PITWALL__LOG__FORMAT"},
      {"production", nullptr, nullptr, "console", "console", layer::flag, "--json-log"},
      {nullptr, "json", "console", nullptr, "console", layer::environment, "PITWALL__LOG__FORMAT"},
      {nullptr, "json", nullptr, "console", "console", layer::flag, "--json-log"},
      {nullptr, nullptr, "json", "console", "console", layer::flag, "--json-log"},
      {"development", "console", "console", "json", "json", layer::flag, "--json-log"},
  };
  for (const auto& r : rows) {
    std::string text = "{";
    if (r.profile != nullptr) text += R"("profile":")" + std::string(r.profile) + "\"";
    if (r.file != nullptr)
      text += (r.profile != nullptr ? "," : "") + (R"("log":{"format":")" + std::string(r.file)) +
              "\"}";
    text += "}";
    std::vector<config::variable> variables;
    if (r.variable != nullptr) variables.push_back({"PITWALL__LOG__FORMAT", r.variable, {}});
    std::vector<config::flag> flags;
    if (r.flag != nullptr) flags.push_back({"--json-log", "/log/format", r.flag});
    CAPTURE(text);
    const auto c = good(load_file(text, variables, flags));
    CHECK(c.text("/log/format") == r.holds);
    CHECK(c.find("/log/format")->from == r.from);
    CHECK(c.where("/log/format") == r.where);
  }
}

TEST_CASE("the profile itself comes from the last layer that names one", "[config]") {
  const config::variable staging{"PITWALL__PROFILE", "staging", {}};
  const config::flag production{"--profile", "/profile", "production"};
  CHECK(load_file(R"({"profile":"development"})").profile == "development");
  CHECK(load_file(R"({"profile":"development"})", {staging}).profile == "staging");
  CHECK(load_file(R"({"profile":"development"})", {staging}, {production}).profile == "production");
  CHECK(load_file("{}").profile.empty());
  check_one(load_file("{}", {{"PITWALL__PROFILE", "prod", {}}}).problems, "PITWALL__PROFILE",
            "one of development, staging, production");
}

TEST_CASE("a variable's name leads to its place in the file", "[config]") {
  const char* file = R"({"venues": {"Sim-1": {"type": "binance", "url": "http://a:1"}},
    "bots": [{"id": "a"}, {"id": "b"}],
    "resilience": {"at": {"Sim-1/orders": {"rate": "1/s"}}}})";
  const auto c = good(load_file(file, {{"PITWALL__SERVER__PORT", "81", {}},
                                       {"PITWALL__VENUES__SIM_1__RECV_WINDOW", "3s", {}},
                                       {"PITWALL__VENUES__OTHER__TYPE", "binance", {}},
                                       {"PITWALL__VENUES__OTHER__URL", "http://b:2", {}},
                                       {"PITWALL__VENUES__PAPER__SEED", "9", {}},
                                       {"PITWALL__BOTS__1__ENABLED", "false", {}},
                                       {"PITWALL__BOTS__1__LIMITS__MAX_OPEN_ORDERS", "3", {}},
                                       {"PITWALL__BOTS__2__ID", "c", {}},
                                       {"PITWALL__RESILIENCE__BREAKER__FAILURES", "9", {}},
                                       {"PITWALL__RESILIENCE__AT__SIM_1_ORDERS__RATE", "2/s", {}},
                                       {"PITWALL_OTHER", "x", {}},
                                       {"PITWALL_DATA_DIR", "/data", "/journal/directory"}}));
  CHECK(c.number("/server/port") == 81);
  CHECK(c.text("/venues/Sim-1/recv_window") == "3s");
  CHECK(c.text("/venues/other/url") == "http://b:2");
  CHECK(c.number("/venues/paper/seed") == 9);
  CHECK_FALSE(c.flag("/bots/1/enabled"));
  CHECK(c.number("/bots/1/limits/max_open_orders") == 3);
  CHECK(c.text("/bots/2/id") == "c");
  CHECK(c.text("/resilience/breaker/failures") == "9");
  CHECK(c.text("/resilience/at/Sim-1~1orders/rate") == "2/s");
  CHECK(c.text("/journal/directory") == "/data");
  CHECK(c.where("/journal/directory") == "PITWALL_DATA_DIR");
}

TEST_CASE("variables that lead nowhere, or hold nothing usable", "[config]") {
  struct row {
    const char *name, *text, *words;
  };
  const row rows[] = {
      {"PITWALL__SERVER__PROT", "1", "did you mean PITWALL__SERVER__PORT?"},
      {"PITWALL__SERVER", "1", "names no setting"},
      {"PITWALL__", "1", "names no setting"},
      {"PITWALL__SERVER__PORT__X", "1", "names no setting"},
      {"PITWALL____PORT", "1", "names no setting"},
      {"PITWALL__WORKERS__COUNT", "1", "names no setting"},
      {"PITWALL__SERVER__PORT", "many", "a whole number from 0 to 65535"},
      {"PITWALL__SERVER__PORT", "", "a whole number"},
      {"PITWALL__SERVER__LISTEN", "\xff", "no UTF-8"},
      {"PITWALL__BOTS__1__ID", "a", "count from 0"},
      {"PITWALL__BOTS__X__ID", "a", "names no setting"},
      {"PITWALL__BOTS__00__ID", "a", "names no setting"},
      {"PITWALL__JOURNAL__DURABILITY", "memroy", "did you mean 'memory'?"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.name, r.text);
    check_one(load_file("{}", {{r.name, r.text, {}}}).problems, r.name, r.words);
  }
}

TEST_CASE("names that no setting has, with the one that was meant", "[config]") {
  struct row {
    const char *file, *where, *words;
  };
  const row rows[] = {
      {R"({"sever": {}})", "host.json#/sever", "did you mean 'server'?"},
      {R"({"server": {"prot": 1}})", "host.json#/server/prot", "did you mean 'port'?"},
      {R"({"server": {"Port": 1}})", "host.json#/server/Port", "did you mean 'port'?"},
      {R"({"risk": {"auto_hlat": true}})", "host.json#/risk/auto_hlat", "'auto_halt'"},
      {R"({"bots": [{"id": "a", "workflwo": "x"}]})", "host.json#/bots/0/workflwo", "'workflow'"},
      {R"({"bots": [{"id": "a", "trigger": {}}]})", "host.json#/bots/0/trigger", "use one of: "},
      {R"({"bots": [{"id": "a", "limits": {"max_oder_size": 1}}]})",
       "host.json#/bots/0/limits/max_oder_size", "'max_order_size'"},
      {R"({"venues": {"s": {"type": "binance", "url": "http://a:1", "ulr": ""}}})",
       "host.json#/venues/s/ulr", "'url'"},
      {R"({"venues": {"paper": {"url": "http://a:1"}}})", "host.json#/venues/paper/url", "seed"},
      {R"({"resilience": {"brekaer": {}}})", "host.json#/resilience/brekaer", "'breaker'"},
      {R"({"resilience": {"at": {"x": {"retry": {}}}}})", "host.json#/resilience/at/x/retry",
       "there are: "},
      {R"({"workers": {"count": 2}})", "host.json#/workers/count", "there are: "},
      {R"({"scheduler": {"zone": "UTC"}})", "host.json#/scheduler/zone", "there are: "},
      {R"({"a/b~c": 1})", "host.json#/a~1b~0c", "there are: "},
  };
  for (const auto& r : rows) {
    CAPTURE(r.file);
    check_one(load_file(r.file).problems, r.where, r.words);
  }
}

TEST_CASE("values of the wrong kind, and files that are none", "[config]") {
  struct row {
    const char *file, *where, *words;
  };
  const row rows[] = {
      {"", "host.json line 1, column 1", "not valid JSON"},
      {"{", "host.json line 1, column 2", "not valid JSON"},
      {"{\n  \"server\": {,}}", "host.json line 2, column 14", "not valid JSON"},
      {R"({"log": {}, "log": {}})", "host.json line 1, column 17", "appears twice"},
      {"[]", "host.json#", "must be an object, and is list"},
      {"7", "host.json#", "must be an object"},
      {R"({"server": 8080})", "host.json#/server", "must be an object, and is number"},
      {R"({"server": {"port": "x"}})", "host.json#/server/port", "a whole number from 0"},
      {R"({"server": {"port": {}}})", "host.json#/server/port", "a whole number from 0"},
      {R"({"bots": {}})", "host.json#/bots", "must be a list, and is object"},
      {R"({"bots": [7]})", "host.json#/bots/0", "must be an object, and is number"},
      {R"({"venues": []})", "host.json#/venues", "must be an object, and is list"},
      {R"({"venues": {"a": 7}})", "host.json#/venues/a", "must be an object"},
      {R"({"venues": {"": {}}})", "host.json#/venues/", "no usable name"},
      {R"({"profile": "live"})", "host.json#/profile", "one of development"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.file);
    const auto l = load_file(r.file);
    INFO(lines_of(l.problems));
    REQUIRE(l.problems.size() == 1);
    CHECK(l.problems.front().where.starts_with(r.where));
    CHECK(l.problems.front().to_string().find(r.words) != std::string::npos);
    CHECK_FALSE(l.problems.front().remedy.empty());
  }
}

TEST_CASE("comments may stand in the file", "[config]") {
  CHECK(good(load_file("// a\n{ /* b */ \"server\": {\"port\": 1} }")).number("/server/port") == 1);
}

TEST_CASE("all problems of all layers are told at once", "[config]") {
  const auto l =
      load_file(R"({"server": {"port": -1, "x": 1}, "bots": [{}]})",
                {{"PITWALL__NO__SUCH", "1", {}}}, {{"--drain", "/server/drain", "soon"}});
  std::vector<std::string> where;
  for (const auto& p : l.problems) where.push_back(p.where);
  CHECK(where == std::vector<std::string>{"host.json#/server/port", "host.json#/server/x",
                                          "PITWALL__NO__SUCH", "--drain", "host.json#/bots/0"});
}

TEST_CASE("a flood of problems is cut, and counted", "[config]") {
  std::string text = "{";
  for (int i = 0; i < 5'000; ++i)
    text += (i == 0 ? "" : ",") + ("\"k" + std::to_string(i)) + "\":1";
  const auto l = load_file(text + "}");
  CHECK(l.problems.size() == config::max_problems + 1);
  CHECK(l.problems.back().message == "there are 4800 more problems");
  std::string bots = R"({"bots": [)";
  for (int i = 0; i < 1'500; ++i) bots += (i == 0 ? "{}" : ",{}");
  CHECK(load_file(bots + "]}").problems.front().message == "there are 1500 elements");
}

TEST_CASE("a relative path starts where the file is; one of a variable where the program runs",
          "[config]") {
  config::sources s;
  s.file = config::source_file{
      "/etc/pitwall/host.json",
      R"({"journal": {"directory": "../data"}, "bots": [{"id": "a", "workflow": "w/a.json"}],
          "log": {"file": "/var/log/p.log"}, "server": {"port": 1, "tls_key_file": "k.pem"}})"};
  s.environment = {{"PITWALL__SERVER__TLS_CERTIFICATE_FILE", "c.pem", {}}};
  const auto c = good(config::load(s));
  CHECK(c.text("/journal/directory") == "/etc/data");
  CHECK(c.text("/bots/0/workflow") == "/etc/pitwall/w/a.json");
  CHECK(c.text("/log/file") == "/var/log/p.log");
  CHECK(c.text("/server/tls_key_file") == "/etc/pitwall/k.pem");
  CHECK(c.text("/server/tls_certificate_file") == "c.pem");
}

TEST_CASE("a flag finds its bot by the id, or makes one", "[config]") {
  const auto c = good(
      load_file(R"({"bots": [{"id": "a"}, {"id": "b/x"}]})", {},
                {{"--bot-limit b/x:max_order_size=2", "/bots/=b~1x/limits/max_order_size", "2"},
                 {"--bot-limit n:max_order_size=3", "/bots/=n/limits/max_order_size", "3"},
                 {"--bot-limit n:max_open_orders=4", "/bots/=n/limits/max_open_orders", "4"}}));
  CHECK(c.number("/bots/1/limits/max_order_size") == 2);
  CHECK(c.text("/bots/2/id") == "n");
  CHECK(c.number("/bots/2/limits/max_order_size") == 3);
  CHECK(c.number("/bots/2/limits/max_open_orders") == 4);
  CHECK(c.below("/bots") == std::vector<std::string>{"0", "1", "2"});
}

TEST_CASE("a secret that stands where it does not belong is not repeated", "[config]") {
  const auto l = load_file(
      R"({"venues": {"sim": {"type": "binance", "url": "https://a:1", "api_secret": "hunter2",
          "key_file": ["hunter2"]}}, "server": {"port": 1, "tls_key_file": {"pem": "hunter2"}}})",
      {{"PITWALL__VENUES__SIM__API_SECRET", "hunter2", {}}});
  const auto said = lines_of(l.problems);
  INFO(said);
  CHECK(l.problems.size() == 5);
  CHECK(said.find("hunter2") == std::string::npos);
  CHECK(said.find("name the file that holds it") != std::string::npos);
}
