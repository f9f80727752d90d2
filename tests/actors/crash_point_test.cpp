// The disk fails, or the power goes, at the n-th write or sync, for every n: whatever was
// acknowledged is there afterwards, no order goes out twice, no halt is forgotten.
#include <future>
#include <set>

#include "storage/rocks/open_with.hpp"
#include "tests/actors/house.hpp"
#include "tests/storage/lossy_fs.hpp"
#include "tests/support/temp_directory.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using fault = lossy_fs::fault;

constexpr std::string_view buyer = R"({
  "name": "buyer", "bot_id": "bot-1",
  "blocks": [
    {"id": "feed", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "cross", "type": "price_cross", "category": "triggers",
     "properties": {"threshold": 0}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}
  ],
  "connections": [
    {"from": {"blockId": "feed", "index": 0}, "to": {"blockId": "cross", "index": 0}}
  ]})";

/// Commits are over, one way or the other, when commit() returns: the test is deterministic. Once
/// the power is gone nobody is told any more.
class blocking_journal final : public forwarding_journal {
 public:
  blocking_journal(std::shared_ptr<journal> inner, std::shared_ptr<lossy_fs> fs)
      : forwarding_journal(std::move(inner)), fs_(std::move(fs)) {}
  bool dead = false, power_cuts = false;
  std::function<void()> on_death;

  void commit(std::vector<event_batch> batches, durability how, completion then) override {
    if (dead) return;
    std::promise<result<committed_ref>> done;
    inner_->commit(std::move(batches), how,
                   [&done](result<committed_ref> r) { done.set_value(std::move(r)); });
    auto outcome = done.get_future().get();
    if (power_cuts && fs_->struck()) {
      dead = true;
      on_death();
      return;
    }
    then(std::move(outcome));
  }

 private:
  std::shared_ptr<lossy_fs> fs_;
};

/// What somebody was told, and what left the house: kept outside of all that can be lost.
struct expectations {
  std::vector<start_answer> answered;
  std::vector<std::string> sent;
  std::string emergency = "normal";  ///< As acknowledged.
  bool in_doubt = false;             ///< A change of it was not acknowledged as done.
};

class scenario {
 public:
  scenario() {
    estate_.mode = durability::sync;
    options_.directory = directory_ / "data";
    options_.write_buffer_bytes = 256U << 10U;
  }

  /// A life in which the n-th write or sync is struck; `recovering`: already while it starts.
  /// False: nothing was struck.
  bool live(fault what, std::uint64_t n, bool recovering) {
    if (recovering) disk_.fs->plan(what, n);
    auto opened = storage::open_rocksdb_with(options_, disk_.env);
    if (!opened.ok()) {
      REQUIRE(disk_.fs->struck());
      end(what);
      return true;
    }
    auto guard = std::make_shared<blocking_journal>(opened->events, disk_.fs);
    guard->power_cuts = what == fault::power;
    bool struck = false;
    {
      auto from = estate_;
      from.storage = {guard, opened->states};
      house h(0, std::move(from));
      guard->on_death = [&] { h.door->dead = true; };
      const auto w = h.deploy(buyer);
      if (!recovering) disk_.fs->plan(what, n);
      if (life_++ > 0) h.recover();
      act(h, w);
      struck = disk_.fs->struck();
      expected.sent.insert(expected.sent.end(), h.door->sent.begin(), h.door->sent.end());
      estate_ = h.kill(1s);
      estate_.storage = {};
    }
    guard.reset();
    opened = error{errc::not_found, {}, {}, {}};
    end(what);
    return struck;
  }

  /// The disk is well again: a last life, in which everything comes to its end.
  void check() {
    auto opened = storage::open_rocksdb_with(options_, disk_.env);
    REQUIRE(opened.ok());
    auto from = estate_;
    from.storage = {std::make_shared<blocking_journal>(opened->events, disk_.fs), opened->states};
    house h(0, std::move(from));
    h.deploy(buyer);
    h.recover();
    h.pass(1min);
    expected.sent.insert(expected.sent.end(), h.door->sent.begin(), h.door->sent.end());
    CHECK(std::set(expected.sent.begin(), expected.sent.end()).size() == expected.sent.size());
    for (const auto& a : expected.answered) {
      CAPTURE(a.execution_id);
      const auto known = opened->events->execution(a.execution_id);
      REQUIRE(known.ok());
      if (is_final(a.status)) CHECK(known->status == a.status);
    }
    const auto scopes = opened->events->emergency_scopes();
    REQUIRE(scopes.ok());
    const std::string state = scopes->empty() ? "normal" : scopes->back().new_state;
    if (!expected.in_doubt) CHECK(state == expected.emergency);
    check_books(h, *opened->events);
  }

  expectations expected;

 private:
  void end(fault what) {
    disk_.fs->heal();
    if (what == fault::power) disk_.fs->drop_unsynced(++seed_);
  }

  void act(house& h, const workflow_actor& w) {
    trade(h, w, 2);
    command(h, emergency_action::halt, "halt");
    command(h, emergency_action::resume, "normal");
    trade(h, w, 1);
  }
  void trade(house& h, const workflow_actor& w, int executions) {
    std::vector<std::shared_ptr<started>> starts;
    for (int i = 0; i < executions; ++i) starts.push_back(h.start(w));
    h.run();
    for (const auto& s : starts)
      if (s->answer && s->answer->ok()) expected.answered.push_back(**s->answer);
  }
  void command(house& h, emergency_action action, const char* next) {
    const auto answer = h.send_command({action, "global", "test", "tester", "manual"});
    h.pass(2s);
    const bool done = *answer && !(*answer)->failure.failed() &&
                      ((*answer)->result == "done" || (*answer)->result == "unchanged");
    if (done) expected.emergency = next;
    expected.in_doubt = expected.in_doubt || !done;
    // Closed in any case, and the next start is told.
    if (*answer && (*answer)->result == "halted_not_durable") CHECK_FALSE(h.marker->left.empty());
  }

  void check_books(house& h, const journal& j) {
    const auto page = j.read({0, 100'000, {}, {}});
    REQUIRE(page.ok());
    decimal bought(100);
    std::set<std::string> intents;
    for (std::size_t i = 0; i < page->events.size(); ++i) {
      REQUIRE(page->events[i].seq == i + 1);
      const auto& body = page->events[i].what.body;
      if (const auto* f = std::get_if<order_filled>(&body)) bought = *add(bought, f->fill.quantity);
      if (const auto* x = std::get_if<order_intent>(&body))
        CHECK(intents.insert(x->client_order_id).second);
    }
    CHECK(bought == h.held("BTC"));
    // In async mode a power cut may take the intent of an order that left; else never.
    for (const auto& id : expected.sent) CHECK(intents.contains(id));
    execution_query everything;
    everything.limit = 1'000;
    const auto all = j.executions(everything);
    REQUIRE(all.ok());
    for (const auto& e : all->executions) {
      CAPTURE(e.scope->execution_id);
      CHECK(is_final(e.status));
      CHECK(e.open_orders == 0);
    }
  }

  temp_directory directory_;
  storage_options options_;
  lossy_disk disk_;
  estate estate_{};
  std::uint64_t seed_ = 0;
  int life_ = 0;
};

std::uint64_t enumerate(fault what, bool recovering) {
  for (std::uint64_t n = 0;; ++n) {
    CAPTURE(static_cast<int>(what), n, recovering);
    scenario s;
    if (recovering) s.live(fault::power, 12, false);  // Dies in the middle of trading.
    const bool struck = s.live(what, n, recovering);
    s.check();
    if (!struck) return n;
  }
}

}  // namespace

TEST_CASE("a disk that fails or loses power at any write or sync loses nothing acknowledged") {
  for (const auto what : {fault::error_once, fault::error, fault::power}) {
    CHECK(enumerate(what, false) > 20);
  }
}

TEST_CASE("nor does one that does so while the host starts and recovers") {
  for (const auto what : {fault::error_once, fault::error, fault::power}) {
    CHECK(enumerate(what, true) > 20);
  }
}

}  // namespace pitwall::test
