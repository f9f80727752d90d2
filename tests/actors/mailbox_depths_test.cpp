// The mail that waits for actors that live long: counted in and out, whichever way it goes.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

constexpr std::string_view trivial =
    R"({"blocks": [{"id": "m", "type": "manual_trigger", "category": "triggers"}]})";

std::size_t waiting(const house& h, const std::string& actor) {
  const auto all = h.config.mailboxes->read();
  const auto at = all.find(actor);
  return at == all.end() ? 0 : at->second;
}

}  // namespace

TEST_CASE("what was sent and not yet taken is a mailbox's depth") {
  house h;
  auto w = h.deploy(trivial);
  h.run();
  CHECK(waiting(h, "workflow") == 0);
  for (int i = 0; i < 3; ++i) caf::anon_send(w, cancel_run{"x", "y"});
  caf::anon_send<caf::message_priority::high>(w, deadline_tick{});
  CHECK(waiting(h, "workflow") == 4);
  h.run();
  CHECK(waiting(h, "workflow") == 0);
}

TEST_CASE(
    "a message that nobody knows, and an answer that nobody waits for, leave the count true") {
  house h;
  auto w = h.deploy(trivial);
  caf::anon_send(caf::actor_cast<caf::actor>(w), ask_again{});
  caf::anon_send(w, cancel_run{"x", "y"});
  CHECK(waiting(h, "workflow") == 2);
  h.run();
  CHECK(waiting(h, "workflow") == 0);
}

TEST_CASE("a dead actor has no mail, however much it left and is still sent") {
  house h;
  auto w = h.deploy(trivial);
  h.run();
  caf::anon_send_exit(w, caf::exit_reason::kill);
  for (int i = 0; i < 3; ++i) caf::anon_send(w, cancel_run{"x", "y"});
  CHECK(waiting(h, "workflow") == 4);
  h.run();
  CHECK(waiting(h, "workflow") == 0);
  caf::anon_send(w, cancel_run{"x", "y"});
  CHECK(waiting(h, "workflow") == 0);
}

TEST_CASE("whole executions leave nothing counted at any actor") {
  house h;
  auto w = h.deploy(trivial);
  for (int i = 0; i < 20; ++i) h.start(w);
  h.run();
  for (const auto& [actor, depth] : h.config.mailboxes->read()) {
    CAPTURE(actor);
    CHECK(depth == 0);
  }
  CHECK(h.config.mailboxes->read().contains("journal_writer"));
}

}  // namespace pitwall::test
