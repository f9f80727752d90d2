// Whatever key holds whatever it cannot take, by whichever way: it is told, with all the others.
#include <map>
#include <set>

#include "runtime/host/config/key_tree.hpp"
#include "runtime/host/config/layers.hpp"
#include "runtime/host/config/value.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/host/config_support.hpp"

using namespace pitwall;
using namespace pitwall::test;
using config::form;

namespace {

/// Where a key stands in the files of this test.
std::string place_of(const config::key& k) {
  std::string out;
  for (const auto& part : config::parts_of(k.path)) {
    const bool type = k.path == "/bots/#/venues/*";
    out += "/" + (part == "#" ? "0" : part == "*" ? (type ? "binance" : "sim") : part);
  }
  return out;
}

/// JSON texts that it cannot take: wrong kinds, and of those with bounds what lies beyond them.
std::vector<std::string> bad_values(const config::key& k) {
  std::vector<std::string> bad;
  const bool words = k.how == form::choice || k.how == form::text || k.how == form::path;
  switch (k.how) {
    case form::boolean:
      bad = {"1", R"("true")", "null", "[]"};
      break;
    case form::integer:
      bad = {R"("8")", "1.5", "true", "-1e15"};
      break;
    case form::number:
      bad = {R"("8")", "{}", "null"};
      break;
    case form::size:
      bad = {R"("64QB")", R"("MB")", "1.5", "-1", "[]"};
      break;
    case form::time:
      bad = {"5", R"("2 parsecs")", R"("-1s")", R"("")", "null"};
      break;
    case form::texts:
      bad = {R"("x")", "[7]", R"([""])", "{}"};
      break;
    case form::limit:
      bad = {R"("half")", "{}", "[1]", "true"};
      bad.emplace_back(k.path.ends_with("_loss_limit") ? "1" : "-1");
      break;
    case form::trigger:
      bad = {"7",
             R"("whenever")",
             R"({"type": "cron"})",
             R"({"typ": "cron"})",
             "[]",
             R"("cron 61 * * * * Europe/Nowhere")"};
      break;
    case form::restart:
      bad = {"7", R"("sometimes")", R"("on_failure max=-1")", "{}"};
      break;
    case form::resilience:
      bad = {R"("many")", "{}", "[1]", "true", R"("-1")"};
      break;
    default:
      bad = {"7", R"("")", R"("a\u0001b")", "[]", "{}", "true", "null"};
  }
  if (k.how == form::choice) bad.emplace_back(R"("nope")");
  if (k.bounds.empty() || words) return bad;
  const auto [least, most] = config::range_of(k);
  for (const auto& beyond : {sub(least, decimal(1)), add(most, decimal(1))}) {
    const auto n = beyond.value().to_string();
    bad.push_back(k.how == form::time ? "\"" + n + "us\"" : n);
  }
  return bad;
}

using tree = std::map<std::string, std::string>;  // By pointer, JSON texts.

/// A JSON object of what stands below `at`.
std::string file_of(const tree& all, const std::string& at = {}) {
  std::string out;
  std::set<std::string> seen;
  for (const auto& [pointer, text] : all) {
    if (!pointer.starts_with(at + "/")) continue;
    const auto rest = pointer.substr(at.size() + 1);
    const auto name = rest.substr(0, rest.find('/'));
    if (!seen.insert(name).second) continue;
    out += out.empty() ? "" : ", ";
    if (at != "/bots") out += "\"" + name + "\": ";
    out += rest == name ? text : file_of(all, at + "/" + name);
  }
  return at == "/bots" ? "[" + out + "]" : "{" + out + "}";
}

/// What a key's neighbours must be for it to mean anything.
tree good_values() {
  return {{"/server/port", "1"},
          {"/log/file", R"("l")"},
          {"/bots/0/id", R"("a")"},
          {"/bots/0/workflow", R"("w")"},
          {"/venues/sim/type", R"("binance")"},
          {"/venues/sim/url", R"("http://127.0.0.1:1")"},
          {"/peers/sim/url", R"("http://127.0.0.1:1")"}};
}

std::size_t count_at(const std::vector<error>& problems, const std::string& where) {
  return static_cast<std::size_t>(std::count_if(problems.begin(), problems.end(), [&](auto& p) {
    return p.where == where && !p.message.empty() && !p.remedy.empty() &&
           p.code == errc::invalid_argument;
  }));
}

}  // namespace

TEST_CASE("each key refuses what it cannot take, where it stands, with a remedy", "[config]") {
  CHECK(load_file(file_of(good_values())).problems.empty());
  std::size_t tried = 0;
  for (const auto& k : config::keys())
    for (const auto& bad : bad_values(k)) {
      if (bad == "null" && k.optional) continue;
      auto all = good_values();
      all[place_of(k)] = bad;
      CAPTURE(k.path, bad);
      const auto problems = load_file(file_of(all)).problems;
      INFO(lines_of(problems));
      CHECK(count_at(problems, "host.json#" + place_of(k)) >= 1);
      // A certificate whose key cannot be read, say, is told of as well.
      CHECK(problems.size() <= 2);
      ++tried;
    }
  CHECK(tried > 500);
}

TEST_CASE("all keys of a file that are wrong are told at once, and so are all unknown ones",
          "[config]") {
  tree all;
  std::set<std::string> places;
  for (const auto& k : config::keys()) {
    all[place_of(k)] = bad_values(k).front();
    places.insert("host.json#" + place_of(k));
  }
  for (const char* unknown :
       {"/zzz", "/server/zzz", "/journal/zzz", "/recovery/zzz", "/risk/zzz", "/venues/sim/zzz",
        "/bots/0/zzz", "/bots/0/limits/zzz", "/resilience/zzz", "/resilience/breaker/zzz",
        "/resilience/at/sim/zzz", "/scheduler/zzz", "/limits/zzz", "/log/zzz"}) {
    all[unknown] = "1";
    places.insert(std::string("host.json#") + unknown);
  }
  REQUIRE(places.size() < config::max_problems);
  const auto problems = load_file(file_of(all)).problems;
  INFO(lines_of(problems));
  for (const auto& place : places) {
    CAPTURE(place);
    CHECK(count_at(problems, place) == 1);
  }
}

TEST_CASE("a key that is written wrong is told what it may have been meant to be", "[config]") {
  for (const auto& k : config::keys()) {
    auto place = place_of(k);
    const auto name = place.substr(place.rfind('/') + 1);
    if (name.size() < 4 || k.path.ends_with("/*")) continue;
    std::swap(place[place.size() - 1], place[place.size() - 2]);
    if (place == place_of(k)) place.pop_back();
    auto all = good_values();
    all.erase(place_of(k));
    all[place] = "1";
    CAPTURE(place);
    const auto problems = load_file(file_of(all)).problems;
    INFO(lines_of(problems));
    CHECK(count_at(problems, "host.json#" + place) == 1);
    CHECK(lines_of(problems).find("did you mean '" + name + "'?") != std::string::npos);
  }
}

TEST_CASE("variables and options refuse the same, all at once, under their own names", "[config]") {
  std::vector<config::variable> variables{{"PITWALL__ZZZ__ZZZ", "1", {}}};
  std::vector<config::flag> flags;
  for (const auto& k : config::keys()) {
    // What is a text for any text is one here.
    const bool takes_all = k.how == form::text || k.how == form::path || k.how == form::texts;
    const std::string bad = takes_all ? std::string(5'000, 'x') : "~nonsense~";
    variables.push_back({config::variable_of(place_of(k)), bad, {}});
    flags.push_back({"--set " + place_of(k), place_of(k), bad});
  }
  const auto file = file_of(good_values());
  const auto by_variable = load_file(file, variables).problems;
  const auto by_flag = load_file(file, {}, flags).problems;
  INFO(lines_of(by_variable));
  INFO(lines_of(by_flag));
  for (const auto& v : variables) {
    CAPTURE(v.name);
    CHECK(count_at(by_variable, v.name) == 1);
  }
  for (const auto& f : flags) {
    CAPTURE(f.name);
    if (f.pointer.starts_with("/bots/")) continue;  // Of options a bot has its id, not an index.
    CHECK(count_at(by_flag, f.name) == 1);
  }
}

TEST_CASE("what a file says of secrets is not repeated, wherever it stands", "[config]") {
  const std::string secret = "SECRETxSECRETxSECRET";
  for (const char* at :
       {"/password", "/server/token", "/venues/sim/api_key", "/venues/sim/secret",
        "/venues/sim/secret_key", "/venues/http/private_key", "/bots/0/password"}) {
    auto all = good_values();
    all[at] = "\"" + secret + "\"";
    CAPTURE(at);
    const auto problems = load_file(file_of(all)).problems;
    CHECK(count_at(problems, std::string("host.json#") + at) == 1);
    CHECK(lines_of(problems).find("name the file that holds it") != std::string::npos);
    CHECK(lines_of(problems).find(secret) == std::string::npos);
  }
  for (const auto& k : config::keys()) {
    if (!k.secret) continue;
    auto all = good_values();
    all[place_of(k)] = "[\"" + secret + "\"]";
    const auto told =
        lines_of(load_file(file_of(all)).problems) +
        lines_of(load_file("{}", {{config::variable_of(place_of(k)), secret + "\n" + secret, {}}})
                     .problems);
    CAPTURE(k.path);
    CHECK_FALSE(told.empty());
    CHECK(told.find(secret) == std::string::npos);
  }
}

TEST_CASE("a name that stands twice in a file is an error, and not the last of the two",
          "[config]") {
  for (const char* file : {R"({"server": {"port": 1}, "server": {"port": 2}})",
                           R"({"risk": {"max_order_size": 1, "max_order_size": 2}})"}) {
    CAPTURE(file);
    CHECK(lines_of(load_file(file).problems).find("appears twice") != std::string::npos);
  }
}
