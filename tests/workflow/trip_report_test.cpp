#include "runtime/workflow/trip_report.hpp"

#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace std::chrono_literals;

namespace {

constexpr timestamp noon{std::chrono::seconds(1'772'366'400)};
constexpr std::uint64_t trip_seq = 100;
const auto buy =
    std::make_shared<const node_identity>(node_identity{"buy", "buy", "buy", "actions"});

scope_ref scope_of(const std::string& id, const std::string& bot = "b",
                   const std::string& strategy = "s") {
  return std::make_shared<const event_scope>(event_scope{id, "w", bot, strategy});
}
order_request order(const std::string& venue = "sim") {
  return {venue, "BTC/USDT", order_side::buy, order_kind::limit, decimal(2), decimal(10)};
}
order_filled fill(const std::string& id, bool complete) {
  return {buy, id, order(), {decimal(10), decimal(1), {}, "USDT"}, complete};
}

struct told {
  std::uint64_t seq;
  event_body body;
};
/// Each a millisecond after the one before; the change comes at noon.
event at(std::uint64_t seq, event_body body) {
  return {noon + milliseconds(static_cast<std::int64_t>(seq) - 100), std::move(body)};
}

trip_report report_of(const std::string& scope,
                      const std::vector<std::pair<scope_ref, std::vector<told>>>& history,
                      std::vector<std::string> unanswered = {},
                      std::optional<timestamp> told_closed_at = {}) {
  const trip_recorded recorded{scope, noon - 500us, noon - 100us, std::move(unanswered), value(7)};
  trip_fold fold(
      trip_seq,
      at(trip_seq, emergency_state_changed{scope, "normal", "halt", "why", "ann", "manual"}),
      &recorded);
  if (told_closed_at) fold.closes_at(*told_closed_at);
  for (const auto& [whose, events] : history)
    for (const auto& e : events) fold.take(e.seq, whose, at(e.seq, e.body));
  return std::move(fold).report();
}

std::vector<told> halted_run() {
  return {{10, execution_started{1, "d", {}}}, {120, execution_halted{"why", "halt"}}};
}

}  // namespace

TEST_CASE("trip report: what was said and recorded of the closing", "[trip]") {
  const auto r = report_of("bot:b", {}, {"pw-1"});
  CHECK(r.seq == trip_seq);
  CHECK(r.at == noon);
  CHECK(r.change.scope == "bot:b");
  CHECK(r.tripped_at == noon - 500us);
  CHECK(r.closed_at == noon - 100us);
  CHECK(r.evidence == value(7));
  CHECK(r.unanswered == std::vector<std::string>{"pw-1"});
  CHECK_FALSE(r.last_order);
  trip_fold bare(trip_seq,
                 at(trip_seq, emergency_state_changed{"global", "normal", "halt", {}, {}, {}}),
                 nullptr);
  CHECK(std::move(bare).report().closed_at == noon);
}

TEST_CASE("trip report: the fate of each execution that was open", "[trip]") {
  const auto s = scope_of("e");
  struct row {
    std::vector<told> events;
    std::string fate;  ///< Empty: it does not belong to the report.
    run_status status = run_status::running;
  };
  const std::vector<row> table{
      {halted_run(), "halted", run_status::halted},
      {{{10, execution_started{}}}, "ran_on"},
      {{{10, execution_started{}}, {130, execution_completed{}}}, "ran_on", run_status::completed},
      {{{10, execution_started{}}, {130, execution_failed{"x", "timeout", {}}}},
       "ran_on",
       run_status::timed_out},
      {{{10, execution_started{}}, {130, execution_cancelled{}}}, "ran_on", run_status::cancelled},
      {{{10, execution_started{}}, {120, execution_halted{}}, {150, execution_resumed{}}},
       "resumed"},
      {{{10, execution_started{}},
        {120, execution_halted{}},
        {150, execution_resumed{}},
        {160, execution_completed{}}},
       "resumed",
       run_status::completed},
      // Halted and resumed before: this time it ran on.
      {{{10, execution_started{}}, {20, execution_halted{}}, {30, execution_resumed{}}}, "ran_on"},
      {{{10, execution_started{}}, {20, execution_completed{}}}, ""},
      {{{10, execution_started{}}, {20, execution_halted{}}, {130, execution_resumed{}}}, ""},
      {{{101, execution_started{}}, {120, execution_halted{}}}, ""}};
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(i);
    const auto r = report_of("global", {{s, table[i].events}});
    REQUIRE(r.executions.size() == (table[i].fate.empty() ? 0 : 1));
    if (table[i].fate.empty()) continue;
    CHECK(r.executions[0].fate == table[i].fate);
    CHECK(r.executions[0].status == table[i].status);
    CHECK(r.executions[0].ended_at.has_value() == is_final(table[i].status));
  }
}

TEST_CASE("trip report: what had begun and was journaled behind the change belongs to it",
          "[trip]") {
  for (const auto& [began, told] : {std::pair(noon - 200us, true), std::pair(noon - 50us, false)}) {
    const trip_recorded recorded{"global", noon - 500us, noon - 100us, {}, {}};
    trip_fold fold(trip_seq,
                   {noon, emergency_state_changed{"global", "normal", "halt", {}, {}, {}}},
                   &recorded);
    const auto s = scope_of("e");
    fold.take(110, s, {began, execution_started{1, "d", {}}});
    fold.take(111, s, {noon - 40us, order_intent{buy, "pw-1", order()}});
    fold.take(112, s, {noon + 10us, execution_halted{"why", "halt"}});
    const auto r = std::move(fold).report();
    REQUIRE(r.executions.size() == (told ? 1 : 0));
    if (told) CHECK(r.executions[0].fate == "halted");
    if (told) CHECK(r.orders.size() == 1);
  }
}

TEST_CASE("trip report: whom the closing ended before it was journaled itself", "[trip]") {
  const auto s = scope_of("e");
  const auto report_with = [&](std::chrono::microseconds before_the_change) {
    const trip_recorded recorded{"bot:b", noon - 500us, noon - 100us, {}, {}};
    trip_fold fold(
        trip_seq,
        at(trip_seq, emergency_state_changed{"bot:b", "normal", "halt", "why", "ann", "manual"}),
        &recorded);
    const event ended{noon - before_the_change, execution_halted{"why", "halt"}};
    fold.take(10, s, at(10, execution_started{1, "d", {}}));
    fold.take(99, s, ended);
    CHECK(fold.was_sooner(ended) == (before_the_change <= 500us));
    return std::move(fold).report();
  };
  const auto sooner = report_with(90us);
  REQUIRE(sooner.executions.size() == 1);
  CHECK(sooner.executions.front().fate == "halted");
  CHECK(sooner.executions.front().halted_at == noon - 90us);
  CHECK(report_with(501us).executions.empty());  // By an earlier halt.
}

TEST_CASE("trip report: the fate of each order that had no final word", "[trip]") {
  const auto s = scope_of("e");
  struct row {
    std::vector<told> events;
    std::string then, now, code;
  };
  const told intent{20, order_intent{buy, "pw-1", order()}};
  const told submitted{30, order_submitted{buy, "pw-1", "v"}};
  const std::vector<row> table{
      {{intent}, "under_way", "under_way", ""},
      {{intent, submitted}, "open", "open", ""},
      {{intent, submitted, {40, fill("pw-1", false)}}, "partially_filled", "partially_filled", ""},
      {{intent, submitted, {140, fill("pw-1", true)}}, "open", "filled", ""},
      {{intent, submitted, {140, order_canceled{buy, "pw-1", "by hand"}}}, "open", "canceled", ""},
      {{intent, {140, order_rejected{buy, "pw-1", "insufficient_balance", "r"}}},
       "under_way",
       "rejected",
       "insufficient_balance"},
      {{intent, {140, order_rejected{buy, "pw-1", "not_sent", "r"}}},
       "under_way",
       "not_sent",
       "not_sent"},
      {{intent, {40, order_in_doubt{buy, "pw-1", "r"}}}, "in_doubt", "in_doubt", ""},
      {{intent, {140, order_in_doubt{buy, "pw-1", "r"}}}, "under_way", "in_doubt", ""},
      {{intent, {140, order_in_doubt{buy, "pw-1", "r"}}, {150, fill("pw-1", true)}},
       "under_way",
       "filled",
       ""},
      {{{110, order_intent{buy, "pw-1", order()}},
        {115, order_rejected{buy, "pw-1", "not_sent", "r"}}},
       "not_yet",
       "not_sent",
       "not_sent"},
      {{intent, {40, fill("pw-1", true)}}, "", "", ""},
      {{{130, order_intent{buy, "pw-1", order()}}}, "", "", ""}};  // After it was halted: resumed.
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(i);
    std::vector<told> events{{10, execution_started{}}};
    std::vector<told> rest = table[i].events;
    rest.push_back({120, execution_halted{}});
    std::sort(rest.begin(), rest.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
    events.insert(events.end(), rest.begin(), rest.end());
    const auto r = report_of("global", {{s, events}});
    REQUIRE(r.orders.size() == (table[i].then.empty() ? 0 : 1));
    if (table[i].then.empty()) continue;
    CHECK(r.orders[0].then == table[i].then);
    CHECK(r.orders[0].now == table[i].now);
    CHECK(r.orders[0].code == table[i].code);
    CHECK(r.orders[0].node_id == "buy");
  }
}

TEST_CASE("trip report: a rejected order was at its venue only where that is known", "[trip]") {
  const auto told_as = [](const std::string& code, bool accepted) {
    std::vector<told> events{{10, execution_started{}}, {20, order_intent{buy, "pw-1", order()}}};
    if (accepted) events.push_back({30, order_submitted{buy, "pw-1", "v"}});
    events.push_back({120, execution_halted{}});
    events.push_back({140, order_rejected{buy, "pw-1", code, "r"}});
    const auto r = report_of("global", {{scope_of("e"), events}});
    REQUIRE(r.orders.size() == 1);
    CHECK(r.orders[0].code == code);
    return r.orders[0].now;
  };
  for (const char* code : {"circuit_open", "venue_busy", "retry_budget", "data_only", "dry_run",
                           "halted", "permit_void", "venue_closed", "not_reserved", "not_sent",
                           "price_collar", "figures_unknown"}) {
    CAPTURE(code);
    CHECK(told_as(code, false) == "not_sent");
  }
  for (const char* code : {"insufficient_balance", "order_refused", "unauthorized", "venue_2021"}) {
    CAPTURE(code);
    CHECK(told_as(code, false) == "rejected");
  }
  // Said by both, or by nobody that is known: only a venue that had taken it settles that.
  for (const char* code :
       {"rate_limited", "duplicate_order", "invalid_amount", "no_such_code", ""}) {
    CAPTURE(code);
    CHECK(told_as(code, false) == "refused");
    CHECK(told_as(code, true) == "rejected");
  }
}

TEST_CASE("trip report: a resting order of an execution that had ended", "[trip]") {
  const auto r = report_of("global", {{scope_of("e"),
                                       {{10, execution_started{}},
                                        {20, order_intent{buy, "pw-1", order()}},
                                        {30, order_submitted{buy, "pw-1", "v"}},
                                        {40, execution_completed{}}}}});
  CHECK(r.executions.empty());
  REQUIRE(r.orders.size() == 1);
  CHECK(r.orders[0].then == "open");
}

TEST_CASE("trip report: only what is in its scope", "[trip]") {
  const std::vector<std::pair<scope_ref, std::vector<told>>> history{
      {scope_of("one", "b", "s"),
       {{10, execution_started{}},
        {20, order_intent{buy, "pw-1", order("sim")}},
        {120, execution_halted{}}}},
      {scope_of("two", "bb", "s"),
       {{10, execution_started{}}, {20, order_intent{buy, "pw-2", order("other")}}}},
      {scope_of("three", "", ""), {{10, execution_started{}}}}};
  const auto ids = [&](const std::string& scope) {
    std::string out;
    const auto r = report_of(scope, history);
    for (const auto& e : r.executions) out += e.scope->execution_id + " ";
    for (const auto& o : r.orders) out += o.client_order_id + " ";
    return out;
  };
  CHECK(ids("global") == "one three two pw-1 pw-2 ");
  CHECK(ids("bot:b") == "one pw-1 ");
  CHECK(ids("bot:bb") == "two pw-2 ");
  CHECK(ids("strategy:s") == "one two pw-1 pw-2 ");
  CHECK(ids("venue:sim") == "one pw-1 ");
  CHECK(ids("venue:other") == "one two pw-2 ");  // `one` was halted: it could order there.
  CHECK(ids("bot:") == "");
}

TEST_CASE("trip report: the last order that left", "[trip]") {
  const auto s = scope_of("e");
  const std::vector<told> events{{10, execution_started{}},
                                 {20, order_intent{buy, "pw-1", order()}},
                                 {30, order_submitted{buy, "pw-1", "v"}},
                                 {98, order_intent{buy, "pw-2", order()}},
                                 {99, order_intent{buy, "pw-3", order()}},
                                 {120, order_rejected{buy, "pw-3", "not_sent", "r"}}};
  SECTION("answered or listed; one that was kept back is none") {
    const auto r = report_of("global", {{s, events}}, {"pw-2"});
    REQUIRE(r.last_order);
    CHECK(r.last_order->client_order_id == "pw-2");
    CHECK(r.last_order->left_after == noon - 2ms);
    CHECK(r.last_order->left_before == r.closed_at);
  }
  SECTION("a worker may have let it go until its lease ended") {
    const auto r = report_of("global", {{s, events}}, {"pw-2"}, noon + 5s);
    CHECK(r.closed_at == noon + 5s);
    REQUIRE(r.last_order);
    CHECK(r.last_order->left_before == noon + 5s);
    CHECK(report_of("global", {{s, events}}, {"pw-2"}, noon - 1s).closed_at == noon - 100us);
  }
  SECTION("its answer bounds the time") {
    const auto r = report_of("global", {{s, events}});
    REQUIRE(r.last_order);
    CHECK(r.last_order->client_order_id == "pw-1");
    CHECK(r.last_order->left_before == noon - 70ms);
  }
  SECTION("never one of after the closing") {
    auto later = events;
    later.push_back({130, order_intent{buy, "pw-4", order()}});
    later.push_back({140, order_submitted{buy, "pw-4", "v"}});
    CHECK(report_of("global", {{s, later}}).last_order->client_order_id == "pw-1");
  }
  SECTION("also of an execution that was over, but not of another scope") {
    trip_fold fold(trip_seq,
                   at(trip_seq, emergency_state_changed{"bot:b", "normal", "halt", {}, {}, {}}),
                   nullptr);
    for (const auto* bot : {"b", "c"}) {
      const auto id = std::string("pw-") + bot;
      fold.take_recent(scope_of("x", bot), at(90, order_intent{buy, id, order()}));
      fold.take_recent(scope_of("x", bot), at(91, fill(id, true)));
    }
    const auto r = std::move(fold).report();
    REQUIRE(r.last_order);
    CHECK(r.last_order->client_order_id == "pw-b");
    CHECK(r.executions.empty());
    CHECK(r.orders.empty());
  }
}

TEST_CASE("trip report: which changes close a scope", "[trip]") {
  const auto closes = [](const std::string& from, const std::string& to) {
    return closes_scope({"global", from, to, {}, {}, {}});
  };
  CHECK(closes("normal", "halt"));
  CHECK(closes("alert", "halt"));
  CHECK(closes("normal", "shutdown"));
  CHECK(closes("halt", "shutdown"));
  CHECK_FALSE(closes("shutdown", "halt"));
  CHECK_FALSE(closes("halt", "normal"));
  CHECK_FALSE(closes("normal", "alert"));
  CHECK_FALSE(closes("halt", "halt"));
}
