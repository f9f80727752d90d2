#include "net/server/event_feed.hpp"

#include "net/live/recent_events.hpp"
#include "tests/net/fake_control.hpp"
#include "tests/support/catch.hpp"

using namespace pitwall;
using namespace pitwall::http;
using namespace pitwall::test;

namespace {

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// The last few of a host's events.
struct few_texts final : recent_texts {
  explicit few_texts(fake_control& host, std::size_t most = 100)
      : ring(live::recent_bounds{most, 1U << 20U}) {
    told = host.on_published([this](const committed_ref& c) { ring.offer(c); });
    ring.begin(host.published_head());
  }
  std::shared_ptr<void> join() override { return joined; }
  void settle() override { ring.settle(joined.use_count() > 1); }
  std::uint64_t first() const noexcept override { return ring.first(); }
  std::uint64_t last() const noexcept override { return ring.head(); }
  one at(std::uint64_t seq) const override {
    const auto& e = ring.at(seq);
    return {*e.scope, e.type};
  }

  std::string_view json(std::uint64_t seq) override { return live::event_json(*ring.frame(seq)); }

  live::recent_events ring;
  std::shared_ptr<int> joined = std::make_shared<int>();
  std::shared_ptr<void> told;
};

/// Of the whole history.
std::string as_sse(const fake_control& host, std::uint64_t first, std::uint64_t last) {
  std::string out;
  const auto page = host.log.read({first - 1, last - first + 1, {}, {}});
  for (const auto& e : page.value().events) append_sse(e, out);
  return out;
}

}  // namespace

TEST_CASE("who has caught up is told from memory what the journal would have said") {
  fake_control host;
  host.publish(5);
  few_texts recent(host);
  event_feed feed(host, {}, &recent);
  CHECK_FALSE(feed.at_once());  // Memory begins later.
  CHECK(feed.next().text == as_sse(host, 1, 5));
  CHECK_FALSE(feed.at_once());
  host.publish(2);
  CHECK(feed.ready());
  CHECK(feed.at_once().value().text == as_sse(host, 6, 7));
  CHECK_FALSE(feed.ready());
  // Published, and not in memory yet: the journal has it.
  host.log.append({}, execution_halted{"r", "halt"});
  recent.told.reset();
  host.publish_head(8);
  CHECK(feed.ready());
  CHECK_FALSE(feed.at_once());
  CHECK(feed.next().text == as_sse(host, 8, 8));
}

TEST_CASE("what memory has lost comes from the journal, and a page begun is ended first") {
  fake_control host;
  few_texts recent(host, 70);
  event_feed feed(host, {}, &recent);
  host.publish(100);
  std::string all;
  std::size_t pages = 0;
  while (feed.ready()) {
    auto c = feed.at_once();
    if (!c) ++pages;
    all += (c ? *c : feed.next()).text;
    if (pages == 1 && host.log.head() == 100) host.publish(50);
  }
  CHECK(all == as_sse(host, 1, 150));
  CHECK(pages == 2);
}

TEST_CASE("from memory too only what was asked for is told, in bounded chunks") {
  fake_control host;
  few_texts recent(host, 1'000);
  event_query wanted;
  wanted.types = {"execution_halted"};
  wanted.execution_id = "exec_b";
  event_feed feed(host, wanted, &recent);
  recent.settle();
  host.publish(3, {"exec_b", "b", "", ""});
  host.log.append({"exec_a", "a", "", ""}, execution_halted{"r", "halt"});
  host.log.append({"exec_b", "b", "", ""}, execution_halted{"r", "halt"});
  host.publish_head(5);
  CHECK(feed.at_once().value().text == as_sse(host, 5, 5));
  host.publish(1);
  CHECK(feed.at_once().value().text.empty());
  CHECK_FALSE(feed.ready());
  event_feed everything(host, {6, 0, {}, {}}, &recent);
  const std::string large(100'000, 'x');
  for (int i = 0; i < 4; ++i) host.log.append({}, notification_sent{nullptr, large, ""});
  host.publish_head(10);
  CHECK(count(everything.at_once().value().text, "id: ") == 2);
  CHECK(count(everything.at_once().value().text, "id: ") == 2);
  CHECK_FALSE(everything.at_once());
}

TEST_CASE("a feed is ready exactly while something published was not looked at") {
  fake_control host;
  event_feed feed(host, {});
  CHECK_FALSE(feed.ready());
  host.log.append({}, execution_halted{"r", "halt"});
  CHECK_FALSE(feed.ready());
  host.publish_head(1);
  CHECK(feed.ready());
  CHECK(count(feed.next().text, "id: 1\n") == 1);
  CHECK_FALSE(feed.ready());
}

TEST_CASE("a chunk is bounded, and what is left of a page is not read again") {
  fake_control host;
  const std::string large(100'000, 'x');
  for (int i = 0; i < 10; ++i) host.log.append({}, notification_sent{nullptr, large, ""});
  host.publish_head(10);
  event_feed feed(host, {});
  std::string all;
  int chunks = 0;
  while (feed.ready()) {
    const chunk c = feed.next();
    CHECK(c.text.size() < event_feed::chunk_bytes + 110'000);
    all += c.text;
    ++chunks;
  }
  CHECK(chunks == 5);
  CHECK(host.log.reads == 1);
  CHECK(count(all, "event: notification_sent\n") == 10);
}

TEST_CASE("a page is bounded") {
  fake_control host;
  host.publish(1'000);
  event_feed feed(host, {});
  feed.next();
  CHECK(host.log.handed_out == event_feed::page_events);
}

TEST_CASE("a journal that ends before what is published ends the feed instead of spinning") {
  fake_control host;
  host.publish(3);
  host.publish_head(5);
  event_feed feed(host, {});
  CHECK(feed.next().text.find("id: 3") != std::string::npos);
  REQUIRE(feed.ready());
  const chunk c = feed.next();
  CHECK(c.last);
  CHECK(c.text.starts_with("event: error\ndata: {"));
}

TEST_CASE("a cursor that expires on the way ends the feed with the reason") {
  fake_control host;
  host.publish(100);
  event_feed feed(host, {});
  REQUIRE(feed.open().ok());
  host.log.first_kept = 90;
  CHECK_FALSE(feed.next().last);
  const chunk c = feed.next();
  CHECK(c.last);
  CHECK(c.text.find("out_of_range") != std::string::npos);
}
