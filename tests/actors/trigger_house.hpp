// Job: a house with a scheduler, for tests of what starts workflows without a person.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/bots/actor.hpp"
#include "actors/scheduler/news.hpp"
#include "actors/scheduler/office.hpp"
#include "tests/actors/house.hpp"

namespace pitwall::test {

using namespace std::chrono_literals;

inline constexpr std::string_view looker = R"({"bot_id": "b", "blocks": [
  {"id": "p", "type": "paper", "category": "providers"}]})";
inline constexpr std::string_view listener = R"({"bot_id": "l", "blocks": [
  {"id": "e", "type": "event_listener", "category": "triggers",
   "properties": {"event_type": "execution_completed"}}]})";
inline constexpr std::string_view buyer = R"({"bot_id": "b", "blocks": [
  {"id": "t", "type": "manual_trigger", "category": "triggers"},
  {"id": "p", "type": "paper", "category": "providers", "properties": {"symbol": "BTC/USDT"}},
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": 0.1, "order_type": "market"}}],
  "connections": [{"from": {"blockId": "t", "index": 0}, "to": {"blockId": "buy", "index": 0}},
                  {"from": {"blockId": "p", "index": 0}, "to": {"blockId": "buy", "index": 2}}]})";

inline trigger_binding on(const std::string& bot, const std::string& workflow,
                          const std::string& line) {
  std::vector<error> problems;
  auto spec = parse_trigger_line(line, problems);
  for (const auto& p : problems) FAIL(p.to_string());
  REQUIRE(spec);
  return {bot, workflow, std::move(*spec)};
}

/// Notes of a process that is killed: nothing is written after that.
struct mortal_notes final : state_store {
  explicit mortal_notes(std::shared_ptr<state_store> s) : inner(std::move(s)) {}
  status put(std::string_view key, std::string_view bytes, durability how) override {
    return dead ? status(pitwall::done{}) : inner->put(key, bytes, how);
  }
  status erase(std::string_view key, durability how) override { return inner->erase(key, how); }
  result<std::string> get(std::string_view key) const override { return inner->get(key); }
  result<std::vector<std::pair<std::string, std::string>>> scan(
      std::string_view prefix) const override {
    return inner->scan(prefix);
  }
  result<std::string> put_definition(std::string_view text, durability how) override {
    return inner->put_definition(text, how);
  }
  std::shared_ptr<state_store> inner;
  bool dead = false;
};

struct triggered_house : house {
  explicit triggered_house(std::uint64_t seed = 0, estate from = {})
      : house(seed, std::move(from)) {
    shared->bot_states = states;
    notes = std::make_shared<mortal_notes>(storage.states);
  }
  ~triggered_house() { dismiss(); }

  void dismiss() {
    if (clockwork) caf::anon_send_exit(clockwork, caf::exit_reason::user_shutdown);
    clockwork = nullptr;
    by_id.clear();
  }
  estate die(microseconds down) {
    notes->dead = true;
    return kill(down);
  }
  void put(std::string_view json, const std::string& id = "w") { by_id[id] = deploy(json, id); }
  void bind(std::vector<trigger_binding> triggers, std::vector<restart_binding> restarts = {}) {
    table->set({std::move(triggers), std::move(restarts)});
    if (clockwork) {
      caf::anon_send(clockwork, read_table{});
      return;
    }
    scheduler_options o;
    o.table = table;
    o.breakers = guards;
    o.pause = [this](const std::string& bot, const std::string& why) {
      paused.push_back(why);
      states->set(bot, {bot_state::paused, clock->now(), why, "pitwall"});
    };
    o.clock = clock;
    o.history = journal_port;
    o.notes = notes;
    o.mode = durability::memory;
    o.bots = states;
    o.log = log;
    o.start = [this](start_request r, control::completion<start_answer> then) {
      const auto w = by_id.find(r.workflow_id);
      if (refusals > 0) {
        --refusals;
        return then(error{errc::unavailable, "not now", {}, {}});
      }
      if (w == by_id.end()) return then(error{errc::not_found, "no such workflow", {}, {}});
      asked_again += storage.events->start_with_key(r.workflow_id, r.idempotency_key).ok() ? 1 : 0;
      caf::anon_send(w->second,
                     start_execution{std::move(r.trigger), false,
                                     std::make_shared<const start_completion>(std::move(then)),
                                     nullptr, std::move(r.idempotency_key)});
    };
    o.cancel = [this](const std::string& id, const std::string& why) {
      if (cancels_lost > 0) {
        --cancels_lost;
        return;
      }
      for (const auto& [name, w] : by_id) caf::anon_send(w, cancel_run{id, why});
    };
    o.find_venue = [this](const std::string& name) {
      return name == "paper" ? std::shared_ptr<venue>(door) : nullptr;
    };
    clockwork = open_scheduler_office(system, std::move(o), [](const error&) {});
    caf::anon_send(broadcast, add_sink{std::make_shared<scheduler_news>(clockwork, table)});
  }
  trigger_view view(const std::string& bot = "b") {
    auto into = std::make_shared<trigger_list>();
    system.spawn(
        [](caf::event_based_actor* self, const scheduler_actor& to,
           const std::shared_ptr<trigger_list>& list) {
          self->request(to, caf::infinite, ask_triggers{}).then([list](trigger_list& all) {
            *list = std::move(all);
          });
        },
        clockwork, into);
    run();
    REQUIRE(into->by_bot.count(bot) == 1);
    return into->by_bot[bot];
  }
  /// Of everything that was ever started: when it was due, in the order of the starts.
  std::vector<std::string> fires(std::string_view member = "fire_time") {
    std::vector<std::string> out;
    const auto page = storage.events->read({0, 100'000, {}, {"execution_started"}});
    REQUIRE(page.ok());
    for (const auto& e : page->events) {
      const auto& trigger = std::get<execution_started>(e.what.body).trigger;
      if (const auto* t = trigger.find(member))
        out.push_back(t->is_text() ? t->as_text() : t->as_number().to_string());
    }
    return out;
  }
  /// As the clock on the wall has it.
  static std::string clock_of(const std::string& fire) { return fire.substr(11, 8); }
  std::string clocks() {
    std::string all;
    for (const auto& f : fires()) all += (all.empty() ? "" : " ") + clock_of(f);
    return all;
  }

  std::shared_ptr<bot_board> states = std::make_shared<bot_board>();
  std::shared_ptr<trigger_table> table = std::make_shared<trigger_table>();
  breakers_actor guards;  ///< Null: venues are asked without one.
  std::vector<std::string> paused;
  std::shared_ptr<mortal_notes> notes;
  std::map<std::string, workflow_actor> by_id;
  scheduler_actor clockwork;
  std::size_t refusals = 0;      ///< The next so many starts are refused for the moment.
  std::size_t cancels_lost = 0;  ///< The next so many reach nobody.
  std::size_t asked_again = 0;   ///< For what the journal had.
};

}  // namespace pitwall::test
