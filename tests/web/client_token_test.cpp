// The page against a host that has tokens: it asks for one, may what the token may, and is put out
// when it is revoked.
#include "tests/web/page_host.hpp"

namespace pitwall::test {
namespace {

std::string made(const page_host& host, const std::string& name, const std::string& scopes) {
  const auto done = host.cli({"token", "create", "--name", name, "--scopes", scopes});
  REQUIRE(done.exit_code == 0);
  return done.out.substr(0, done.out.find('\n'));
}

void enter(const browser& b, const std::string& token) {
  if (b.text("document.body.dataset.state") == "live") b.click("#connect");
  b.fill("#token", token);
  b.press(key::enter);
}

}  // namespace

TEST_CASE("a host with tokens: the page asks for one, may what it may, and ends with it") {
  page_host host({workflow_file{"trades", trades}});
  const auto viewer = made(host, "viewer", "read"), desk = made(host, "desk", "read,control");
  browser b;
  b.open(host.page());
  b.await("document.body.dataset.state === 'stopped'");
  CHECK(b.text("document.activeElement.id") == "token");

  enter(b, viewer);
  b.await("document.body.dataset.state === 'live'");
  CHECK(b.truth("document.getElementById('halt').matches(':disabled')"));
  CHECK(shown(b, "emergency-says").find("needs the scope control") != std::string::npos);

  enter(b, desk);
  b.await("document.body.dataset.state === 'live'");
  b.await("!document.getElementById('halt').matches(':disabled')");
  b.fill("#reason", "prices look wrong");
  b.click("#halt");
  b.click("#confirm-yes");
  b.await("document.getElementById('gate').textContent === 'Emergency: halt'");
  CHECK(host.events({"--types", "emergency_state_changed"}).size() == 1);

  REQUIRE(host.cli({"token", "revoke", "desk"}).exit_code == 0);
  b.await("document.body.dataset.state === 'stopped'");
  CHECK(b.text("document.activeElement.id") == "token");
  CHECK(b.truth("!document.documentElement.outerHTML.includes('" + desk + "')"));
}

}  // namespace pitwall::test
