// Any interleaving of journal reads, published heads and slow sockets.
#include <random>

#include "tests/net/live_fixture.hpp"

using namespace pitwall;
using namespace pitwall::live;
using namespace pitwall::test;

namespace {

/// One client that comes back again and again, and what it has seen.
class client_model {
 public:
  explicit client_model(std::mt19937& random) : random_(random), fixture_(bounds(), rules()) {
    fixture_.around.room = 1 + random_() % 30;
    fixture_.host.log.most_scanned = 1 + random_() % 400;
    wanted_ = filters()[random_() % filters().size()];
    fixture_.wanted = random_() % 2 == 0;
  }

  void run(std::size_t steps) {
    fixture_.publish(random_() % 200, scope());
    subscribe();
    for (std::size_t i = 0; i < steps; ++i) step();
    // The client reads on, and everything comes.
    for (int i = 0; i < 100'000 && !done(); ++i) {
      fixture_.wanted = true;
      read(~std::size_t{0});
      if (session_->pump(); !looks().empty()) look();
    }
  }

  void check() const {
    CHECK(faults_.empty());
    std::vector<std::uint64_t> expected;
    event_query q;
    q.limit = 1'000'000;
    for (std::uint64_t after = 0; after < fixture_.host.log.head();) {
      q.after = after;
      const auto page = fixture_.host.log.read(q).value();
      for (const auto& e : page.events) {
        if (e.seq > began_ && filter().wants(*e.scope, type_name(e.what.body)))
          expected.push_back(e.seq);
      }
      after = page.next_after;
    }
    CHECK(seen_ == expected);
  }
  std::size_t seen() const { return seen_.size(); }
  std::size_t cuts() const { return cuts_; }
  std::size_t resumes() const { return resumes_; }

 private:
  static const std::vector<std::string>& filters() {
    static const std::vector<std::string> all{
        R"("all":true)", R"("workflow_ids":["a"])", R"("bot_ids":["bot"],"types":["node_skipped"])",
        R"("types":["notification_sent"])", R"("workflow_ids":["none"])"};
    return all;
  }
  recent_bounds bounds() { return {1 + random_() % 60, 1U << 20U, 300 + random_() % 4'000}; }
  session_rules rules() {
    return {.remembered = 1 + random_() % 20,
            .first_window = 1 + random_() % 20,
            .widest_window = 1 + random_() % 80,
            .first_walk = random_() % 40};
  }
  event_scope scope() {
    return random_() % 2 == 0 ? event_scope{"exec_a", "a", "", ""}
                              : event_scope{"exec_b", "b", "bot", "s"};
  }
  event_filter filter() const {
    auto read = read_frame(R"({"op":"subscribe",)" + wanted_ + "}");
    return std::get<subscribe_op>(std::get<client_frame>(read).what).filter;
  }
  std::deque<journal_order>& looks() { return around_->looks; }

  void subscribe() {
    around_ = std::make_unique<scripted_surroundings>();
    around_->room = fixture_.around.room;
    around_->host = &fixture_.host;
    session_ = std::make_unique<live_session>(*around_, fixture_.recent, fixture_.rules,
                                              access::scopes::all(), "c", "e");
    std::string after = last_ ? R"(,"after":)" + std::to_string(*last_) : "";
    session_->hear(R"({"op":"subscribe",)" + wanted_ + after + "}", fixture_.now);
    ++resumes_;
  }

  void step() {
    switch (random_() % 8) {
      case 0:
      case 1: {
        // Published at once or bit by bit; committed before, in any case.
        const auto count = 1 + random_() % (random_() % 10 == 0 ? 100 : 5);
        const auto about = scope();
        for (std::size_t i = 0; i < count; ++i) {
          if (random_() % 2 == 0) {
            fixture_.host.log.append(about, notification_sent{nullptr, "note", ""});
          } else {
            fixture_.host.log.append(about, node_skipped{nullptr, "why"});
          }
        }
        const auto at = fixture_.host.published_head();
        const auto to = fixture_.host.log.head();
        if (random_() % 2 == 0) fixture_.host.publish_head(to - random_() % (to - at + 1));
        break;
      }
      case 2:
        if (random_() % 20 == 0) fixture_.wanted = !fixture_.wanted;
        fixture_.recent.settle(fixture_.wanted);
        session_->pump();
        break;
      case 3:
      case 4:
        if (!looks().empty()) look();
        break;
      case 5:
      case 6:
        read(1 + random_() % 10);
        session_->pump();
        break;
      default:
        if (random_() % 10 == 0) session_->beat(fixture_.now);
        if (random_() % 30 == 0) {  // The line breaks: what is queued is lost.
          subscribe();
        }
    }
    if (around_->closed_with != 0) {
      ++cuts_;
      read(~std::size_t{0});
      subscribe();
    }
  }

  void look() {
    auto order = looks().front();
    looks().pop_front();
    if (order.up_to > fixture_.host.published_head()) faults_.emplace_back("read ahead");
    session_->looked(look_into(fixture_.host.log, order));
  }

  void read(std::size_t count) {
    for (const auto& f : around_->read(count)) {
      const auto v = parse_json(f.text).value();
      const auto& op = v.find("op")->as_text();
      const auto seq_of = [&](const value& from, const char* name) {
        return static_cast<std::uint64_t>(from.find(name)->as_number().to_int().value());
      };
      if (op == "error") faults_.push_back(f.text);
      if (op == "subscribed" && !last_) began_ = *(last_ = seq_of(v, "after"));
      if (op == "caught_up" || op == "heartbeat")
        note(seq_of(v, op == "caught_up" ? "seq" : "last_seq"));
      if (op != "event") continue;
      const auto seq = seq_of(*v.find("event"), "seq");
      seen_.push_back(seq);
      if (seq > fixture_.host.published_head()) faults_.emplace_back("not published yet");
      note(seq);
    }
  }
  /// A position: never back, and what a client resumes from.
  void note(std::uint64_t position) {
    if (!last_) return;  // A heartbeat before the subscription's answer.
    if (position < *last_) faults_.push_back("back to " + std::to_string(position));
    last_ = position;
  }

  bool done() {
    if (around_->closed_with != 0) {
      read(~std::size_t{0});
      subscribe();
    }
    const auto head = fixture_.host.log.head();
    if (fixture_.host.published_head() < head) fixture_.host.publish_head(head);
    fixture_.recent.settle(fixture_.wanted);
    session_->pump();
    if (!looks().empty() || !around_->queue.empty()) return false;
    session_->beat(fixture_.now);
    read(~std::size_t{0});
    return last_ == head;
  }

  std::mt19937& random_;
  live_fixture fixture_;
  std::unique_ptr<scripted_surroundings> around_;
  std::unique_ptr<live_session> session_;
  std::string wanted_;
  std::optional<std::uint64_t> last_;
  std::uint64_t began_ = 0;
  std::vector<std::uint64_t> seen_;
  std::vector<std::string> faults_;
  std::size_t cuts_ = 0, resumes_ = 0;
};

}  // namespace

TEST_CASE("each matching event is seen once and in order, whatever comes between") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::size_t seen = 0, cuts = 0, resumes = 0;
  for (int world = 0; world < 400; ++world) {
    CAPTURE(world);
    client_model client(random);
    client.run(500);
    client.check();
    seen += client.seen();
    cuts += client.cuts();
    resumes += client.resumes();
  }
  CHECK(seen > 50'000);
  CHECK(cuts > 100);
  CHECK(resumes > 1'000);
}
