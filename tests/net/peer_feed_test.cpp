// What a host knows of a peer, from what the peer's own /ws says; the peer's side is the real one.
#include "net/peers/event_head.hpp"
#include "tests/net/peer_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

const std::chrono::steady_clock::time_point now{};

struct pair_of_hosts {
  explicit pair_of_hosts(const peers::feed_bounds& bounds = {}, std::size_t memory = 64)
      : there("e1", "tokyo", memory), here(bounds) {}

  /// Both talk until neither has anything to say; the first error of `here`.
  status talk() {
    while (true) {
      const auto said = std::exchange(here.out, {});
      for (const auto& f : said) there.hear(f);
      there.settle();
      const bool busy = !there.around->looks.empty() || !there.around->asked.empty();
      if (busy) there.work();
      const auto heard = there.around->read();
      if (said.empty() && heard.empty() && !busy) return done{};
      for (const auto& f : heard) {
        auto answer = here.feed.hear(f.text, now, token);
        if (!answer.ok()) return answer.error();
        here.say(std::move(*answer));
      }
    }
  }
  std::vector<std::uint64_t> seqs(std::uint64_t after = 0) const {
    std::vector<std::uint64_t> out;
    for (const auto& e : here.feed.read(after, ~std::size_t{0}).events) out.push_back(e->seq);
    return out;
  }

  peer_world there;
  one_peer here;
  peers::peer_feed::token_source token;
};

}  // namespace

TEST_CASE("peer feed: while nobody wants events it asks for none, and knows the host") {
  pair_of_hosts p;
  p.there.host.publish(50);
  p.there.connect();
  REQUIRE(p.talk().ok());
  const auto& is = p.here.feed.condition();
  CHECK(is.link == "connected");
  CHECK(is.epoch == "e1");
  CHECK(is.version == "7");
  CHECK(is.status == "ok");
  CHECK(is.last_seq == 50);
  REQUIRE(is.emergency);
  CHECK(is.emergency->empty());
  p.there.host.publish(50);
  REQUIRE(p.talk().ok());
  CHECK_FALSE(p.here.feed.read(0, 10).begun);
  CHECK(is.events == 0);
}

TEST_CASE("peer feed: who comes with an older cursor gets it from the peer's journal") {
  pair_of_hosts p({40, 1U << 20U, 10});
  p.there.host.publish(50);
  p.there.connect();
  REQUIRE(p.talk().ok());
  const auto first = p.here.join("tokyo", {});
  REQUIRE(p.talk().ok());
  CHECK(p.seqs().front() == 41);
  SECTION("as far as there is room here") {
    const auto second = p.here.join("tokyo", 20);
    CHECK_FALSE(p.here.feed.read(20, 1).begun);  // Else it would be told that they are gone.
    REQUIRE(p.talk().ok());
    CHECK(p.seqs().size() == 30);
    CHECK(p.seqs().front() == 21);
    CHECK(p.here.feed.read(20, 1).synced);
    p.there.host.publish(1);
    REQUIRE(p.talk().ok());
    CHECK(p.seqs().back() == 51);
  }
  SECTION("also where the line breaks meanwhile") {
    const auto second = p.here.join("tokyo", 20);
    if (GENERATE(false, true)) p.there.hear(p.here.out.at(0));
    p.here.out.clear();
    p.here.feed.lost({errc::unavailable, "gone", {}, {}});
    p.there.connect();
    REQUIRE(p.talk().ok());
    CHECK(p.seqs().front() == 21);
  }
  SECTION("and no further") {
    const auto second = p.here.join("tokyo", 5);
    REQUIRE(p.talk().ok());
    CHECK(p.seqs().front() == 41);
  }
  SECTION("until the peer agrees, what is here stays for the others") {
    const auto stays = [&](const char* when) {
      CAPTURE(when);
      CHECK(p.seqs(45).front() == 46);
      CHECK(p.here.feed.read(45, 1).begun);
      CHECK_FALSE(p.here.feed.read(20, 1).begun);
    };
    const bool away = GENERATE(false, true);
    if (away) p.here.feed.lost({errc::unavailable, "gone", {}, {}});
    const auto second = p.here.join("tokyo", 20);
    stays("asked");
    if (!away) p.here.feed.lost({errc::unavailable, "gone", {}, {}});
    p.here.out.clear();
    stays("the line broke");
    p.there.connect();
    REQUIRE(p.talk().ok());
    CHECK(p.seqs(20).size() == 30);
    CHECK(p.here.feed.condition().gaps == 0);
  }
  SECTION("and not for a cursor that is in memory, or stands for the first that is") {
    const auto second = p.here.join("tokyo", 45), third = p.here.join("tokyo", 0);
    CHECK(p.here.out.empty());
  }
  SECTION("also while the first is still waiting for its own") {
    p.here.feed.lost({errc::unavailable, "gone", {}, {}});
    const auto second = p.here.join("tokyo", 20);
    p.there.connect();
    REQUIRE(p.talk().ok());
    CHECK(p.seqs().front() == 21);
  }
}

TEST_CASE("peer feed: a peer that has less than what is here takes nothing of it away") {
  pair_of_hosts p({40, 1U << 20U, 10}, 5);
  p.there.host.publish(50);
  p.there.connect();
  REQUIRE(p.talk().ok());
  const auto first = p.here.join("tokyo", {});
  REQUIRE(p.talk().ok());
  REQUIRE(p.seqs().front() == 41);
  const auto [first_kept, front] =
      GENERATE(table<std::uint64_t, std::uint64_t>({{31, 31}, {41, 41}, {46, 41}}));
  CAPTURE(first_kept);
  p.there.host.log.first_kept = first_kept;
  const auto second = p.here.join("tokyo", 20);
  REQUIRE(p.talk().ok());
  CHECK(p.seqs().front() == front);
  CHECK(p.seqs().back() == 50);
  const auto page = p.here.feed.read(20, 1);
  CHECK(page.begun);  // And so it is told that they are gone.
  CHECK(page.begin == front - 1);
  CHECK(page.synced);
  p.there.host.publish(1);
  REQUIRE(p.talk().ok());
  CHECK(p.seqs().back() == 51);
}

TEST_CASE(
    "peer feed: it begins with the oldest cursor of those that have come before it is there") {
  pair_of_hosts p({40, 1U << 20U, 10});
  p.there.host.publish(50);
  const auto first = p.here.join("tokyo", {}), second = p.here.join("tokyo", 20),
             third = p.here.join("tokyo", 30);
  p.there.connect();
  REQUIRE(p.talk().ok());
  CHECK(p.seqs().front() == 21);
}

TEST_CASE("peer feed: emergency changes are known as they are told") {
  pair_of_hosts p;
  p.there.connect();
  REQUIRE(p.talk().ok());
  const auto change = [&](const char* scope, const char* from, const char* to) {
    p.there.host.log.append({}, emergency_state_changed{scope, from, to, "why", "ann", "manual"});
    p.there.host.publish_head(p.there.host.log.head());
    REQUIRE(p.talk().ok());
    return *p.here.feed.condition().emergency;
  };
  using scopes = std::map<std::string, std::string>;
  CHECK(change("global", "normal", "halt") == scopes{{"global", "halt"}});
  CHECK(change("bot:b", "normal", "alert") == scopes{{"bot:b", "alert"}, {"global", "halt"}});
  CHECK(change("global", "halt", "normal") == scopes{{"bot:b", "alert"}});
  // What it says of itself with the next sign of life counts, too.
  p.there.health = R"({"status":"halted","version":"7","emergency":{"state":"halt",)"
                   R"("scopes":[{"scope":"global","state":"halt"}]}})";
  p.there.beat();
  REQUIRE(p.talk().ok());
  CHECK(*p.here.feed.condition().emergency == scopes{{"global", "halt"}});
  // And stays known while it is away.
  p.here.feed.lost({errc::unavailable, "gone", {}, {}});
  CHECK(p.here.feed.condition().link == "unreachable");
  CHECK(p.here.feed.condition().trouble == "gone");
  CHECK(*p.here.feed.condition().emergency == scopes{{"global", "halt"}});
}

TEST_CASE("peer feed: an answer that is older than a change is asked for again") {
  pair_of_hosts p;
  p.there.connect();
  REQUIRE(p.talk().ok());
  p.there.beat();
  for (const auto& f : p.there.around->read()) p.here.say(*p.here.feed.hear(f.text, now, {}));
  REQUIRE(p.here.out.size() == 1);  // It asks; the answer is under way when the change comes.
  p.there.host.log.append({}, emergency_state_changed{"global", "normal", "halt", "", "a", "m"});
  const auto e = p.there.host.log.read({}).value().events.back();
  const auto told = *live::event_frame(e.seq, *e.scope, e.what);
  REQUIRE(p.here.feed.hear(told, now, {}).ok());
  const auto answer = R"({"op":"state","id":"state","kind":"host","state":)" + p.there.health + "}";
  const auto again = p.here.feed.hear(answer, now, {});
  REQUIRE(again.ok());
  CHECK(again->size() == 1);
  CHECK(p.here.feed.condition().emergency->at("global") == "halt");
}

TEST_CASE(
    "peer feed: who wants events gets the last ones, and all from then on, with their origin") {
  pair_of_hosts p({1'000, 1U << 20U, 10});
  p.there.host.publish(50, {"exec_a", "a", "bot", ""});
  p.there.connect();
  REQUIRE(p.talk().ok());
  auto viewer = p.here.join("tokyo", {});
  REQUIRE(p.talk().ok());
  CHECK(p.seqs() == std::vector<std::uint64_t>{41, 42, 43, 44, 45, 46, 47, 48, 49, 50});
  p.there.host.publish(2);
  REQUIRE(p.talk().ok());
  CHECK(p.seqs(49) == std::vector<std::uint64_t>{50, 51, 52});
  const auto page = p.here.feed.read(40, 1);
  CHECK(page.begin == 40);
  CHECK(page.last == 52);
  CHECK(page.synced);
  const auto frame = parse_json(*page.events[0]->frame).value();
  const value* event = frame.find("event");
  CHECK(event->find("seq")->as_number() == decimal(41));
  CHECK(event->find("bot_id")->as_text() == "bot");
  CHECK(to_json(*event->find("origin")) == R"({"host":"tokyo","epoch":"e1","seq":41})");
  CHECK(page.events[0]->scope.bot_id == "bot");
  viewer.reset();
  CHECK_FALSE(p.here.feed.read(0, 1).begun);
  CHECK(p.here.feed.bytes() == 0);
}

TEST_CASE("peer feed: the first viewer's cursor may begin further back than usual") {
  pair_of_hosts p({30, 1U << 20U, 10});
  p.there.host.publish(100);
  p.there.connect();
  const auto viewer = p.here.join("tokyo", 75);
  REQUIRE(p.talk().ok());
  CHECK(p.here.feed.read(0, 0).begin == 75);
  pair_of_hosts q({30, 1U << 20U, 10});
  q.there.host.publish(100);
  q.there.connect();
  const auto other = q.here.join("tokyo", 2);
  REQUIRE(q.talk().ok());
  CHECK(q.here.feed.read(0, 0).begin == 70);
}

TEST_CASE("peer feed: it goes on where a connection ended, and begins anew with another journal") {
  pair_of_hosts p;
  p.there.host.publish(5);
  p.there.connect();
  const auto viewer = p.here.join("tokyo", {});
  REQUIRE(p.talk().ok());
  p.here.feed.lost({errc::unavailable, "gone", {}, {}});
  CHECK_FALSE(p.here.feed.read(0, 0).synced);
  p.there.host.publish(5);
  p.there.connect();
  REQUIRE(p.talk().ok());
  CHECK(p.seqs() == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  CHECK(p.here.feed.condition().gaps == 0);
  peer_world next("e2");
  next.host.publish(3);
  next.connect();
  p.here.feed.lost({errc::unavailable, "gone", {}, {}});
  for (const auto& f : next.around->read()) p.here.say(*p.here.feed.hear(f.text, now, {}));
  CHECK_FALSE(p.here.feed.read(0, 0).begun);
  CHECK(p.here.feed.read(0, 0).epoch == "e2");
  CHECK(p.here.out.front().find(R"("after":0)") != std::string::npos);
}

TEST_CASE("peer feed: a gap is seen, and not passed on") {
  pair_of_hosts p;
  p.there.host.publish(3);
  p.there.connect();
  const auto viewer = p.here.join("tokyo", {});
  REQUIRE(p.talk().ok());
  p.there.host.publish(2);
  p.there.settle();
  auto frames = p.there.around->read();
  REQUIRE(frames.size() == 2);
  const auto heard = p.here.feed.hear(frames[1].text, now, {});
  REQUIRE_FALSE(heard.ok());
  CHECK(heard.error().code == errc::unavailable);
  CHECK(p.here.feed.condition().gaps == 1);
  CHECK(p.seqs().back() == 3);
  CHECK_FALSE(p.here.feed.hear(frames[1].text + "}", now, {}).ok());
}

TEST_CASE("peer feed: what is kept no more there begins with what is") {
  pair_of_hosts p({1'000, 1U << 20U, 40}, 5);
  p.there.host.publish(50);
  p.there.host.log.first_kept = 31;
  p.there.connect();
  const auto viewer = p.here.join("tokyo", {});
  REQUIRE(p.talk().ok());
  CHECK(p.here.feed.read(0, 0).begin == 30);
  CHECK(p.seqs().size() == 20);
}

TEST_CASE("peer feed: a journal whose beginning is gone begins with what is kept") {
  pair_of_hosts p({1'000, 1U << 20U, 1'000}, 5);
  p.there.host.publish(50);
  p.there.host.log.first_kept = 31;
  p.there.connect();
  const auto viewer = p.here.join("tokyo", {});
  REQUIRE(p.talk().ok());
  CHECK(p.here.feed.read(0, 0).begin == 30);
  CHECK(p.seqs().size() == 20);
  CHECK(p.here.feed.condition().gaps == 0);
}

TEST_CASE("peer feed: a host by another name is not listened to") {
  pair_of_hosts p;
  peer_world other("e1", "osaka");
  other.connect();
  const auto heard = p.here.feed.hear(other.around->read().at(0).text, now, {});
  REQUIRE_FALSE(heard.ok());
  CHECK(heard.error().message.find("osaka") != std::string::npos);
  CHECK(p.here.feed.condition().link != "connected");
}

TEST_CASE("peer feed: it shows its token where one is asked for, and says so where it has none") {
  pair_of_hosts p;
  p.there.connect(std::nullopt);
  p.there.around->tokens["pw_good"] = access::scopes::all();
  REQUIRE_FALSE(p.talk().ok());
  p.token = [] { return result<std::string>("pw_good"); };
  p.there.connect(std::nullopt);
  p.there.around->tokens["pw_good"] = access::scopes::all();
  REQUIRE(p.talk().ok());
  CHECK(p.here.feed.condition().link == "connected");
  CHECK(p.here.feed.condition().status == "ok");
}

TEST_CASE("an event's head is read from whatever order and spelling its members have") {
  const auto head = peers::read_event_head(
      R"({"type":"x","strategy_id":"s\u0022","bot_id":null,"seq":12,"workflow_id":"w"})");
  REQUIRE(head);
  CHECK(head->seq == 12);
  CHECK(head->type == "x");
  CHECK(head->scope == event_scope{"", "w", "", "s\""});
  for (const char* wrong : {"", "{}", "[]", R"({"seq":-1,"type":"x"})", R"({"seq":1.5,"type":"x"})",
                            R"({"seq":1})", R"({"seq":"1","type":"x"})", R"({"seq":1,"type":"x")"})
    CHECK_FALSE(peers::read_event_head(wrong));
}
