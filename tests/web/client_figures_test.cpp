// Figures, bounds, and the picture in the README.
#include <array>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/web/page_host.hpp"

namespace pitwall::test {
namespace {

/// Answers /metrics in place of the host, whatever that serves.
constexpr const char* some_metrics = R"(
  window.fetched = [];
  window.fetch = async (url, how) => {
    const {Accept, Authorization = 'none'} = how.headers;
    fetched.push([String(url), Accept, Authorization, how.credentials]);
    return new Response(JSON.stringify({
      pitwall_events_total:
        {type: 'counter', help: 'Events.', samples: [{labels: {}, value: 1234.5}]},
      pitwall_orders: {type: 'gauge', help: '<b>Orders</b>', samples: [
        {labels: {venue: 'paper'}, value: 3}, {labels: {venue: '<img src=x>'}, value: 'NaN'}]},
      pitwall_broken: null,
    }), {headers: {'Content-Type': 'application/json; charset=utf-8'}});
  };)";

}  // namespace

TEST_CASE("the metrics of the host are shown and filtered") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  SECTION("of a host that serves them as JSON") {
    b.before_pages(some_metrics);
    open_live(b, host);
    b.await("document.querySelectorAll('#metrics-rows tr').length === 3");
    CHECK(b.truth("document.getElementById('metrics').innerText.includes('1,234.5')"));
    CHECK(b.truth("document.getElementById('metrics').innerText.includes('venue=<img src=x>')"));
    CHECK(shown(b, "metrics-hint") == "3 samples");
    b.fill("#metrics-search", "orders paper");
    b.await("document.querySelectorAll('#metrics-rows tr').length === 1");
    b.fill("#token", "secret");
    b.await("fetched.length > 1 && fetched.at(-1)[2] === 'Bearer secret'");
    CHECK(b.text("fetched[0].slice(1)") == "application/json,none,omit");
    CHECK(b.text("new URL(fetched[0][0]).pathname") == "/metrics");
  }
  SECTION("or it is said that the host does not") {
    open_live(b, host);
    b.await("document.getElementById('metrics-says').textContent !== 'Not asked yet.'");
    if (host.status_of("/metrics") == 404) {
      CHECK(shown(b, "metrics-says") == "This host does not serve /metrics.");
    } else {
      b.await("document.querySelectorAll('#metrics-rows tr').length > 0");
    }
  }
}

TEST_CASE("a flood of events leaves the log bounded and the page awake") {
  page_host host({workflow_file{"trades", trades}}, "memory");
  browser b;
  b.before_pages(R"(window.turns = 0; window.longest = 0;
    document.addEventListener('DOMContentLoaded', () => {
      new MutationObserver(() => ++turns).observe(document.getElementById('received'),
        {childList: true, characterData: true, subtree: true});
      let last = performance.now();
      const frame = (now) => {
        longest = Math.max(longest, now - last);
        last = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });)");
  open_live(b, host);
  std::array<bool, 2> whole{};
  std::thread one([&] { whole[0] = host.runs("trades", 350); });
  std::thread other([&] { whole[1] = host.runs("trades", 350); });
  one.join();
  other.join();
  REQUIRE(whole == std::array{true, true});
  const auto head = host.head();
  REQUIRE(head > 7'000);
  await_cursor(b, head);
  CHECK(shown(b, "received") == std::to_string(head));
  CHECK(shown(b, "gaps") == "0");
  CHECK(shown(b, "doubles") == "0");
  b.await("document.getElementById('shown').textContent === '5000 of at most 5000'");
  CHECK(b.number("document.querySelectorAll('.row').length") < 100);
  CHECK(b.number("document.querySelectorAll('*').length") < 1'500);
  CHECK(b.number("turns") > 3);
  b.await("document.getElementById('peak').textContent > 0");
  WARN("peak " << shown(b, "peak") << " events/s, " << b.number("turns")
               << " drawings, longest frame " << b.number("longest") << " ms");
  const auto kept = exported(b);
  CHECK(kept == host.events({"--after", std::to_string(head - 5'000)}));

  // What a reader looks at stays where it is while more comes.
  std::string keys = "l" + key::end;
  for (int n = 0; n < 60; ++n) keys += key::up;
  b.press(keys);
  b.await(
      "document.getElementById('detail-title').textContent.includes(' ' + "
      "document.querySelector('.row.chosen .seq').textContent + ' ')");
  const auto chosen = shown(b, "detail-title");
  const auto top = b.number("document.querySelector('.row.chosen').getBoundingClientRect().top");
  host.run("trades", 20);
  await_cursor(b, host.head());
  CHECK(shown(b, "detail-title") == chosen);
  CHECK(b.number("document.querySelector('.row.chosen').getBoundingClientRect().top") == top);
  b.press("f");
  b.await("document.getElementById('rows').innerText.includes('" + std::to_string(host.head()) +
          "')");
}

TEST_CASE("large events count by their size") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  CHECK(b.text("(() => { const r = new Ring(5000, 1000);"
               "for (let n = 0; n < 50; ++n) r.push({json: 'x'.repeat(100)});"
               "r.push({json: 'y'.repeat(5000)}); return [r.next - r.first, r.held]; })()") ==
        "1,5000");
  CHECK(b.text("[...laidOut('{\"a\":[1.50,{}],\"b\":\"x\\\\\"y\"}')].map((p) => p[1]).join('')") ==
        "{\n  \"a\": [\n    1.50,\n    {}\n  ],\n  \"b\": \"x\\\"y\"\n}");
}

TEST_CASE("a picture of the page at work") {
  page_host host({workflow_file{"dip_buyer", trades}, workflow_file{"momentum", trades}});
  browser b;
  b.resize(1230, 716);
  open_live(b, host);
  host.run("dip_buyer", 4);
  host.run("momentum", 3);
  await_cursor(b, host.head());
  b.press("l" + key::end + key::up + key::up);
  b.await("document.getElementById('detail-title').textContent.endsWith('order_filled')");
  b.await("document.getElementById('by-type').innerText.includes('order_filled')");
  b.await("document.getElementById('version').textContent !== '–'");
  b.await("document.getElementById('metrics-says').textContent !== 'Not asked yet.'");
  b.run("document.activeElement.blur();");
  const auto picture = b.screenshot();
  CHECK(picture.starts_with("\x89PNG"));
  CHECK(picture.size() > 20'000);
  if (const char* to = std::getenv("PITWALL_SCREENSHOT"); to != nullptr)
    std::ofstream(to, std::ios::binary) << picture;
}

}  // namespace pitwall::test
