// The test client shows what happens on a host, and lets nothing of it become more than text.
#include "tests/web/page_host.hpp"

namespace pitwall::test {
namespace {

/// Everything that a file may bring along, in names, messages and ids of nodes.
constexpr const char* hostile = R"({
  "name": "<b>bold</b>",
  "blocks": [
    {"id": "go", "name": "</script><script>window.hacked = 'script'; alert(1)</script>",
     "type": "manual_trigger", "category": "triggers"},
    {"id": "<img src=x onerror=\"window.hacked = 'id'; alert(2)\">", "type": "notify",
     "category": "actions", "properties":
       {"message": "<img src=x onerror=\"window.hacked = 'message'; alert(3)\"> \u202edesrever"}}],
  "connections": [{"from": {"blockId": "go", "index": 0}, "to": {"blockId":
    "<img src=x onerror=\"window.hacked = 'id'; alert(2)\">", "index": 0}}]})";

void subscribe_to(const browser& b, const std::string& field, const std::string& ids) {
  b.fill("#" + field, ids);
  b.click("#subscription button.primary");
}

}  // namespace

TEST_CASE("the page connects by itself and shows what an execution does, as it is journaled") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  CHECK(b.truth("document.getElementById('empty').offsetHeight > 0"));
  host.run("trades");
  await_cursor(b, host.head());
  b.await("document.getElementById('rows').innerText.includes('execution_completed')");
  CHECK(shown(b, "state") == "Live");
  CHECK(shown(b, "received") == std::to_string(host.head()));
  CHECK(shown(b, "gaps") == "0");
  CHECK(b.truth("document.getElementById('rows').innerText.includes('symbol=\"BTC/USDT\"')"));
  CHECK(b.text("[...document.querySelectorAll('.row:not([hidden]) .seq')].map((e) => "
               "Number(e.textContent)).every((n, i, all) => i === 0 || n === all[i - 1] + 1)") ==
        "true");
  b.await("document.getElementById('by-type').innerText.includes('order_filled')");
  b.await("/\\d\\d:\\d\\d:\\d\\d/.test(document.getElementById('host-up').textContent)");
  CHECK(exported(b) == host.events());
  CHECK(b.text("violations") == "");
}

TEST_CASE("a subscription by workflow, bot, strategy and type brings those events alone") {
  std::string second = trades;
  second.replace(second.find("demo"), 4, "other");
  page_host host({workflow_file{"first", trades}, workflow_file{"second", second}});
  browser b;
  open_live(b, host);
  host.run("first");
  host.run("second");
  const auto each = host.head() / 2;
  await_cursor(b, 2 * each);

  subscribe_to(b, "workflow-ids", "second");
  b.await("document.getElementById('shown').textContent.startsWith('" + std::to_string(each) +
          " of')");
  CHECK_FALSE(b.truth("document.getElementById('all').checked"));
  for (const auto& e : exported(b)) CHECK(e.find("workflow_id")->as_text() == "second");
  host.run("first");
  host.run("second");
  b.await("document.getElementById('shown').textContent.startsWith('" + std::to_string(2 * each) +
          " of')");
  for (const auto& e : exported(b)) CHECK(e.find("workflow_id")->as_text() == "second");
  CHECK(shown(b, "gaps") == "0");
  b.await("document.getElementById('gap-says').textContent.startsWith('With a filter')");

  b.fill("#workflow-ids", " ");
  b.fill("#bot-ids", "nobody, demo");
  subscribe_to(b, "types", "order_filled");
  b.await("document.getElementById('shown').textContent.startsWith('2 of')");
  for (const auto& e : exported(b)) {
    CHECK(e.find("bot_id")->as_text() == "demo");
    CHECK(e.find("type")->as_text() == "order_filled");
  }
  b.fill("#bot-ids", " ");
  b.fill("#types", " ");
  subscribe_to(b, "strategy-ids", "first-steps");
  b.await("document.getElementById('shown').textContent.startsWith('" + std::to_string(4 * each) +
          " of')");

  subscribe_to(b, "types", "order_filed");
  b.await("document.getElementById('subscription-says').textContent.includes('order_filled')");
  b.fill("#strategy-ids", " ");
  subscribe_to(b, "types", " ");
  CHECK(shown(b, "subscription-says").find("names nothing") != std::string::npos);
  b.click("#all");
  b.click("#subscription button.primary");
  await_cursor(b, host.head());
  CHECK(shown(b, "filter-hint") == "everything");
}

TEST_CASE("hostile text in names, ids and messages stays text, wherever the page shows it") {
  page_host host({workflow_file{"hostile", hostile}});
  browser b;
  b.before_pages("for (const n of ['alert', 'confirm', 'prompt']) window[n] = () => hacked = n;");
  open_live(b, host);
  host.run("hostile");
  CHECK(host.cli({"emergency", "halt", "--reason", "<img src=x onerror=hacked=4>", "--scope",
                  "bot:<svg/onload=hacked=5>"})
            .exit_code == 0);
  await_cursor(b, host.head());
  b.await("document.getElementById('scopes').textContent.includes('<svg/onload=hacked=5>')");
  // Every event in full, one after the other.
  b.run(
      "window.all = []; new MutationObserver(() => all.push(document.getElementById('detail')."
      "textContent)).observe(document.getElementById('json'), {childList: true});");
  std::string keys = "l" + key::end;
  for (auto left = host.head(); left > 0; --left) keys += key::up;
  b.press(keys);
  b.await("document.getElementById('detail-title').textContent.startsWith('seq 1 ')");
  const auto all = b.text("all.join()");
  CHECK(all.find(R"(<img src=x onerror=\"window.hacked = 'message'; alert(3)\">)") !=
        std::string::npos);
  CHECK(all.find("</script><script>window.hacked") != std::string::npos);
  CHECK(all.find("<img src=x onerror=hacked=4>") != std::string::npos);
  // What would turn the text around is shown by its code.
  CHECK(all.find("\\u202edesrever") != std::string::npos);
  CHECK(all.find("\u202e") == std::string::npos);
  CHECK(b.truth("document.getElementById('rows').innerText.includes('<img src=x onerror=')"));

  CHECK(b.text("typeof window.hacked") == "undefined");
  CHECK_FALSE(b.dialog_open());
  CHECK(b.number("document.querySelectorAll('img, iframe, object, embed, b b').length") == 0);
  CHECK(b.number("document.scripts.length") == 1);
  CHECK(b.text("violations") == "");
}

TEST_CASE("were there a way in, the page's policy would not let what came in run") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  b.run(
      "const div = document.createElement('div'); document.body.append(div);"
      "div.innerHTML = '<img src=x onerror=\"window.hacked = 1\"><b style=\"color:red\">x</b>';"
      "const script = document.createElement('script'); script.textContent = 'window.hacked = 2';"
      "document.body.append(script);"
      "fetch('http://127.0.0.2:1/').catch(() => window.refused = true);");
  b.await("window.refused && violations.length >= 5");
  CHECK(b.text("typeof window.hacked") == "undefined");
  CHECK(b.text("[...new Set(violations)].sort()") ==
        "connect-src,img-src,script-src-attr,script-src-elem,style-src-attr");
}

TEST_CASE("pause holds the view and nothing else; search finds; export gives what is shown") {
  page_host host({workflow_file{"trades", trades}});
  browser b;
  open_live(b, host);
  host.run("trades");
  const auto first = host.head();
  await_cursor(b, first);
  b.click("#pause");
  host.run("trades", 2);
  await_cursor(b, host.head());
  b.await("document.getElementById('shown').textContent === 'paused: " + std::to_string(first) +
          " shown, " + std::to_string(2 * first) + " new'");
  CHECK(exported(b).size() == static_cast<std::size_t>(first));
  b.fill("#search", "order_filled");
  b.await("document.getElementById('shown').textContent.startsWith('paused: 1 shown')");
  b.press(key::escape);
  b.await("document.getElementById('shown').textContent.startsWith('paused: " +
          std::to_string(first) + " shown')");
  CHECK(b.text("document.getElementById('pause').getAttribute('aria-pressed')") == "true");
  b.click("#pause");
  b.await("document.getElementById('shown').textContent.startsWith('" + std::to_string(3 * first) +
          " of')");

  b.fill("#search", "ORDER_filled btc");
  b.await("document.getElementById('shown').textContent.startsWith('3 of " +
          std::to_string(3 * first) + "')");
  CHECK(exported(b) == host.events({"--types", "order_filled"}));
  host.run("trades");
  b.await("document.getElementById('shown').textContent.startsWith('4 of')");
  b.fill("#search", "\"type\":\"execution_ -nonsense");
  b.await("document.getElementById('shown').textContent.startsWith('8 of')");
  CHECK(exported(b) == host.events({"--types", "execution_started,execution_completed"}));
  b.fill("#search", "no such thing");
  b.await("document.getElementById('shown').textContent.startsWith('0 of')");
  b.press(key::escape);
  b.await("document.getElementById('shown').textContent.startsWith('" + std::to_string(4 * first) +
          " of')");
  b.click("#clear");
  b.await("document.getElementById('shown').textContent.startsWith('0 of')");
  host.run("trades");
  b.await("document.getElementById('shown').textContent.startsWith('" + std::to_string(first) +
          " of')");
  CHECK(shown(b, "gaps") == "0");
}

}  // namespace pitwall::test
