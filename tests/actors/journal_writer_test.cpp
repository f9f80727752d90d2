// Group commit, order, barriers and failure of the journal writer.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

event_batch batch_of(const std::string& reason, std::size_t events) {
  event_batch b{std::make_shared<const event_scope>(), {}};
  for (std::size_t i = 0; i < events; ++i)
    b.events.push_back(
        {timestamp{}, emergency_state_changed{"bot:x", "normal", "alert", reason, "t", "manual"}});
  return b;
}

}  // namespace

TEST_CASE("what waits during a commit becomes one commit, in order, and each is told its own seq") {
  house h;
  caf::scoped_actor self(h.system);
  h.journal_port->hold = true;
  self->send(h.shared->writer, append{batch_of("first", 1), 1, false});
  h.run();
  for (std::uint64_t i = 2; i <= 10; ++i)
    self->send(h.shared->writer, append{batch_of(std::to_string(i), i), i, false});
  h.run();
  CHECK(h.journal_port->held.size() == 1);
  h.journal_port->release();
  h.run();
  std::uint64_t ticket = 0, seq = 0;
  for (int i = 0; i < 10; ++i)
    self->receive([&](const durable& d) {
      CHECK_FALSE(d.failure.failed());
      CHECK(d.ticket == ++ticket);
      seq += d.ticket;
      CHECK(d.seq == seq);
    });
  const auto stats = h.storage.events->stats();
  REQUIRE(stats.ok());
  CHECK(stats->commits == 2);
  CHECK(stats->events == 55);
}

TEST_CASE("how many batches wait is shown while they do") {
  house h;
  const auto meters = std::make_shared<journal_meters>();
  journal_writer_actor writer = h.system.spawn<journal_writer>(
      h.journal_port, journal_writer_options{durability::sync, h.broadcast, {}, meters});
  h.journal_port->hold = true;
  for (int i = 0; i < 5; ++i) {
    caf::anon_send(writer, append{batch_of("x", 1), 0, false});
    h.run();
    CHECK(meters->waiting == static_cast<std::size_t>(i));  // The first is under way.
  }
  h.journal_port->release();
  h.run();
  CHECK(meters->waiting == 0);
  caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
  writer = nullptr;
  h.run();
}

TEST_CASE("an append without events waits for what is before it, and journals nothing") {
  house h;
  caf::scoped_actor self(h.system);
  self->send(h.shared->writer, append{batch_of("a", 2), 0, false});
  self->send(h.shared->writer, append{event_batch{}, 7, false});
  h.run();
  self->receive([&](const durable& d) {
    CHECK(d.ticket == 7);
    CHECK(d.seq == 2);
  });
  CHECK(h.storage.events->head() == 2);
}

TEST_CASE("after a failed commit everyone who waits, and who comes later, hears the error") {
  house h;
  caf::scoped_actor self(h.system);
  h.journal_port->hold = true;
  self->send(h.shared->writer, append{batch_of("a", 1), 1, false});
  h.run();
  self->send(h.shared->writer, append{batch_of("b", 1), 2, false});
  h.run();
  h.journal_port->fail = true;
  h.journal_port->release();  // The first was handed over already; the second meets the fault.
  h.run();
  self->send(h.shared->writer, append{batch_of("c", 1), 3, false});
  h.run();
  bool failed[4] = {};
  for (int i = 0; i < 3; ++i)
    self->receive([&](const durable& d) { failed[d.ticket] = d.failure.failed(); });
  CHECK_FALSE(failed[1]);
  CHECK(failed[2]);
  CHECK(failed[3]);
  CHECK(h.journal_failures.size() == 1);
  CHECK(h.events->events.size() == 1);
}

TEST_CASE("what overtakes waits for the commit under way alone, and is committed by itself") {
  house h;
  caf::scoped_actor self(h.system);
  h.journal_port->hold = true;
  self->send(h.shared->writer, append{batch_of("under way", 1), 1, false});
  h.run();
  for (std::uint64_t i = 2; i <= 5; ++i)
    self->send(h.shared->writer, append{batch_of("waits", 3), i, false});
  caf::scoped_actor halts(h.system);
  halts->send(h.shared->writer, append{batch_of("halt", 1), 6, true, true});
  halts->send(h.shared->writer, append{batch_of("halt", 1), 7, true, true});
  h.run();
  h.journal_port->release();
  h.run();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  for (int i = 0; i < 7; ++i)
    (i < 2 ? halts : self)->receive([&](const durable& d) { told.emplace_back(d.ticket, d.seq); });
  using list = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  CHECK(told == list{{6, 2}, {7, 3}, {1, 1}, {2, 6}, {3, 9}, {4, 12}, {5, 15}});
  CHECK(h.storage.events->stats()->commits == 3);
}

TEST_CASE("what overtakes does not pass what its own sender sent before") {
  house h;
  caf::scoped_actor self(h.system), other(h.system);
  h.journal_port->hold = true;
  other->send(h.shared->writer, append{batch_of("under way", 1), 1, false});
  h.run();
  other->send(h.shared->writer, append{batch_of("waits", 1), 2, false});
  self->send(h.shared->writer, append{batch_of("resume", 1), 1, true});
  self->send(h.shared->writer, append{batch_of("halt", 1), 2, true, true});
  h.run();
  h.journal_port->release();
  h.run();
  for (std::uint64_t i = 1; i <= 2; ++i) {
    other->receive([&](const durable& d) { CHECK(d.seq == i); });
    self->receive([&](const durable& d) {
      CHECK(d.ticket == i);
      CHECK(d.seq == i + 2);
    });
  }
}

}  // namespace pitwall::test
