#include "storage/execution_entry.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::storage;
using namespace pitwall::test;

namespace {

execution_summary after(std::vector<event> events) {
  execution_entry entry;
  take_in(entry, {nth_scope(1), std::move(events)}, 10, 8);
  return entry.summary;
}

}  // namespace

TEST_CASE("the summary follows the events") {
  const sample_workflow flow;
  const auto start = flow.started(100);
  SECTION("running") {
    const auto s = after({start});
    CHECK(s.status == run_status::running);
    CHECK(s.started_at == at_ms(100));
    CHECK_FALSE(s.ended_at);
    CHECK(s.node_count == 5);
    CHECK(s.definition_id == "abc123");
    CHECK(s.first_seq == 10);
    CHECK(s.last_seq == 10);
  }
  SECTION("completed") {
    const auto s = after({start, flow.node_begun(0, 101), flow.completed(102)});
    CHECK(s.status == run_status::completed);
    CHECK(s.ended_at == at_ms(102));
    CHECK(s.duration == microseconds(900));
    CHECK(s.last_seq == 12);
  }
  SECTION("failed and timed out") {
    const auto failed = after({start, {at_ms(1), execution_failed{"no price", "io_error", {}}}});
    CHECK(failed.status == run_status::failed);
    CHECK(failed.error == "no price");
    CHECK(failed.error_type == "io_error");
    CHECK(after({start, {at_ms(1), execution_failed{"late", "timeout", {}}}}).status ==
          run_status::timed_out);
  }
  SECTION("halted and cancelled") {
    const auto halted = after({start, {at_ms(150), execution_halted{"drill", "halt"}}});
    CHECK(halted.status == run_status::halted);
    CHECK(halted.error == "drill");
    CHECK(halted.duration == milliseconds(50));
    CHECK(after({start, {at_ms(1), execution_cancelled{"operator", {}}}}).status ==
          run_status::cancelled);
  }
  SECTION("orders are counted, and later news does not reopen what is final") {
    const auto s = after({start,
                          {at_ms(1), order_intent{flow.nodes[0], "pw-1", {}}},
                          {at_ms(1), order_intent{flow.nodes[1], "pw-2", {}}},
                          flow.completed(2),
                          {at_ms(9), order_filled{flow.nodes[0], "pw-1", {}, {}, true}},
                          {at_ms(9), execution_failed{"again", "timeout", {}}}});
    CHECK(s.orders == 2);
    CHECK(s.open_orders == 1);
    CHECK(s.status == run_status::completed);
    CHECK(s.error.empty());
    CHECK(s.ended_at == at_ms(2));
    CHECK(s.last_seq == 15);
  }
}

TEST_CASE("a second final word for one order settles no other") {
  const sample_workflow flow;
  const event fill{at_ms(2), order_filled{flow.nodes[0], "pw-1", {}, {}, true}};
  const event canceled{at_ms(3), order_canceled{flow.nodes[0], "pw-1", "late"}};
  const auto s = after({flow.started(0),
                        {at_ms(1), order_intent{flow.nodes[0], "pw-1", {}}},
                        {at_ms(1), order_intent{flow.nodes[1], "pw-2", {}}},
                        fill,
                        canceled,
                        fill,
                        flow.completed(4)});
  CHECK(s.open_orders == 1);
  CHECK(is_unsettled(s));
}

TEST_CASE("events that are known already change nothing") {
  const sample_workflow flow;
  const event_batch batch{nth_scope(1),
                          {flow.started(1), {at_ms(1), order_intent{flow.nodes[0], "pw-1", {}}}}};
  execution_entry entry;
  take_in(entry, batch, 5, 5);
  take_in(entry, batch, 5, 5);
  CHECK(entry.summary.orders == 1);
  CHECK(entry.records == std::vector<std::uint64_t>{5});
  take_in(entry, {nth_scope(1), {flow.completed(3)}}, 9, 8);
  CHECK(entry.records == std::vector<std::uint64_t>{5, 8});
}

TEST_CASE("keys sort by time and cursors are ULIDs") {
  const auto early = execution_key(nth_execution_id(1, "zzz"));
  const auto late = execution_key(nth_execution_id(2, "aaa"));
  CHECK(early < late);
  CHECK(cursor_of(late) == std::string(ulid_of_execution(nth_execution_id(2, "aaa"))));
  CHECK(cursor_of(late) <= late);
  CHECK(execution_key("odd") == "odd");
  CHECK(cursor_of("odd") == "odd");
}

TEST_CASE("an entry survives storing, and damage does not") {
  const sample_workflow flow;
  execution_entry entry;
  take_in(entry, flow.whole(3), 7, 7);
  take_in(entry, {nth_scope(3), {{at_ms(9), order_intent{flow.nodes[0], "pw-1", {}}}}}, 30, 25);
  take_in(entry, {nth_scope(3), {{at_ms(9), order_intent{flow.nodes[1], "pw-2", {}}}}}, 31, 31);
  entry.summary.error = "why";
  const std::string bytes = encode_entry(entry);
  const auto back = decode_entry(bytes, "it");
  REQUIRE(back.ok());
  CHECK(encode_entry(*back) == bytes);
  CHECK(back->records == entry.records);
  CHECK(*back->summary.scope == *entry.summary.scope);
  CHECK(back->summary.ended_at == entry.summary.ended_at);
  CHECK(back->summary.orders == 2);
  CHECK(back->summary.open_orders == 2);
  CHECK(back->open_orders == std::vector<std::string>{"pw-1", "pw-2"});
  CHECK(back->summary.error == "why");
  CHECK(back->stored_seq == 31);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string bent = bytes;
    bent[at] = static_cast<char>(bent[at] ^ 0x10);
    const auto r = decode_entry(bent, "it");
    REQUIRE_FALSE(r.ok());
    CHECK(r.error().code == errc::data_loss);
    CHECK_FALSE(decode_entry(bytes.substr(0, at), "it").ok());
  }
}
