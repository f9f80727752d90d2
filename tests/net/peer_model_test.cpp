// Any interleaving of a peer that publishes, loses its journal and lets go of old events, a line
// that breaks anywhere, and viewers here that come, read slowly, and go.
#include <deque>
#include <random>
#include <set>

#include "net/live/host_cursors.hpp"
#include "tests/net/peer_fixture.hpp"

using namespace pitwall;
using namespace pitwall::live;
using namespace pitwall::test;

namespace {

/// A viewer that comes back with its cursor, and what it has seen since that was its own to choose.
class viewer_model final : public host_outlet {
 public:
  viewer_model(one_peer& here, std::mt19937& random) : here_(here), random_(random) {
    filter_ = std::make_shared<event_filter>();
    if (random_() % 2 == 0)
      filter_->all = true;
    else
      filter_->workflow_ids = {"a"};
  }

  void come() {
    host_wish wish{"tokyo"};
    if (last_) wish = {"tokyo", last_->second, last_->first};
    cursors_.emplace(here_, filter_, std::vector<host_wish>{wish}, 1 + random_() % 20);
  }
  void go() {
    note();
    cursors_.reset();
  }
  bool is_there() const { return cursors_.has_value(); }
  void pump(std::size_t room) {
    room_ = room;
    if (cursors_) cursors_->pump(*this);
    if (std::exchange(over_, false)) {
      cursors_.reset();
      last_.reset();
      seen_.clear();
    }
  }
  /// The epoch and seq up to which all that matches was seen.
  const std::optional<std::pair<std::string, std::uint64_t>>& note() {
    if (!cursors_) return last_;
    const auto at = cursors_->positions();
    if (const value* p = at.find("tokyo"); p != nullptr)
      last_ = {p->find("epoch")->as_text(),
               static_cast<std::uint64_t>(p->find("last_seq")->as_number().to_int().value())};
    return last_;
  }
  /// Against the journal that its cursor is of.
  void check(const peer_world& world) {
    note();
    if (!last_ || last_->first != world.epoch() || seen_.empty()) return;
    std::vector<std::uint64_t> expected;
    for (auto seq = seen_.front(); seq <= last_->second; ++seq)
      if (filter_->all || seq % 3 == 0) expected.push_back(seq);
    CHECK(seen_ == expected);
    total += seen_.size();
  }

  bool wants_more() const override { return room_ > 0; }
  void pass_on(const relayed_event& e) override {
    --room_;
    if (!filter_->all && e.seq % 3 != 0) faults.push_back("not wanted");
    if (!seen_.empty() && e.seq <= seen_.back()) faults.push_back("again, or back");
    seen_.push_back(e.seq);
    const auto frame = parse_json(*e.frame).value();
    if (to_json(*frame.find("event")->find("origin")->find("seq")) != std::to_string(e.seq))
      faults.push_back("another origin");
  }
  void tell(std::string_view op, value::object) override { told.insert(std::string(op)); }
  void deny(refusal why) override {
    note();
    denied.insert(why.code);
    over_ = true;
  }

  std::vector<std::string> faults;
  std::set<std::string> told, denied;
  std::size_t total = 0;

 private:
  one_peer& here_;
  std::mt19937& random_;
  std::shared_ptr<event_filter> filter_;
  std::optional<host_cursors> cursors_;
  std::optional<std::pair<std::string, std::uint64_t>> last_;
  std::vector<std::uint64_t> seen_;
  std::size_t room_ = 0;
  bool over_ = false;
};

class world_model {
 public:
  explicit world_model(std::mt19937& random)
      : random_(random),
        here_({5 + random_() % 100, 1U << 20U, random_() % 40}),
        there_(std::make_unique<peer_world>("e0", "tokyo", 5 + random_() % 60)) {
    for (int i = 0; i < 3; ++i) viewers_.push_back(std::make_unique<viewer_model>(here_, random_));
  }

  void run(std::size_t steps) {
    for (std::size_t i = 0; i < steps; ++i) step();
    if (!line_) connect();
    for (auto& v : viewers_)
      if (!v->is_there()) v->come();
    for (int i = 0; i < 100'000; ++i) {
      settle();
      if (line_ && quiet()) break;
      if (!line_) connect();
      carry(~std::size_t{0});
      for (auto& v : viewers_) {
        v->pump(1'000);
        if (!v->is_there()) v->come();
      }
    }
    for (auto& v : viewers_) {
      v->check(*there_);
      REQUIRE(v->note());
      CHECK(v->note()->first == there_->epoch());
      CHECK(v->note()->second == there_->host.log.head());
      for (const auto& f : v->faults) FAIL_CHECK(f);
      seen += v->total;
      denied.insert(v->denied.begin(), v->denied.end());
      told.insert(v->told.begin(), v->told.end());
    }
    CHECK(here_.feed.condition().gaps == 0);
  }

  std::size_t seen = 0, breaks = 0;
  std::set<std::string> denied, told;

 private:
  void step() {
    auto& some = *viewers_[random_() % viewers_.size()];
    switch (random_() % 10) {
      case 0:
      case 1:
        publish(1 + random_() % (random_() % 8 == 0 ? 60 : 4));
        break;
      case 2:
        if (!line_) connect();
        break;
      case 3:
      case 4:
        settle();
        break;
      case 5:
      case 6:
        carry(1 + random_() % 12);
        break;
      case 7:
        some.pump(random_() % 30);
        break;
      case 8:
        if (random_() % 4 != 0) break;
        if (some.is_there())
          some.go();
        else
          some.come();
        break;
      default:
        if (random_() % 12 == 0) cut();
        if (random_() % 60 == 0) lose_journal();
        if (random_() % 20 == 0) there_->host.log.first_kept = there_->host.log.head() / 2 + 1;
    }
  }
  /// Every third event is of workflow a, counted from the journal's first.
  void publish(std::size_t count) {
    for (; count > 0; --count) {
      const bool third = (there_->host.log.head() + 1) % 3 == 0;
      there_->host.publish(
          1, third ? event_scope{"exec_a", "a", "", ""} : event_scope{"exec_b", "b", "", ""});
    }
  }
  void connect() {
    there_->connect();
    line_ = true;
  }
  void cut() {
    if (!line_) return;
    line_ = false;
    ++breaks;
    here_.out.clear();
    here_.feed.lost({errc::unavailable, "the line broke", {}, {}});
  }
  void lose_journal() {
    cut();
    for (auto& v : viewers_) v->check(*there_);
    there_ =
        std::make_unique<peer_world>("e" + std::to_string(++epochs_), "tokyo", 5 + random_() % 60);
  }
  void settle() {
    if (!line_) return;
    there_->settle();
    if (there_->around->looks.size() + there_->around->asked.size() > 0) there_->work();
  }
  /// At most so many frames each way.
  void carry(std::size_t most) {
    if (!line_) {
      here_.out.clear();
      return;
    }
    for (auto n = most; n > 0 && !here_.out.empty(); --n) {
      const auto f = here_.out.front();
      here_.out.erase(here_.out.begin());
      there_->hear(f);
    }
    for (const auto& f : there_->around->read(most)) {
      auto answer = here_.feed.hear(f.text, {}, {});
      if (!answer.ok()) return cut();
      here_.say(std::move(*answer));
    }
  }
  bool quiet() {
    return here_.out.empty() && there_->around->queue.empty() && there_->around->looks.empty() &&
           there_->around->asked.empty() &&
           std::all_of(viewers_.begin(), viewers_.end(), [&](auto& v) {
             return v->note() && v->note()->first == there_->epoch() &&
                    v->note()->second == there_->host.log.head();
           });
  }

  std::mt19937& random_;
  one_peer here_;
  std::unique_ptr<peer_world> there_;
  std::vector<std::unique_ptr<viewer_model>> viewers_;
  bool line_ = false;
  int epochs_ = 0;
};

}  // namespace

TEST_CASE("of a peer each wanted event is seen once and in order, whatever breaks in between") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::size_t seen = 0, breaks = 0;
  std::set<std::string> denied, told;
  for (int world = 0; world < 200; ++world) {
    CAPTURE(world);
    world_model w(random);
    w.run(600);
    seen += w.seen;
    breaks += w.breaks;
    denied.insert(w.denied.begin(), w.denied.end());
    told.insert(w.told.begin(), w.told.end());
  }
  CHECK(seen > 4'000);
  CHECK(breaks > 200);
  CHECK(denied == std::set<std::string>{"cursor_expired", "cursor_invalid"});
  CHECK(told == std::set<std::string>{"caught_up", "host_state"});
}
