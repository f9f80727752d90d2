#include "runtime/schedule/trigger_spec.hpp"

#include "runtime/schedule/notation.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace std::chrono_literals;

namespace {

trigger_spec line(std::string_view text) {
  std::vector<error> problems;
  auto spec = parse_trigger_line(text, problems);
  for (const auto& p : problems) FAIL(std::string(text) + ": " + p.to_string());
  REQUIRE(spec);
  return std::move(*spec);
}

std::string problems_of(const value& object) {
  std::vector<error> problems;
  CHECK_FALSE(parse_trigger(object, problems));
  REQUIRE_FALSE(problems.empty());
  std::string all;
  for (const auto& p : problems) all += p.to_string() + "\n";
  return all;
}

bool line_is_refused(std::string_view text, std::string_view because) {
  std::vector<error> problems;
  CHECK_FALSE(parse_trigger_line(text, problems));
  for (const auto& p : problems)
    if (p.to_string().find(because) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a line of words says what a JSON object says") {
  const std::pair<const char*, value::object> same[] = {
      {"every 5m", {{"type", "interval"}, {"every", "5m"}}},
      {"every 1h30m from 2026-01-01T00:00:00.000000Z",
       {{"type", "interval"}, {"every", "90m"}, {"from", "2026-01-01"}}},
      {"cron 0 9 * * mon-fri Europe/London",
       {{"type", "cron"}, {"cron", "0  9 * * mon-fri"}, {"timezone", "Europe/London"}}},
      {"cron @daily UTC", {{"type", "cron"}, {"cron", "@daily"}}},
      {"at 09:30,16:00:05 +02:00",
       {{"type", "times"}, {"times", value::list{"09:30", "16:00:05"}}, {"timezone", "+02:00"}}},
      {"event execution_completed of other status=completed",
       {{"type", "event"},
        {"event", "execution_completed"},
        {"workflow", "other"},
        {"status", "completed"}}},
      {"market paper BTC/USDT poll=2s crosses=70000.5 change_percent=2",
       {{"type", "market"},
        {"venue", "paper"},
        {"symbol", "BTC/USDT"},
        {"poll", "2s"},
        {"crosses", value(decimal::parse("70000.5").value())},
        {"change_percent", "2"}}},
      {"manual", {{"type", "manual"}}},
      {"webhook", {{"type", "webhook"}}},
      {"every 1s overlap=queue queue_limit=3 catch_up=1h max_wait=2m missed=each jitter=500ms",
       {{"type", "interval"},
        {"every", "1s"},
        {"overlap", "queue"},
        {"queue_limit", 3},
        {"catch_up", "1h"},
        {"max_wait", "2m"},
        {"missed", "each"},
        {"jitter", "500ms"}}}};
  for (const auto& [text, object] : same) {
    std::vector<error> problems;
    const auto from_object = parse_trigger(value(object), problems);
    for (const auto& p : problems) FAIL(std::string(text) + ": " + p.to_string());
    REQUIRE(from_object);
    CHECK(from_object->text == text);
    const auto from_line = line(text);
    CHECK(from_line.text == text);
    CHECK(from_line.policy == from_object->policy);
    CHECK(from_line.source.index() == from_object->source.index());
  }
  CHECK(line("@weekly Asia/Tokyo").text == "cron @weekly Asia/Tokyo");
}

TEST_CASE("what a trigger says is taken") {
  const auto spec = line("every 90s overlap=cancel_running catch_up=12h missed=latest jitter=1m");
  CHECK(spec.policy.when_running == overlap::cancel_running);
  CHECK(spec.policy.catch_up == 12h);
  CHECK_FALSE(spec.policy.each_missed);
  CHECK(spec.policy.jitter == 1min);
  const auto& when = std::get<schedule>(spec.source);
  CHECK(when.next_after(timestamp(100s)) == timestamp(180s));
  const auto event = std::get<by_event>(line("event order_filled of a").source);
  CHECK(event == by_event{"order_filled", "a", ""});
  const auto market = std::get<by_market>(line("market sim X change_percent=0.5").source);
  CHECK(market.poll == 5s);
  CHECK_FALSE(market.crosses);
}

TEST_CASE("every problem of a trigger is told, with its member") {
  const auto all = problems_of(value::object{{"type", "cron"},
                                             {"cron", "61 25 * * *"},
                                             {"timezone", "Europe/Nowhere"},
                                             {"overlap", "both"},
                                             {"catch_up", "13h"},
                                             {"queue_limit", 0},
                                             {"jitter", 5},
                                             {"every", "5m"}});
  for (const char* part :
       {"/cron", "'61'", "'25'", "/timezone", "Europe/Nowhere", "/overlap", "cancel_running",
        "/catch_up", "0s to 12h", "/queue_limit", "1 to 1000", "/jitter", "/every"}) {
    CAPTURE(all, part);
    CHECK(all.find(part) != std::string::npos);
  }
  CHECK(problems_of(value(5)).find("an object") != std::string::npos);
  CHECK(problems_of(value::object{}).find("/type") != std::string::npos);
  CHECK(problems_of(value::object{{"type", "moon"}}).find("'moon'") != std::string::npos);
  CHECK(problems_of(value::object{{"type", "interval"}}).find("/every") != std::string::npos);
  CHECK(problems_of(value::object{{"type", "interval"}, {"every", "999ms"}}).find("1s to") !=
        std::string::npos);
  CHECK(problems_of(value::object{{"type", "interval"}, {"every", "1s"}, {"from", "soon"}})
            .find("/from") != std::string::npos);
  CHECK(problems_of(value::object{{"type", "times"}}).find("/times") != std::string::npos);
  CHECK(problems_of(value::object{{"type", "event"}}).find("/workflow") != std::string::npos);
  CHECK(problems_of(value::object{{"type", "manual"}, {"overlap", "queue"}}).find("/overlap") !=
        std::string::npos);
  const auto market = problems_of(value::object{{"type", "market"}, {"change_percent", "-1"}});
  for (const char* part : {"/venue", "/symbol", "/change_percent"})
    CHECK(market.find(part) != std::string::npos);
}

TEST_CASE("lines that are no trigger") {
  for (const char* text :
       {"", "often", "every", "every 5m until 6", "cron * * * *", "cron * * * * * UTC more", "at",
        "event x", "market paper", "manual UTC", "overlap=skip"}) {
    CAPTURE(text);
    CHECK(line_is_refused(text, "is no trigger"));
  }
  CHECK(line_is_refused("every 5m jitter=1s jitter=2s", "twice"));
  CHECK(line_is_refused("every 5m soon=1s", "/soon"));
}

TEST_CASE("lengths of time") {
  CHECK(*length_of_time("250ms") == 250ms);
  CHECK(*length_of_time("1d2h3m4s5ms") == 26h + 3min + 4s + 5ms);
  CHECK(*length_of_time("0s") == 0s);
  CHECK(*length_of_time("366d") == 24h * 366);
  for (const char* text : {"", "5", "m", "5 m", "-5m", "5m1h", "1.5h", "367d", "999999999d", "1s1s",
                           "9999999999s", "5x"}) {
    CAPTURE(text);
    CHECK_FALSE(length_of_time(text).ok());
  }
  for (const auto length : {0ms, 5ms, 61'000ms, 90'061'001ms})
    CHECK(*length_of_time(to_text(length)) == length);
}
