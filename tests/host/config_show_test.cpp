#include "runtime/host/config/show.hpp"

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "runtime/host/config/value.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/host/config_support.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;
using namespace pitwall::test;
using config::form;

namespace {

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

bool updating() {
  const char* update = std::getenv("PITWALL_UPDATE_DOCS");
  return update != nullptr && *update == '1';
}

/// Values by pointer, wherever they came from.
std::string values_of(const config::settings& c) {
  std::string out;
  for (const auto& [pointer, s] : c.all) out += pointer + " = " + to_json(s.is) + "\n";
  return out;
}

class random_config {
 public:
  explicit random_config(std::uint64_t seed) : random_(seed) {}

  /// Values that are good by themselves and together.
  config::sources sources() {
    value::object sections;
    std::vector<config::flag> flags;
    for (const auto& k : config::keys()) {
      if (below(3) != 0) continue;
      auto pointer = k.path;
      if (const auto star = pointer.find('*'); star != std::string::npos) {
        // Whole ones below.
        if (pointer.starts_with("/venues/") || pointer.starts_with("/peers/")) continue;
        if (pointer.starts_with("/bots/"))
          pointer.replace(star, 1, "binance");
        else
          pointer.replace(star, 1, below(2) == 0 ? "paper~1data" : "a b");
      }
      if (const auto hash = pointer.find('#'); hash != std::string::npos)
        pointer.replace(hash, 1, below(2) == 0 ? "=first" : "=the 2~1nd");
      if (pointer.ends_with("/id") || pointer.ends_with("/workflow_id")) continue;
      const auto text = text_for(k);
      if (!text.empty()) flags.push_back({"--x", pointer, text});
    }
    // What these need.
    flags.push_back({"--x", "/server/port", "8080"});
    flags.push_back({"--x", "/server/tls_certificate_file", "c.pem"});
    // And those of workers.
    flags.push_back({"--x", "/workers/listen", "127.0.0.1:7410"});
    for (const char* name : {"certificate", "key", "authority"})
      flags.push_back({"--x", std::string("/workers/") + name, "c.pem"});
    flags.push_back({"--x", "/workers/heartbeat", "1s"});
    flags.push_back({"--x", "/workers/lost_after", "5s"});
    flags.push_back({"--x", "/server/tls_key_file", "k.pem"});
    flags.push_back({"--x", "/server/insecure_plain", "false"});
    flags.push_back({"--x", "/log/file", "a.log"});
    for (const char* bot : {"=first", "=the 2~1nd"})
      flags.push_back({"--x", "/bots/" + std::string(bot) + "/workflow", "w.json"});
    if (below(2) == 0)
      for (const auto& [name, text] :
           {std::pair("type", "binance"), {"url", "http://h:1"}, {"recv_window", "3s"}})
        flags.push_back({"--x", "/venues/sim-2.x/" + std::string(name), text});
    if (below(2) == 0) {
      flags.push_back({"--x", "/peers/nyc-1.x/url", "https://h:1"});
      flags.push_back({"--x", "/peers/nyc-1.x/token_file", "a/token"});
      if (below(2) == 0) flags.push_back({"--x", "/peers/nyc-1.x/ca_file", "a/ca.pem"});
    }
    return {{}, {}, std::move(flags)};
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  std::string text_for(const config::key& k) {
    switch (k.how) {
      case form::boolean:
        return below(2) == 0 ? "true" : "false";
      case form::integer:
      case form::size:
      case form::time: {
        if (k.optional && below(3) == 0) return "none";
        const auto [least, most] = config::range_of(k);
        return k.how == form::time ? (below(2) == 0 ? "1s" : "1500ms")
               : below(2) == 0     ? least.to_string()
                                   : most.to_string();
      }
      case form::number:
        return std::to_string(1 + below(1'000)) + ".000000000000000001";
      case form::choice: {
        const auto words = config::words_of(k);
        return std::string(words[below(words.size())]);
      }
      case form::limit:
        return below(3) == 0                                    ? "none"
               : k.path.find("daily_loss") != std::string::npos ? "-1.5"
                                                                : std::to_string(below(1'000));
      case form::resilience:
        return k.fallback;
      case form::texts:
        return "https://a,https://b";
      case form::trigger:
        return below(2) == 0 ? "every 5m jitter=1s" : "cron 0 9 * * mon-fri Europe/London";
      case form::restart:
        return below(2) == 0 ? "never" : "on_failure max=3 wait=2s";
      case form::text:
        if (k.path == "/host/name") return "hub-1";
        return k.path == "/bots/#/venues/*" ? "paper" : "text \"with\" \\ \xC3\xA4";
      case form::path:
        return "some/where.x";
    }
    return {};
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("property: what is printed, read as a file, is the same configuration", "[config]") {
  std::random_device entropy;
  const std::uint64_t seed = entropy();
  INFO("seed " << seed);
  random_config random(seed);
  for (int round = 0; round < 300; ++round) {
    const auto first = config::load(random.sources());
    INFO(lines_of(first.problems));
    REQUIRE(first.problems.empty());
    const auto printed = to_pretty_json(config::as_file(first.config));
    INFO(printed);
    const auto second = load_file(printed);
    INFO(lines_of(second.problems));
    REQUIRE(second.problems.empty());
    REQUIRE(values_of(second.config) == values_of(first.config));
    CHECK(to_pretty_json(config::as_file(second.config)) == printed);
  }
}

TEST_CASE("what is printed fits the published schema", "[config]") {
  const json_schema schema(config::schema());
  random_config random(7);
  for (int round = 0; round < 50; ++round) {
    const auto printed = config::as_file(config::load(random.sources()).config);
    INFO(to_pretty_json(printed));
    CHECK(schema.problems(printed) == std::vector<std::string>{});
  }
}

TEST_CASE("docs/schema/config.json is the schema of the table", "[config]") {
  const auto path = source_path("/docs/schema/config.json");
  const auto made = to_pretty_json(config::schema()) + "\n";
  if (updating()) std::ofstream(path, std::ios::binary) << made;
  INFO("run this test with PITWALL_UPDATE_DOCS=1 to write " << path);
  CHECK((text_of(path) == made));
}

TEST_CASE("docs/configuration.md has the table of all keys", "[config]") {
  const auto path = source_path("/docs/configuration.md");
  const std::string begin = "<!-- keys -->\n", end = "<!-- /keys -->\n";
  auto text = text_of(path);
  const auto from = text.find(begin), to = text.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  const auto start = from + begin.size();
  const auto made = config::markdown_table();
  if (updating()) {
    text.replace(start, to - start, made);
    std::ofstream(path, std::ios::binary) << text;
  }
  INFO("run this test with PITWALL_UPDATE_DOCS=1 to write " << path);
  CHECK((text.substr(start, text.find(end) - start) == made));
}

TEST_CASE("the schema agrees with the reader", "[config]") {
  const json_schema schema(config::schema());
  struct row {
    bool valid;
    const char* text;
  };
  const row rows[] = {
      {true, "{}"},
      {true, R"({"server": {"port": null}, "bots": [], "workers": {}, "scheduler": {}})"},
      {true, R"({"bots": [{"id": "a", "limits": {"max_order_size": null}}]})"},
      {true,
       R"({"venues": {"s": {"type": "binance", "url": "http://a:1"}, "paper": {"seed": 1}}})"},
      {true, R"({"journal": {"max_wal_bytes": "64MB", "keep_bytes": 7}})"},
      {true, R"({"resilience": {"rate": "10/s", "breaker": {"failures": 3}}})"},
      {true, R"({"resilience": {"at": {"x/y": {"rate": null}}}})"},
      {false, R"({"x": 1})"},
      {false, R"({"server": 1})"},
      {false, R"({"server": {"port": 65536}})"},
      {false, R"({"server": {"port": 1.5}})"},
      {false, R"({"server": {"port": "1"}})"},
      {false, R"({"server": {"listen": ""}})"},
      {false, R"({"server": {"port": 1, "allowed_origins": "x"}})"},
      {false, R"({"profile": "live"})"},
      {false, R"({"bots": [{}]})"},
      {false, R"({"bots": {}})"},
      {false, R"({"bots": [{"id": "a", "trigger": {}}]})"},
      {false, R"({"venues": {"s": {"url": "http://a:1"}}})"},
      {true, R"({"venues": {"s": {"type": "kraken"}}})"},
      {false, R"({"workers": {"count": 1}})"},
      {false, R"({"risk": {"auto_halt": "yes"}})"},
      {false, R"({"resilience": {"at": {"x": {"retry": {}}}}})"},
      {false, R"([])"},
  };
  for (const auto& r : rows) {
    const auto l = load_file(r.text);
    const auto found = schema.problems(parse_json(r.text).value());
    INFO(r.text << "\n" << lines_of(l.problems));
    for (const auto& f : found) UNSCOPED_INFO(f);
    CHECK(found.empty() == r.valid);
    CHECK(l.problems.empty() == r.valid);
  }
}

TEST_CASE("where each value comes from", "[config]") {
  const auto l =
      load_file(R"({"profile": "production", "server": {"port": 80}})",
                {{"PITWALL__LOG__LEVEL", "error", {}}}, {{"--drain", "/server/drain", "5s"}});
  std::string all;
  for (const auto& r : config::with_origins(good(l))) all += r[0] + "|" + r[1] + "|" + r[2] + "\n";
  for (const char* line :
       {"profile|\"production\"|host.json#/profile\n", "server.port|80|host.json#/server/port\n",
        "server.listen|\"127.0.0.1\"|default\n", "server.drain|\"5s\"|--drain\n",
        "risk.auto_halt|true|profile production\n", "log.level|\"error\"|PITWALL__LOG__LEVEL\n"}) {
    CAPTURE(line, all);
    CHECK(all.find(line) != std::string::npos);
  }
  CHECK(all.starts_with("profile|"));
}
