// Halting and resuming from the page, with the keyboard alone, and on a phone.
#include "tests/web/page_host.hpp"

namespace pitwall::test {
namespace {

/// As `pitwall emergency status --json` says of everything.
std::string state_of(const page_host& host) {
  return parse_json(host.cli({"emergency", "status", "--json"}).out)->find("state")->as_text();
}

/// What has the focus: its id, and how it is outlined.
std::string focus(const browser& b) { return b.text("document.activeElement.id"); }
bool focus_shows(const browser& b) {
  return b.truth("getComputedStyle(document.activeElement).outlineStyle === 'solid'");
}

/// An event is shown as JSON; what its parts are shows, on a dark ground.
void check_json(browser& b) {
  CHECK(shown(b, "json").find("\"type\": \"order_filled\"") != std::string::npos);
  CHECK(b.text("[...new Set([...document.querySelectorAll('#json [class^=\"t-\"]')]"
               ".map((e) => getComputedStyle(e).color))].length > 3 && "
               "['key', 'string', 'number', 'mark'].every("
               "(kind) => document.querySelector('#json .t-' + kind) !== null) ? 'yes' : 'no'") ==
        "yes");
  CHECK(b.number(
            "Math.max(...getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g)"
            ".slice(0, 3).map(Number))") < 64);
}

}  // namespace

TEST_CASE("a halt and a resume from the page reach the host, once they are confirmed") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  b.await("document.getElementById('gate').textContent === 'Emergency: normal'");

  b.click("#halt");
  CHECK(shown(b, "emergency-says").find("Give a reason") != std::string::npos);
  b.fill("#reason", "prices look wrong");
  b.click("#halt");
  b.await("document.getElementById('confirm').open");
  CHECK(shown(b, "confirm-title") == "Halt global?");
  CHECK(shown(b, "confirm-reason") == "prices look wrong");
  b.click("#confirm-no");
  CHECK(state_of(host) == "normal");

  b.click("#halt");
  b.click("#confirm-yes");
  b.await("document.getElementById('gate').textContent === 'Emergency: halt'");
  b.await("document.getElementById('emergency-says').textContent.includes('normal → halt, done')");
  CHECK(state_of(host) == "halt");
  const auto changes = host.events({"--types", "emergency_state_changed"});
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].find("reason")->as_text() == "prices look wrong");
  CHECK(b.truth("document.getElementById('gate').classList.contains('bad')"));

  b.fill("#reason", "checked");
  b.click("#resume");
  CHECK(shown(b, "emergency-says").find("needs the name") != std::string::npos);
  b.fill("#operator", "ana");
  b.click("#resume");
  b.await("document.getElementById('confirm').open");
  CHECK(focus(b) == "confirm-no");
  b.click("#confirm-yes");
  b.await("document.getElementById('gate').textContent === 'Emergency: normal'");
  CHECK(state_of(host) == "normal");

  SECTION("of one scope too, and a change made elsewhere shows") {
    b.click("#scope");
    b.press("b");
    b.press(key::enter);
    b.fill("#scope-name", "demo");
    b.fill("#reason", "too many orders");
    b.click("#halt");
    b.await("document.getElementById('confirm-scope').textContent === 'bot:demo'");
    b.click("#confirm-yes");
    b.await("document.getElementById('scopes').textContent.includes('bot:demo')");
    CHECK(state_of(host) == "normal");
    CHECK(host.cli({"emergency", "halt", "--reason", "elsewhere"}).exit_code == 0);
    b.await("document.getElementById('gate').textContent === 'Emergency: halt · 1 in part'");
  }
}

TEST_CASE("who may not halt sees why, and cannot") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  b.await("document.getElementById('gate').textContent === 'Emergency: normal'");
  b.run("session.out.scopes(['read']);");
  CHECK(b.truth("document.getElementById('halt').matches(':disabled')"));
  CHECK(b.truth("document.getElementById('reason').matches(':disabled')"));
  CHECK(shown(b, "emergency-says").find("needs the scope control") != std::string::npos);
  b.run("session.out.scopes(['read', 'control']);");
  CHECK_FALSE(b.truth("document.getElementById('halt').matches(':disabled')"));
  CHECK(shown(b, "emergency-says").empty());
  b.click("#connect");
  b.await("document.body.dataset.state === 'idle'");
  CHECK(b.truth("document.getElementById('halt').matches(':disabled')"));
  CHECK(shown(b, "gate") == "Emergency: normal, as last heard");
}

TEST_CASE("a key right after the shortcuts were closed is not lost to a field inside them") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  // Until the page is drawn anew, the focus is where it was inside the dialog that has closed.
  b.run(
      "const keys = document.getElementById('keys');"
      "keys.showModal(); document.getElementById('keys-on').focus(); keys.close();"
      "document.getElementById('keys-on').dispatchEvent("
      "  new KeyboardEvent('keydown', {key: '/', bubbles: true, cancelable: true}));");
  CHECK(focus(b) == "search");
}

TEST_CASE("everything can be done with the keyboard, and the focus shows") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  host.run("trades");
  await_cursor(b, host.head());

  b.press("?");
  b.await("document.getElementById('keys').open");
  b.press(key::escape);
  b.await("!document.getElementById('keys').open");
  b.press("/");
  CHECK(focus(b) == "search");
  CHECK(focus_shows(b));
  b.press("order_filled");
  b.await("document.getElementById('shown').textContent.startsWith('1 of')");
  CHECK(b.text("document.getElementById('pause').getAttribute('aria-pressed')") == "false");
  b.press(key::escape);
  CHECK(focus(b) == "log");
  CHECK(focus_shows(b));
  b.press(key::end + key::up + key::up);
  b.await("document.getElementById('detail-title').textContent.endsWith('order_filled')");
  b.await(
      "document.getElementById(document.getElementById('log').getAttribute("
      "'aria-activedescendant')).getAttribute('aria-selected') === 'true'");
  b.press(key::enter);
  CHECK(focus(b) == "json");
  check_json(b);
  b.press(key::escape);
  CHECK(focus(b) == "log");
  CHECK(b.truth("document.getElementById('detail').hidden"));
  b.press("p");
  b.await("document.getElementById('pause').textContent === 'Go on'");
  b.press("p");

  b.press("h");
  CHECK(focus(b) == "reason");
  b.press("by keys" + key::tab);
  CHECK(focus(b) == "operator");
  b.press("ana" + key::tab);
  CHECK(focus(b) == "halt");
  CHECK(focus_shows(b));
  b.press(key::enter);
  b.await("document.getElementById('confirm').open");
  CHECK(focus(b) == "confirm-yes");
  b.press(key::enter);
  b.await("document.getElementById('gate').textContent === 'Emergency: halt'");
  CHECK(state_of(host) == "halt");

  // From the first to the last control, each with a name and an outline.
  open_live(b, host);
  b.run(
      "window.passed = []; document.addEventListener('focusin', (e) => passed.push("
      "e.target.id + (getComputedStyle(e.target).outlineStyle === 'solid' ? '' : ' unseen')));");
  std::string tabs;
  for (int n = 0; n < 40; ++n) tabs += key::tab;
  b.press(tabs);
  const auto passed = b.text("passed.join(' ')") + ' ';
  CHECK(passed.find("unseen") == std::string::npos);
  for (const auto* id :
       {"show-keys", "url",          "token",  "connect",       "all",   "workflow-ids",
        "bot-ids",   "strategy-ids", "types",  "begin",         "scope", "reason",
        "operator",  "halt",         "resume", "search",        "pause", "follow",
        "export",    "clear",        "log",    "metrics-search"}) {
    INFO(id << " in " << passed);
    CHECK(passed.find(std::string(id) + ' ') != std::string::npos);
  }
  CHECK(b.text("[...document.querySelectorAll('input, select, textarea, button')].filter((e) => "
               "!(e.tagName === 'BUTTON' ? e.textContent.trim() || e.id === 'confirm-yes' : "
               "e.labels.length)).map((e) => e.id)") == "");
}

TEST_CASE("on a desk the panels scroll, and not the page") {
  page_host host({workflow_file{"trades", trades}});
  host.run("trades");
  browser b;
  for (const auto& [width, height] : {std::pair{1024, 560}, {800, 600}, {1920, 1080}}) {
    b.resize(width, height);
    open_live(b, host);
    await_cursor(b, host.head());
    INFO(width);
    CHECK(b.truth("document.documentElement.scrollHeight <= innerHeight"));
    CHECK(b.truth("document.documentElement.scrollWidth <= innerWidth"));
    CHECK(b.truth("document.querySelector('header').offsetHeight < 60"));
    CHECK(b.truth("document.getElementById('log').offsetHeight >= 200"));
  }
}

TEST_CASE("the page fits a phone of 360 pixels, whatever is open and however long the text") {
  page_host host({workflow_file{"trades", trades}});
  host.run("trades");
  REQUIRE(host.cli({"emergency", "halt", "--scope", "bot:" + std::string(120, 'b'), "--reason",
                    std::string(400, 'r')})
              .exit_code == 0);
  browser b;
  b.resize(360, 740);
  open_live(b, host);
  await_cursor(b, host.head());
  const std::string fits =
      "document.documentElement.scrollWidth <= 360 && "
      "[...document.querySelectorAll('header, main, aside, form, .tools, .log, .detail, dialog')]"
      ".every((e) => e.getBoundingClientRect().right <= 360.5)";
  CHECK(b.number("innerWidth") == 360);
  CHECK(b.truth(fits));
  CHECK_FALSE(b.truth("document.getElementById('panel-connection').open"));
  b.run("for (const d of document.querySelectorAll('details')) d.open = true;");
  CHECK(b.truth(fits));
  b.press("l" + key::end);
  b.await("!document.getElementById('detail').hidden");
  CHECK(b.truth(fits));
  b.fill("#reason", std::string(100, 'x'));
  b.click("#halt");
  b.await("document.getElementById('confirm').open");
  CHECK(b.truth(fits));
  b.press(key::escape);
  b.press(key::escape);
  b.run("document.activeElement.blur();");
  b.press("?");
  b.await("document.getElementById('keys').open");
  CHECK(b.truth(fits));
  // Two lines for an event, and none over the other.
  CHECK(
      b.truth("document.querySelector('.row .what').getBoundingClientRect().top >= "
              "document.querySelector('.row .type').getBoundingClientRect().bottom - 1"));
}

}  // namespace pitwall::test
