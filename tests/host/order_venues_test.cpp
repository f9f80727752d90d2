// Venues outside: how they are named, where orders may leave, and what is refused before it runs.
#include "runtime/host/order_venues.hpp"

#include "net/venues/binance_options.hpp"
#include "runtime/host/console_log.hpp"
#include "runtime/host/host.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

outside_venue venue_of(const std::string& text) {
  const auto v = parse_outside_venue(text);
  if (!v.ok()) FAIL(text + ": " + v.error().to_string());
  return *v;
}

std::unique_ptr<host> opened(const std::filesystem::path& data, std::vector<std::string> venues) {
  host_options o;
  o.data_directory = data;
  o.log = make_console_log(log_form::text, log_level::error);
  for (const auto& v : venues) o.venues.push_back(venue_of(v));
  auto h = host::open(std::move(o));
  if (!h.ok()) FAIL(h.error().to_string());
  return std::move(*h);
}

std::string orders_on(const std::string& venue, const std::string& type = "buy") {
  return R"({"blocks": [{"id": "t", "type": "manual_trigger", "category": "triggers"},
    {"id": "act", "type": ")" +
         type + R"(", "category": "actions", "properties":
     {"symbol": "BTC/USD", "amount": "1", "venue": ")" +
         venue + R"("}}], "connections": [{"from": {"blockId": "t", "index": 0},
      "to": {"blockId": "act", "index": 0}}]})";
}

std::vector<problem> refused(host& h, const std::string& text) {
  std::vector<problem> all;
  h.deploy(text, "w", {}, [&](const result<deployed_workflow>& r, std::vector<problem> problems) {
    CHECK(r.ok() == problems.empty());
    all = std::move(problems);
  });
  return all;
}

constexpr const char* nowhere = "k=kraken:http://127.0.0.1:9";

}  // namespace

TEST_CASE("a venue is named by its type, and an address where it needs one", "[venues]") {
  const auto full = venue_of(
      "sim=binance:https://h:1?recv_window=3000&key_file=k&ca_file=c&live=true&stream=true");
  CHECK(full.type == "binance");
  CHECK(full.url == "https://h:1");
  CHECK(full.recv_window == milliseconds(3'000));
  CHECK(full.key_file == "k");
  CHECK(full.ca_file == "c");
  CHECK(full.live == true);
  CHECK(full.stream == true);
  CHECK_FALSE(full.data_only());
  // What the venue's bookkeeping may lag by does not shrink with the window.
  const auto brief = trading_options(venue_of("sim=binance:http://h:1?recv_window=50"));
  CHECK(brief->recv_window == milliseconds(50));
  CHECK(brief->earlier_window == milliseconds(0));
  auto after = venue_of("sim=binance:http://h:1?recv_window=50");
  after.earlier = milliseconds(9'000);
  CHECK(trading_options(after)->earlier_window == milliseconds(9'000));
  CHECK(brief->proof_margin == milliseconds(1'000));
  for (const auto type : venue_types()) {
    if (type == "binance") continue;
    INFO(type);
    const auto bare = venue_of("x=" + std::string(type));
    CHECK(bare.type == type);
    CHECK(bare.url.empty());
    CHECK(bare.data_only());
    CHECK_FALSE(bare.goes_live());
    CHECK(bare.streams() == (type != "luno" && type != "kalshi"));
    CHECK_FALSE(venue_of("x=" + std::string(type) + "?stream=false").streams());
    const auto at = venue_of("x=" + std::string(type) + ":http://127.0.0.1:8080?ca_file=c");
    CHECK(at.url == "http://127.0.0.1:8080");
    CHECK(at.ca_file == "c");
    CHECK_FALSE(at.goes_live());
    CHECK(venue_of("x=" + std::string(type) + "?ca_file=c").ca_file == "c");
  }
  for (const char* bad :
       {"", "x", "x=", "=kraken", "x=binance", "x=binance:", "x=binance?ca_file=c", "x=kranken",
        "x=kraken:http://h:1?live=true", "x=kraken:http://h:1?key_file=k",
        "x=kraken?recv_window=99", "x=binance:http://h:1?live=yes",
        "x=binance:http://h:1?live=", "x y=kraken"}) {
    INFO(bad);
    CHECK_FALSE(parse_outside_venue(bad).ok());
  }
}

TEST_CASE("a venue to trade on streams where somebody said so", "[venues]") {
  CHECK_FALSE(venue_of("x=binance:http://127.0.0.1:9").streams());
  CHECK(venue_of("x=binance:http://127.0.0.1:9?stream=true").streams());
}

TEST_CASE("orders leave where somebody said so, else for this machine alone", "[venues]") {
  const auto live = [](const std::string& rest) {
    return venue_of("x=binance:" + rest).goes_live();
  };
  CHECK(live("http://127.0.0.1:8080"));
  CHECK(live("http://localhost:8080"));
  CHECK(live("https://[::1]:8080"));
  CHECK_FALSE(live("http://127.0.0.1:8080?live=false"));
  CHECK_FALSE(live("https://api.binance.com"));
  CHECK_FALSE(live("https://127.0.0.1.example.com"));
  CHECK_FALSE(live("http://10.0.0.1:8080"));
  CHECK(live("https://api.binance.com?live=true"));
}

TEST_CASE("what orders where no order can leave is refused at deployment", "[venues]") {
  const scratch_directory d;
  const auto h = opened(d.path() / "data", {nowhere});
  for (const char* type : {"buy", "sell", "cancel"}) {
    INFO(type);
    auto problems = refused(*h, orders_on("k", type));
    // That a cancel has no amount is a warning.
    std::erase_if(problems, [](const problem& p) { return p.level != problem::severity::error; });
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].pointer == "/blocks/1/properties/venue");
    CHECK(problems[0].block_id == "act");
    CHECK(problems[0].message.find("'k', a venue of type kraken") != std::string::npos);
    CHECK(problems[0].remedy.find("'paper'") != std::string::npos);
  }
  CHECK(refused(*h, orders_on("paper")).empty());
}

TEST_CASE("a bot's other workflow is warned of where it goes elsewhere than the bot's entry says",
          "[venues]") {
  const scratch_directory d;
  const auto h = opened(d.path() / "data", {"sim=binance:http://127.0.0.1:9"});
  const auto text = [](const std::string& bot, const std::string& feed, const std::string& venue) {
    return R"({"bot_id": ")" + bot + R"(", "blocks": [
      {"id": "feed", "type": "binance", "category": "providers", "properties": )" +
           feed + R"(},
      {"id": "act", "type": "buy", "category": "actions", "properties":
       {"signal": true, "symbol": "BTC/USDT", "amount": "1", "venue": ")" +
           venue + R"("}}], "connections": [
      {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "act", "index": 2}}]})";
  };
  const auto warned = [&](const std::string& of) {
    std::string all;
    h->validate(of, "w", {}, [&](const result<deployed_workflow>& r, std::vector<problem> found) {
      INFO((found.empty() ? std::string() : found.front().to_string()));
      CHECK(r.ok());
      for (const auto& p : found)
        if (p.message.find("bots[arb].venues") != std::string::npos) {
          CHECK(p.level == problem::severity::warning);
          CHECK(p.message.find("'sim'") != std::string::npos);
          CHECK(p.remedy.find("\"sim\"") != std::string::npos);
          all += p.block_id + " " + p.pointer + "\n";
        }
    });
    return all;
  };
  const auto both = text("arb", "{}", "binance");
  CHECK(warned(both).empty());
  h->change_bot_venues({{"arb", {{"binance", "sim"}}}});
  CHECK(warned(both) == "feed /blocks/0/properties/profile_id\nact /blocks/1/properties/venue\n");
  CHECK(warned(text("other", "{}", "binance")).empty());
  CHECK(warned(text("arb", R"({"profile_id": "sim"})", "sim")).empty());
  // The entry's own workflow goes where it says.
  host::deployment_request own;
  own.text = both;
  own.parsing.default_id = "own";
  own.parsing.venues = {{"binance", "sim"}};
  std::vector<problem> problems;
  CHECK(h->deploy_now(own, problems).ok());
  for (const auto& p : problems) CHECK(p.message.find("bots[") == std::string::npos);
}

TEST_CASE("a workflow whose venue takes no orders any more does not come back", "[venues]") {
  const scratch_directory d;
  const auto data = d.path() / "data";
  const auto given_up = [](host& h) {
    std::string why;
    h.workflows([&](const result<std::vector<deployed_workflow>>& all) {
      REQUIRE(all.ok());
      REQUIRE(all->size() == 1);
      why = all->front().given_up;
    });
    return why;
  };
  {
    const auto h = opened(data, {"k=binance:http://127.0.0.1:9"});
    CHECK(refused(*h, orders_on("k")).empty());
    CHECK(given_up(*h).empty());
  }
  const auto h = opened(data, {nowhere});
  CHECK(given_up(*h).find("market data alone") != std::string::npos);
}
