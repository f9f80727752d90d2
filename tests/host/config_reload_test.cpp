#include "runtime/host/config/reload.hpp"

#include "runtime/host/config/configuration.hpp"
#include "tests/host/config_support.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string said(const std::vector<reload_outcome::change>& changes) {
  std::string out;
  for (const auto& c : changes) out += c.key + ":" + c.from + ">" + c.to + " ";
  return out;
}

}  // namespace

TEST_CASE("what a reload changes, and what it refuses", "[config]") {
  struct row {
    const char *before, *after, *applied, *refused;
  };
  const row rows[] = {
      {"{}", "{}", "", ""},
      {R"({"server": {"drain": "120s"}})", R"({"server": {"drain": "2m"}})", "", ""},
      {"{}", R"({"log": {"level": "debug"}})", R"(log.level:"info">"debug" )", ""},
      {"{}", R"({"log": {"format": "json"}})", "", R"(log.format:"console">"json" )"},
      {"{}", R"({"risk": {"max_order_size": 3}})", "risk.max_order_size:null>3 ", ""},
      {R"({"risk": {"max_order_size": 3}})", "{}", "risk.max_order_size:3>null ", ""},
      {"{}", R"({"risk": {"auto_halt": true, "capital": 5}})", "risk.auto_halt:false>true ",
       "risk.capital:100000>5 "},
      // Its limits, too, are those of the profile that the host began with.
      {"{}", R"({"profile": "development"})", "",
       "risk.daily_loss_limit:-500>-100 risk.max_position_size:10000>1000 "
       R"(profile:>"development" )"},
      {R"({"profile": "production"})", "{}", "",
       R"(log.format:"json">"console" profile:"production"> risk.auto_halt:true>false )"},
      {R"({"profile": "production"})", R"({"profile": "production", "risk": {"auto_halt": false}})",
       "risk.auto_halt:true>false ", ""},
      {R"({"bots": [{"id": "a"}]})", R"({"bots": [{"id": "a", "enabled": false}]})",
       "bots[a].enabled:>false ", ""},
      {R"({"bots": [{"id": "a", "limits": {"max_order_size": 1}}]})", R"({"bots": [{"id": "a"}]})",
       "bots[a].limits.max_order_size:1> ", ""},
      {R"({"bots": [{"id": "a", "workflow": "w"}]})", R"({"bots": [{"id": "a", "workflow": "v"}]})",
       "", R"(bots[a].workflow:"w">"v" )"},
      {R"({"bots": [{"id": "a"}]})", R"({"bots": [{"id": "b", "enabled": false}]})",
       R"(bots[b]:>"b" )", R"(bots[a]:"a"> )"},
      {R"({"bots": [{"id": "a", "enabled": false}, {"id": "b"}]})",
       R"({"bots": [{"id": "b"}, {"id": "a", "enabled": false}]})", "", ""},
      {"{}", R"({"venues": {"s": {"type": "binance", "url": "http://a:1"}}})", "",
       R"(venues.s.type:>"binance" venues.s.url:>"http://a:1" )"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.before, r.after);
    const auto now = good(load_file(r.before)), read = good(load_file(r.after));
    const auto plan = config::plan_reload(now, read);
    CHECK(said(plan.outcome.applied) == r.applied);
    CHECK(said(plan.outcome.refused) == r.refused);
    // Once done it is done; what was refused is refused again.
    const auto again = config::plan_reload(plan.next, read);
    CHECK(said(again.outcome.applied).empty());
    CHECK(said(again.outcome.refused) == r.refused);
  }
}

TEST_CASE("what is in force after a reload is the old with what could change", "[config]") {
  const auto now = good(load_file(
      R"({"bots": [{"id": "x", "workflow": "w"}, {"id": "a", "limits": {"max_order_size": 1}}]})"));
  const auto read = good(load_file(
      R"({"bots": [{"id": "a", "enabled": false, "limits": {"max_order_size": 2}}],
          "server": {"port": 1}, "log": {"level": "error"}})"));
  const auto c = config::bind(config::plan_reload(now, read).next);
  REQUIRE(c.bots.size() == 2);
  CHECK(c.bots[0].id == "x");
  CHECK(c.bots[0].enabled);
  CHECK_FALSE(c.bots[1].enabled);
  CHECK(c.risk.bots.at("a").max_order_size == decimal(2));
  CHECK_FALSE(c.server.port);
  CHECK(c.log.least == log_level::error);
}

TEST_CASE("a bot that is new comes with all that is said of it, behind those that are there",
          "[config]") {
  const auto now = good(load_file(R"({"bots": [{"id": "x"}, {"id": "y"}]})"));
  const auto read = good(load_file(
      R"({"venues": {"s": {"type": "binance", "url": "http://127.0.0.1:1"}},
          "bots": [{"id": "new", "enabled": false, "workflow": "w", "trigger": "every 5m",
                    "venues": {"binance": "s"}, "limits": {"max_order_size": 2}},
                   {"id": "y", "enabled": false}, {"id": "x"}, {"id": "newer"}]})"));
  const auto plan = config::plan_reload(now, read);
  CHECK(plan.new_bots == std::vector<std::string>{"new", "newer"});
  const auto c = config::bind(plan.next);
  REQUIRE(c.bots.size() == 4);
  CHECK(c.bots[0].id == "x");
  CHECK(c.bots[1].id == "y");
  CHECK_FALSE(c.bots[1].enabled);
  const auto& b = c.bots[2];
  CHECK(b.id == "new");
  CHECK_FALSE(b.enabled);
  CHECK(b.workflow == "w");
  CHECK(b.trigger.has_value());
  CHECK(b.venues.at("binance") == "s");
  CHECK(c.risk.bots.at("new").max_order_size == decimal(2));
  CHECK(c.bots[3].id == "newer");
}
