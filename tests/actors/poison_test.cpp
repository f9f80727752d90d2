// Workflows that misbehave: each hurts itself alone, and a neighbour trades on beside it.
#include <stdexcept>

#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

enum class poison { throws, silent, huge_output, huge_error, wrong_count };

class poisonous final : public block {
 public:
  explicit poisonous(poison kind) : kind_(kind) {}
  result<step> evaluate(const evaluation&) const override {
    switch (kind_) {
      case poison::throws:
        throw std::runtime_error("poison");
      case poison::silent:  // The venue of this name never answers.
        return step(market_request{"paper", "BTC/USDT", true, false, false, false});
      case poison::huge_output:
        return step(completion{{value(std::string(100'000'000, 'x'))}, std::nullopt, std::nullopt});
      case poison::huge_error:
        return error{errc::internal, std::string(100'000'000, 'x'), {}, {}};
      case poison::wrong_count:
        return step(completion{{value(1), value(2), value(3)}, std::nullopt, std::nullopt});
    }
    return error{errc::internal, "no poison", {}, {}};
  }

 private:
  poison kind_;
};

void add_poison(house& h, poison kind) {
  block_type t;
  t.name = "poison";
  t.category = "triggers";
  t.summary = "Misbehaves.";
  t.outputs = {{"out", port_kind::any}};
  t.make = [kind](const block_config&) -> result<std::unique_ptr<const block>> {
    return std::unique_ptr<const block>(new poisonous(kind));
  };
  auto added = h.blocks.add(std::move(t));
  if (!added.ok()) FAIL(added.error().to_string());
}

constexpr std::string_view poisoned = R"({"blocks": [
  {"id": "bad", "type": "poison", "category": "triggers", "timeout": 2,
   "retry": {"max_attempts": 1}}]})";
constexpr std::string_view neighbour = R"({"bot_id": "b", "blocks": [
  {"id": "buy", "type": "buy", "category": "actions",
   "properties": {"symbol": "BTC/USDT", "amount": "0.01", "venue": "paper", "signal": true}}]})";

}  // namespace

TEST_CASE("a poison workflow fails alone, whatever its poison, and its neighbour trades on") {
  for (const auto kind : {poison::throws, poison::silent, poison::huge_output, poison::huge_error,
                          poison::wrong_count}) {
    CAPTURE(static_cast<int>(kind));
    house h;
    add_poison(h, kind);
    auto bad = h.deploy(poisoned, "bad");
    auto good = h.deploy(neighbour, "good");
    h.recover();
    std::vector<std::shared_ptr<started>> all, others;
    for (int i = 0; i < 20; ++i) {
      if (kind == poison::silent) h.paper->set_deferred(true);
      all.push_back(h.start(bad));
      h.run();
      h.paper->set_deferred(false);
      others.push_back(h.start(good));
      h.run();
    }
    for (const auto& s : others) CHECK(s->value().status == run_status::completed);
    h.pass(3s);
    for (const auto& s : all) CHECK(s->value().status == run_status::completed_with_errors);
    for (const auto& f : h.events->all<node_failed>()) CHECK(f.error.size() < 10'000);
    CHECK(h.door->sent.size() == 20);
    CHECK(h.journal_failures.empty());
  }
}

TEST_CASE("a flood of messages to a node delays its neighbours, and no more") {
  house h;
  auto bad = h.deploy(
      R"({"blocks": [{"id": "m", "type": "manual_trigger", "category": "triggers"}]})", "bad");
  auto good = h.deploy(neighbour, "good");
  h.start(bad);
  const auto node = h.next_named("node");
  REQUIRE(node);
  h.run();
  // Answers to attempts that nobody made.
  const auto victim = caf::actor_cast<caf::actor>(node);
  for (std::uint64_t i = 0; i < 50'000; ++i) {
    market_answer stray;
    stray.token = 1'000'000 + i;
    caf::anon_send(victim, std::move(stray));
  }
  auto s = h.start(good);
  auto own = h.start(bad);
  h.run();
  CHECK(s->value().status == run_status::completed);
  CHECK(own->value().status == run_status::completed);
  CHECK(h.door->sent.size() == 1);
}

}  // namespace pitwall::test
