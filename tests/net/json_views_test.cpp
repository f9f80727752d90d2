#include "net/server/json_views.hpp"

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;

TEST_CASE("durations are exact milliseconds, open ends are null") {
  execution_summary s;
  s.duration = microseconds(1'234'567);
  CHECK(view_of(s).find("duration_ms")->is_null());
  CHECK(view_of(s).find("ended_at")->is_null());
  CHECK(view_of(s).find("workflow_id")->is_null());
  s.ended_at = timestamp(microseconds(1));
  CHECK(view_of(s).find("duration_ms")->as_number().to_string() == "1234.567");
  CHECK(view_of(s).find("ended_at")->as_text() == "1970-01-01T00:00:00.000001Z");
}

TEST_CASE("a page names its cursor only where more follows") {
  execution_page page;
  CHECK(to_json(view_of(page)) == R"({"executions":[],"next_before":null})");
  page.next_before = "01ABC";
  CHECK(to_json(view_of(page)) == R"({"executions":[],"next_before":"01ABC"})");
}

TEST_CASE("a head without a hash") {
  CHECK(to_json(view_of(journal_head{7, {}})) == R"({"seq":7,"hash":null,"head":null})");
}

TEST_CASE("statistics of a journal in memory have no directory") {
  journal_stats s;
  s.bytes = std::uint64_t{1} << 52U;
  CHECK(to_json(view_of(s)) ==
        R"({"first_seq":0,"last_seq":0,"events":0,"commits":0,"bytes":4503599627370496,)"
        R"("executions":0,"open_executions":0,"directory":null,"format_version":3,)"
        R"("record_bytes":0,"wal_bytes":0,"older_commits_kept":0,"older_bytes_kept":0})");
}

TEST_CASE("a start without an id yet") {
  CHECK(to_json(started_view("", run_status::running)) ==
        R"({"execution_id":null,"status":"running"})");
}

TEST_CASE("an event page is cut at the head and at its size") {
  event_page page;
  const auto scope = std::make_shared<const event_scope>();
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    page.events.push_back({seq, scope, event{{}, execution_halted{std::string(100, 'r'), "halt"}}});
  }
  page.next_after = 9;
  page.at_end = false;
  const auto cut = [&page](std::uint64_t head, std::size_t bytes) {
    const auto view = parse_json(page_json(page, head, bytes));
    REQUIRE(view.ok());
    return std::tuple(view->find("events")->as_list().size(),
                      *view->find("next_after")->as_number().to_int(),
                      view->find("at_end")->as_bool());
  };
  CHECK(cut(20, 1U << 20U) == std::tuple(4U, 9, false));
  CHECK(cut(9, 1U << 20U) == std::tuple(4U, 9, false));
  CHECK(cut(2, 1U << 20U) == std::tuple(2U, 2, true));
  CHECK(cut(20, 1) == std::tuple(1U, 1, false));
  CHECK(cut(20, 300) == std::tuple(2U, 2, false));
  page.at_end = true;
  CHECK(cut(20, 1) == std::tuple(1U, 1, false));
  CHECK(cut(20, 1U << 20U) == std::tuple(4U, 9, true));
}
