#include "net/server/event_feed.hpp"

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

}  // namespace

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
