#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::vector<int> seqs(const value& page) {
  std::vector<int> all;
  for (const auto& e : page.find("events")->as_list()) {
    all.push_back(static_cast<int>(*e.find("seq")->as_number().to_int()));
  }
  return all;
}

decimal next_after(const value& page) { return page.find("next_after")->as_number(); }
bool at_end(const value& page) { return page.find("at_end")->as_bool(); }

}  // namespace

TEST_CASE("events come in pages") {
  server_fixture f;
  f.host.publish(5);
  auto page = json_of(f.get("/api/v1/events?limit=2"));
  CHECK(seqs(page) == std::vector<int>{1, 2});
  CHECK(next_after(page) == decimal(2));
  CHECK_FALSE(at_end(page));
  page = json_of(f.get("/api/v1/events?after=2&limit=100"));
  CHECK(seqs(page) == std::vector<int>{3, 4, 5});
  CHECK(at_end(page));
  page = json_of(f.get("/api/v1/events?after=5"));
  CHECK(seqs(page).empty());
  CHECK(next_after(page) == decimal(5));
}

TEST_CASE("what is durable but not published is not shown") {
  server_fixture f;
  f.host.publish(3);
  for (int i = 0; i < 2; ++i) f.host.log.append({}, execution_halted{"r", "halt"});
  const auto page = json_of(f.get("/api/v1/events"));
  CHECK(seqs(page) == std::vector<int>{1, 2, 3});
  CHECK(next_after(page) == decimal(3));
  CHECK(at_end(page));
}

TEST_CASE("events are filtered by type and execution") {
  server_fixture f;
  f.host.publish(2, {"exec_a", "a", "", ""});
  f.host.publish(1, {"exec_b", "b", "", ""});
  f.host.log.append({"exec_b", "b", "", ""}, execution_halted{"r", "halt"});
  f.host.publish_head(4);
  CHECK(seqs(json_of(f.get("/api/v1/events?execution_id=exec_b"))) == std::vector<int>{3, 4});
  CHECK(seqs(json_of(f.get("/api/v1/events?types=execution_halted"))) == std::vector<int>{4});
  CHECK(seqs(json_of(f.get("/api/v1/events?types=execution_halted,bot_metrics&after=1"))) ==
        std::vector<int>{4});
  const auto unknown = f.get("/api/v1/events?types=execution_halt");
  CHECK(unknown.status == 400);
  CHECK(from_problem(unknown).remedy.find("execution_halted") != std::string::npos);
}

TEST_CASE("the events of one execution") {
  server_fixture f;
  f.host.publish(2, {"exec_a", "a", "", ""});
  f.host.publish(1, {"exec_b", "b", "", ""});
  f.host.log.known["exec_a"] = {};
  CHECK(seqs(json_of(f.get("/api/v1/executions/exec_a/events"))) == std::vector<int>{1, 2});
  CHECK(seqs(json_of(f.get("/api/v1/executions/exec_a/events?after=1"))) == std::vector<int>{2});
  CHECK(f.get("/api/v1/executions/exec_c/events").status == 404);
  CHECK(f.get("/api/v1/executions/exec_a/events?execution_id=exec_b").status == 400);
}

TEST_CASE("cursors that cannot be served say so") {
  server_fixture f;
  f.host.publish(9);
  f.host.log.first_kept = 5;
  for (const auto* target : {"/api/v1/events?after=2", "/api/v1/events/stream?after=2",
                             "/api/v1/events?after=10", "/api/v1/events/stream?after=10"}) {
    CAPTURE(target);
    const auto reply = f.get(target);
    CHECK(reply.status == 410);
    CHECK(from_problem(reply).code == errc::out_of_range);
  }
  for (const auto* target :
       {"/api/v1/events?after=x", "/api/v1/events?after=-1", "/api/v1/events?limit=0",
        "/api/v1/events?after=1&after=2", "/api/v1/events/stream?after=x",
        "/api/v1/events/stream?types=nothing", "/api/v1/events/stream?limit=5"}) {
    CAPTURE(target);
    CHECK(f.get(target).status == 400);
  }
}

TEST_CASE("a page of large events ends early and goes on") {
  server_fixture f;
  const std::string large(1U << 20U, 'x');
  for (int i = 0; i < 8; ++i) f.host.log.append({}, notification_sent{nullptr, large, ""});
  f.host.publish_head(8);
  int after = 0;
  std::vector<int> all;
  int pages = 0;
  while (after < 8 && ++pages < 10) {
    const auto reply = f.get("/api/v1/events?after=" + std::to_string(after));
    CHECK(reply.body.size() < (6U << 20U));
    const auto page = json_of(reply);
    for (const int seq : seqs(page)) all.push_back(seq);
    after = static_cast<int>(*next_after(page).to_int());
  }
  CHECK(all == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(pages > 1);
}

TEST_CASE("a journal that cannot be read is an error of the host, also for a stream") {
  server_fixture f;
  f.host.publish(1);
  f.host.log.failure = error{errc::data_loss, "record 1 is damaged", "1", "restore a backup"};
  for (const auto* target : {"/api/v1/events", "/api/v1/events/stream?after=0"}) {
    const auto reply = f.get(target);
    CHECK(reply.status == 500);
    CHECK(from_problem(reply) == *f.host.log.failure);
  }
}

TEST_CASE("events are of one workflow, bot or strategy where that is asked for") {
  server_fixture f;
  f.host.publish(2, {"exec_a", "a", "b1", "s1"});
  f.host.publish(3, {"exec_c", "c", "b1", ""});
  const auto count = [&](const std::string& query) {
    return json_of(f.get("/api/v1/events?" + query)).find("events")->as_list().size();
  };
  CHECK(count("workflow_id=a") == 2);
  CHECK(count("bot_id=b1") == 5);
  CHECK(count("bot_id=b1&workflow_id=c") == 3);
  CHECK(count("strategy_id=s1") == 2);
  CHECK(count("strategy_id=none") == 0);
}
