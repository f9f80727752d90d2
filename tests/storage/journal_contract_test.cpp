#include <atomic>
#include <set>
#include <thread>

#include "storage/bounds.hpp"
#include "tests/storage/journals_under_test.hpp"
#include "tests/support/describe.hpp"
#include "tests/support/events.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("an empty journal says so") {
  for_each_implementation([](const storage_set& s) {
    CHECK(s.events->head() == 0);
    const auto page = must(s.events->read({}));
    CHECK(page.events.empty());
    CHECK(page.at_end);
    CHECK(page.next_after == 0);
    CHECK(must(s.events->executions({})).executions.empty());
    CHECK(s.events->execution(nth_execution_id(1)).error().code == errc::not_found);
    CHECK(must(s.events->emergency_scopes()).empty());
    CHECK(must(s.events->node_state("arb", "a")).version == 0);
    const auto stats = must(s.events->stats());
    CHECK(stats.first_seq == 0);
    CHECK(stats.events == 0);
    CHECK(stats.commits == 0);
  });
}

TEST_CASE("commits are numbered from 1, without gaps, and answered with what they hold") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    std::uint64_t expected = 1;
    for (const auto how : {durability::memory, durability::async, durability::sync}) {
      const auto c = commit(*s.events, {flow.whole(1), flow.whole(2)}, how);
      CHECK(c->first_seq == expected);
      CHECK(c->last_seq == expected + 23);
      REQUIRE(c->batches.size() == 2);
      CHECK(describe(c->batches[1]) == describe(flow.whole(2)));
      CHECK(s.events->head() == c->last_seq);
      expected = c->last_seq + 1;
    }
    const auto empty = commit(*s.events, {});
    CHECK(empty->first_seq == expected);
    CHECK(empty->last_seq == expected - 1);
    CHECK(s.events->head() == expected - 1);
    CHECK(must(s.events->stats()).commits == 3);
  });
}

TEST_CASE("the head of the chain goes with the durable head") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    CHECK(must(s.events->chain_head()).seq == 0);
    std::vector<std::string> seen{must(s.events->chain_head()).hash};
    for (std::uint64_t n = 1; n <= 3; ++n) {
      commit(*s.events, {flow.whole(1)});  // The same each time, but for what was before it.
      const auto head = must(s.events->chain_head());
      CHECK(head.seq == s.events->head());
      CHECK(head.hash.size() == seen[0].size());
      if (!head.hash.empty()) {
        CHECK(std::find(seen.begin(), seen.end(), head.hash) == seen.end());
        CHECK(must(journal_head_from_string(to_string(head))) == head);
      }
      seen.push_back(head.hash);
      commit(*s.events, {});
      CHECK(must(s.events->chain_head()) == head);
    }
  });
}

TEST_CASE("many commits in a row are answered in their order") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    auto seqs = std::make_shared<std::vector<std::uint64_t>>();
    for (std::uint64_t n = 0; n < 40; ++n) {
      s.events->commit({flow.whole(n)}, durability::async, [seqs](result<committed_ref> r) {
        seqs->push_back(r.ok() ? (*r)->first_seq : 0);
      });
    }
    commit(*s.events, {flow.whole(100)});
    REQUIRE(seqs->size() == 40);
    for (std::size_t n = 0; n < 40; ++n) CHECK(seqs->at(n) == 1 + 12 * n);
  });
}

TEST_CASE("what was committed is read back as it was, from any place, in pages") {
  const std::uint64_t seed = 3;
  CAPTURE(seed);
  for_each_implementation([&](const storage_set& s) {
    random_events random(seed);
    std::vector<std::string> written;
    for (int c = 0; c < 20; ++c) {
      std::vector<event_batch> batches(1 + random.below(4));
      for (auto& batch : batches) {
        batch.scope = nth_scope(random.below(5));
        batch.events.resize(1 + random.below(6));
        for (auto& e : batch.events) e = random.any_event();
        for (const auto& e : batch.events) written.push_back(describe(e));
      }
      commit(*s.events, std::move(batches));
    }
    for (int round = 0; round < 50; ++round) {
      event_query query;
      query.after = random.below(written.size());
      query.limit = 1 + random.below(20);
      CAPTURE(query.after, query.limit);
      const auto first_page = must(s.events->read(query));
      CHECK(first_page.events.size() <= query.limit);
      const auto read = read_all(*s.events, query);
      REQUIRE(read.size() == written.size() - query.after);
      for (std::size_t i = 0; i < read.size(); ++i) {
        REQUIRE(read[i].seq == query.after + 1 + i);
        REQUIRE(describe(read[i].what) == written[read[i].seq - 1]);
      }
    }
    const auto beyond = must(s.events->read({written.size() + 5, 10, "", {}}));
    CHECK(beyond.at_end);
    CHECK(beyond.next_after == written.size() + 5);
  });
}

TEST_CASE("reading by execution and by type") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    commit(*s.events, {flow.whole(1), {nth_scope(2), {flow.started(1), flow.node_begun(0, 1)}}});
    commit(*s.events, {flow.whole(3)});
    commit(*s.events, {{nth_scope(2), {flow.node_done(0, 2), flow.completed(3)}}, flow.whole(4)});

    event_query query;
    query.execution_id = nth_execution_id(2);
    auto events = read_all(*s.events, query);
    REQUIRE(events.size() == 4);
    CHECK(events[0].seq == 13);
    CHECK(events[2].seq == 27);
    CHECK(events[3].scope->execution_id == query.execution_id);

    query.limit = 1;
    CHECK(read_all(*s.events, query).size() == 4);
    query.after = 13;
    CHECK(read_all(*s.events, query).size() == 3);
    query.types = {"execution_completed", "order_filled"};
    events = read_all(*s.events, query);
    REQUIRE(events.size() == 1);
    CHECK(events[0].seq == 28);

    CHECK(read_all(*s.events, {0, 2, "", {"execution_started"}}).size() == 4);
    CHECK(read_all(*s.events, {0, 1'000, "", {"bot_metrics"}}).empty());
    CHECK(read_all(*s.events, {0, 1'000, nth_execution_id(77), {}}).empty());
    const auto none = must(s.events->read({0, 10, nth_execution_id(77), {}}));
    CHECK(none.next_after == s.events->head());
  });
}

TEST_CASE("reading by workflow, bot and strategy, each alone and together") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    const auto begun = [&](std::uint64_t n, const char* workflow, const char* bot,
                           const char* strategy) {
      return event_batch{nth_scope(n, workflow, bot, strategy), {flow.started(n)}};
    };
    commit(*s.events, {begun(1, "w1", "b1", "s1"), begun(2, "w2", "b1", "s2")});
    commit(*s.events, {begun(3, "w1", "b2", "s1"), begun(4, "w1", "b1", "s1")});
    const auto seqs = [&](const char* workflow, const char* bot, const char* strategy) {
      event_query query{0, 1, "", {}, workflow, bot, strategy};
      std::vector<std::uint64_t> found;
      for (const auto& e : read_all(*s.events, query)) found.push_back(e.seq);
      return found;
    };
    using list = std::vector<std::uint64_t>;
    CHECK(seqs("w1", "", "") == list{1, 3, 4});
    CHECK(seqs("", "b1", "") == list{1, 2, 4});
    CHECK(seqs("", "", "s2") == list{2});
    CHECK(seqs("w1", "b1", "s1") == list{1, 4});
    CHECK(seqs("w2", "b2", "") == list{});
    CHECK(seqs("", "", "") == list{1, 2, 3, 4});
  });
}

TEST_CASE("summaries follow an execution across commits, also after its end") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    const auto id = nth_execution_id(1);
    commit(*s.events, {{nth_scope(1), {flow.started(5)}}});
    auto e = must(s.events->execution(id));
    CHECK(e.status == run_status::running);
    CHECK(must(s.events->stats()).open_executions == 1);
    commit(*s.events,
           {{nth_scope(1), {{at_ms(6), order_intent{flow.nodes[1], "pw-1", {}}}}}, flow.whole(2)});
    commit(*s.events, {{nth_scope(1), {flow.completed(9)}}});
    e = must(s.events->execution(id));
    CHECK(e.status == run_status::completed);
    CHECK(e.orders == 1);
    CHECK(e.first_seq == 1);
    CHECK(e.last_seq == 15);
    CHECK(e.scope->workflow_id == "arb");
    CHECK(must(s.events->stats()).open_executions == 0);
    CHECK(must(s.events->stats()).executions == 2);

    commit(*s.events,
           {{nth_scope(1), {{at_ms(20), order_filled{flow.nodes[1], "pw-1", {}, {}, true}}}}});
    e = must(s.events->execution(id));
    CHECK(e.status == run_status::completed);
    CHECK(e.last_seq == 16);
    CHECK(read_all(*s.events, {0, 100, id, {}}).size() == 4);
    CHECK(must(s.events->stats()).executions == 2);
    CHECK(must(s.events->stats()).open_executions == 0);
  });
}

TEST_CASE("what a start has to look after is listed: open ones, and final ones with open orders") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    const auto intent = [&](std::uint64_t n, const char* id) {
      return event_batch{nth_scope(n), {{at_ms(6), order_intent{flow.nodes[1], id, {}}}}};
    };
    const auto listed = [&](std::size_t limit) {
      std::multiset<std::string> ids;
      std::string after;
      do {
        const auto page = must(s.events->unsettled(after, limit));
        CHECK(page.executions.size() <= limit);
        for (const auto& e : page.executions) ids.insert(e.scope->execution_id);
        after = page.next;
      } while (!after.empty());
      return ids;
    };
    CHECK(listed(10).empty());
    commit(*s.events, {flow.whole(1), {nth_scope(2), {flow.started(5)}}, intent(2, "pw-2")});
    commit(*s.events, {{nth_scope(3), {flow.started(5)}}, intent(3, "pw-3a"), intent(3, "pw-3b")});
    commit(*s.events, {{nth_scope(4), {flow.started(5)}}, intent(4, "pw-4")});
    for (const std::size_t limit : {1, 2, 10}) {
      CHECK(listed(limit) ==
            std::multiset{nth_execution_id(2), nth_execution_id(3), nth_execution_id(4)});
    }
    // Final, with one order filled and one open; final without an open one.
    const event_batch filled{nth_scope(3),
                             {{at_ms(7), order_filled{flow.nodes[1], "pw-3a", {}, {}, true}}}};
    commit(*s.events, {filled, {nth_scope(3), {flow.completed(8)}}});
    const event_batch refused{nth_scope(4),
                              {{at_ms(7), order_rejected{flow.nodes[1], "pw-4", "x", "y"}}}};
    commit(*s.events, {refused, {nth_scope(4), {flow.completed(8)}}});
    CHECK(must(s.events->execution(nth_execution_id(3))).open_orders == 1);
    for (const std::size_t limit : {1, 2, 10}) {
      CHECK(listed(limit) == std::multiset{nth_execution_id(2), nth_execution_id(3)});
    }
    const event_batch partly{nth_scope(3),
                             {{at_ms(9), order_filled{flow.nodes[1], "pw-3b", {}, {}, false}}}};
    commit(*s.events, {partly});
    CHECK(listed(10).size() == 2);
    commit(*s.events,
           {{nth_scope(3), {{at_ms(9), order_canceled{flow.nodes[1], "pw-3b", "late"}}}}});
    CHECK(listed(10) == std::multiset{nth_execution_id(2)});
  });
}

TEST_CASE("a start's idempotency key finds the execution, by workflow") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    auto start = flow.started(5);
    std::get<execution_started>(start.body).idempotency_key = "k";
    std::get<execution_started>(start.body).trigger = value(3);
    CHECK(s.events->start_with_key("arb", "k").error().code == errc::not_found);
    commit(*s.events, {{nth_scope(1), {start}}, {nth_scope(2), {flow.started(6)}}});
    const auto found = must(s.events->start_with_key("arb", "k"));
    CHECK(found.execution_id == nth_execution_id(1));
    CHECK(found.started_at == at_ms(5));
    CHECK(found.trigger == value(3));
    CHECK(s.events->start_with_key("other", "k").error().code == errc::not_found);
    CHECK(s.events->start_with_key("arb", "").error().code == errc::not_found);
  });
}

TEST_CASE("executions are listed newest first, open and final ones together, by cursor") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow arb;
    const sample_workflow other(2, "other");
    for (std::uint64_t n = 1; n <= 30; ++n) {
      if (n % 3 == 0) {
        commit(*s.events, {{nth_scope(n), {arb.started(1)}}});
      } else {
        commit(*s.events, {n % 3 == 1 ? arb.whole(n) : other.whole(n)});
      }
    }
    const auto list = [&](execution_query query) {
      std::vector<std::string> ids;
      while (true) {
        const auto page = must(s.events->executions(query));
        CHECK(page.executions.size() <= query.limit);
        for (const auto& e : page.executions) ids.push_back(e.scope->execution_id);
        if (page.next_before.empty()) return ids;
        CHECK(is_ulid(page.next_before));
        query.before = page.next_before;
      }
    };
    for (const std::size_t limit : {1U, 2U, 7U, 30U, 50U}) {
      CAPTURE(limit);
      execution_query query;
      query.limit = limit;
      const auto all = list(query);
      REQUIRE(all.size() == 30);
      for (std::uint64_t n = 30; n > 0; --n) {
        CHECK(all[30 - n] == nth_execution_id(n, n % 3 == 2 ? "other" : "arb"));
      }
      query.workflow_id = "other";
      CHECK(list(query).size() == 10);
      query.workflow_id.clear();
      query.status = run_status::running;
      CHECK(list(query).size() == 10);
      query.status = run_status::completed;
      CHECK(list(query).size() == 20);
      query.bot_id = "nobody";
      CHECK(list(query).empty());
    }
  });
}

TEST_CASE("the latest emergency state per scope, in the order of the changes") {
  for_each_implementation([](const storage_set& s) {
    commit(*s.events, {emergency_batch("venue:kraken", "normal", "halt"),
                       emergency_batch("global", "normal", "alert")});
    commit(*s.events, {emergency_batch("global", "alert", "halt")});
    commit(*s.events, {emergency_batch("bot:b1", "normal", "halt"),
                       emergency_batch("venue:kraken", "halt", "normal")});
    const auto scopes = must(s.events->emergency_scopes());
    REQUIRE(scopes.size() == 3);
    CHECK(scopes[0].scope == "global");
    CHECK(scopes[0].new_state == "halt");
    CHECK(scopes[0].previous_state == "alert");
    CHECK(scopes[1].scope == "bot:b1");
    CHECK(scopes[2].scope == "venue:kraken");
    CHECK(scopes[2].new_state == "normal");
    CHECK(scopes[2].operator_name == "ann");
    CHECK(must(s.events->executions({})).executions.empty());
  });
}

TEST_CASE("the latest trigger state per workflow and node") {
  for_each_implementation([](const storage_set& s) {
    const auto change = [](const std::string& node, std::uint64_t version, int state) {
      return event{at_ms(1), node_state_changed{node_named(node), version, value(state), nullptr}};
    };
    commit(*s.events, {{nth_scope(1, "a"), {change("n", 1, 10), change("n", 2, 20)}},
                       {nth_scope(2, "a/b"), {change("c", 7, 70)}}});
    commit(*s.events, {{nth_scope(3, "a"), {change("b/c", 1, 5), change("n", 3, 30)}}});
    CHECK(must(s.events->node_state("a", "n")).version == 3);
    CHECK(must(s.events->node_state("a", "n")).state == value(30));
    CHECK(must(s.events->node_state("a/b", "c")).version == 7);
    CHECK(must(s.events->node_state("a", "b/c")).state == value(5));
    CHECK(must(s.events->node_state("b", "n")).version == 0);
    CHECK(must(s.events->node_state("b", "n")).state.is_null());
  });
}

TEST_CASE("the latest state per circuit breaker, by name") {
  for_each_implementation([](const storage_set& s) {
    CHECK(must(s.events->breaker_states()).empty());
    const auto change = [&](const std::string& name, const std::string& to, int snapshot) {
      commit(*s.events,
             {{nullptr,
               {{at_ms(1), circuit_breaker_state_changed{name, "closed", to, "why", "ann",
                                                         value(snapshot)}}}}},
             durability::sync);
    };
    change("b/data", "open", 1);
    change("a/orders", "open", 2);
    change("b/data", "half_open", 3);
    const auto all = must(s.events->breaker_states());
    REQUIRE(all.size() == 2);
    CHECK(all[0].breaker == "a/orders");
    CHECK(all[1].breaker == "b/data");
    CHECK(all[1].new_state == "half_open");
    CHECK(all[1].operator_name == "ann");
    CHECK(all[1].snapshot == value(3));
  });
}

TEST_CASE("the latest state per bot, by id") {
  for_each_implementation([](const storage_set& s) {
    CHECK(must(s.events->bot_states()).empty());
    const auto change = [&](const std::string& bot, const std::string& to, int at) {
      auto scope = std::make_shared<const event_scope>(event_scope{{}, {}, bot, {}});
      commit(*s.events,
             {{scope, {{at_ms(at), bot_state_changed{"running", to, "why", "ann", "manual"}}}}});
    };
    change("b", "paused", 1);
    change("a", "stopped", 2);
    change("b", "running", 3);
    const auto all = must(s.events->bot_states());
    REQUIRE(all.size() == 2);
    CHECK(all[0].bot_id == "a");
    CHECK(all[1].bot_id == "b");
    CHECK(all[1].at == at_ms(3));
    CHECK(all[1].change.new_state == "running");
    CHECK(all[1].change.trigger == "manual");
    CHECK(must(s.events->executions({})).executions.empty());
  });
}

TEST_CASE("the trigger states of one workflow, by node") {
  for_each_implementation([](const storage_set& s) {
    const auto change = [&](const std::string& workflow, const std::string& node, int state) {
      auto scope = std::make_shared<const event_scope>(event_scope{{}, workflow, {}, {}});
      commit(
          *s.events,
          {{scope, {{at_ms(1), node_state_changed{node_named(node), 1, value(state), nullptr}}}}},
          durability::sync);
    };
    change("w", "b", 1);
    change("w", "a", 2);
    change("wx", "c", 3);
    change("", "d", 4);
    const auto all = must(s.events->node_states("w"));
    REQUIRE(all.size() == 2);
    CHECK(all[0].node_id == "a");
    CHECK(all[0].latest.state == value(2));
    CHECK(all[1].node_id == "b");
    CHECK(must(s.events->node_states("none")).empty());
  });
}

TEST_CASE("a page is bounded, whatever was asked for") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    std::vector<event_batch> batches;
    for (std::uint64_t n = 0; n < 1'000; ++n) batches.push_back(flow.whole(n));
    commit(*s.events, std::move(batches));
    const auto page = must(s.events->read({0, 1'000'000, "", {}}));
    CHECK(page.events.size() == storage::max_page_events);
    CHECK_FALSE(page.at_end);
    CHECK(page.next_after == storage::max_page_events);
    CHECK(must(s.events->read({0, 0, "", {}})).events.size() == 1);
    execution_query query;
    query.limit = 1'000'000;
    CHECK(must(s.events->executions(query)).executions.size() == storage::max_page_executions);
  });
}

TEST_CASE("readers beside a writer see whole prefixes only") {
  for_each_implementation([](const storage_set& s) {
    const sample_workflow flow;
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::thread reader([&] {
      while (!stop.load()) {
        const std::uint64_t head = s.events->head();
        const auto page = s.events->read({head > 50 ? head - 50 : 0, 1'000, "", {}});
        if (!page.ok() || page->next_after < head) {
          ++wrong;
          continue;
        }
        for (const auto& e : page->events) {
          // Whoever sees an event can find its execution.
          if (!s.events->execution(e.scope->execution_id).ok()) ++wrong;
        }
        const auto listed = s.events->executions({});
        if (!listed.ok() || (head > 0 && listed->executions.empty())) ++wrong;
      }
    });
    for (std::uint64_t n = 1; n <= 150; ++n) {
      commit(*s.events, {{nth_scope(n), {flow.started(1)}}});
      commit(*s.events, {{nth_scope(n), {flow.node_begun(0, 1), flow.completed(2)}}});
    }
    stop = true;
    reader.join();
    CHECK(wrong == 0);
  });
}
