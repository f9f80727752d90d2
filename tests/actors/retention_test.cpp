// The journal is pruned while trading goes on, at the pace of the actor clock.
#include "actors/retention/actor.hpp"

#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view small = R"({
  "name": "small",
  "blocks": [{"id": "feed", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}}],
  "connections": []})";

std::uint64_t first_kept(house& h) { return h.storage.events->stats()->first_seq; }

/// One after the other: a commit is no larger than an execution.
void run_many(house& h, const workflow_actor& w, int n) {
  for (int i = 0; i < n; ++i) {
    h.start(w);
    h.run();
  }
}

}  // namespace

TEST_CASE("retention prunes in the background, up to its floor") {
  house h;
  const auto w = h.deploy(small);
  run_many(h, w, 20);
  auto floor = std::make_shared<result<std::uint64_t>>(std::uint64_t{10});
  retention_options options{h.storage.events, {}, h.clock, h.log, [floor] { return *floor; }};
  options.keep.max_events = 20;
  const retention_actor r = h.system.spawn<retention>(options);
  h.run();
  CHECK(first_kept(h) == 1);
  h.pass(61s);
  CHECK(first_kept(h) > 1);
  CHECK(first_kept(h) <= 11);
  *floor = h.storage.events->head();
  h.pass(61s);
  const auto kept = h.storage.events->head() - first_kept(h) + 1;
  CHECK(kept >= 20);
  CHECK(kept < 40);
  CHECK(h.log->has("executions removed"));
  run_many(h, w, 20);
  *floor = h.storage.events->head();
  h.pass(61s);
  CHECK(h.storage.events->head() - first_kept(h) + 1 < 40);
  caf::anon_send_exit(r, caf::exit_reason::user_shutdown);
  h.run();
}

TEST_CASE("retention says that it cannot, removes nothing, and tries again") {
  house h;
  run_many(h, h.deploy(small), 20);
  auto floor = std::make_shared<result<std::uint64_t>>(
      error{errc::data_loss, "the portfolio is damaged", {}, {}});
  retention_options options{h.storage.events, {}, h.clock, h.log, [floor] { return *floor; }};
  options.keep.max_events = 5;
  const retention_actor r = h.system.spawn<retention>(options);
  h.pass(61s);
  CHECK(h.log->has("the portfolio is damaged"));
  CHECK(first_kept(h) == 1);
  *floor = h.storage.events->head();
  h.pass(61s);
  CHECK(first_kept(h) > 1);
  caf::anon_send_exit(r, caf::exit_reason::user_shutdown);
  h.run();
}

}  // namespace pitwall::test
