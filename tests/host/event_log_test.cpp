#include "runtime/host/event_log.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

struct line {
  log_level level;
  std::string logger, message, execution, workflow, bot, strategy, node;
  std::uint64_t seq;
};

class kept_log final : public log_port {
 public:
  explicit kept_log(log_level least) : least_(least) {}
  void write(log_level level, std::string_view logger, std::string_view message,
             const log_context& c) override {
    lines.push_back({level, std::string(logger), std::string(message), std::string(c.execution_id),
                     std::string(c.workflow_id), std::string(c.bot_id), std::string(c.strategy_id),
                     std::string(c.node_id), c.seq});
  }
  bool wants(log_level l) const noexcept override { return l >= least_; }

  std::vector<line> lines;

 private:
  log_level least_;
};

committed_ref commit_of(std::vector<event> events) {
  auto scope = std::make_shared<const event_scope>(event_scope{"exec_w_1", "w", "b", "s"});
  committed c;
  c.first_seq = 7;
  c.last_seq = 6 + events.size();
  c.batches.push_back({std::move(scope), std::move(events)});
  return std::make_shared<const committed>(std::move(c));
}

const node_ref buy = std::make_shared<const node_identity>(node_identity{"buy", "Buy", "buy", "a"});

}  // namespace

TEST_CASE("each event is a line with its seq and ids, at the level of its weight", "[log]") {
  const auto log = std::make_shared<kept_log>(log_level::debug);
  event_log sink(log);
  CHECK(sink.offer(commit_of(
      {{{}, execution_started{}},
       {{}, order_rejected{buy, "pw-1", "max_order_size", "too large"}},
       {{}, emergency_state_changed{"global", "normal", "halt", "prices", "ann", "manual"}},
       {{}, bot_state_changed{"running", "paused", "lunch", "ann", "manual"}}})));
  REQUIRE(log->lines.size() == 4);
  const auto& started = log->lines[0];
  CHECK(started.level == log_level::debug);
  CHECK(started.logger == "event");
  CHECK(started.message == "execution_started");
  CHECK(started.execution == "exec_w_1");
  CHECK(started.workflow == "w");
  CHECK(started.bot == "b");
  CHECK(started.strategy == "s");
  CHECK(started.node.empty());
  CHECK(started.seq == 7);
  const auto& rejected = log->lines[1];
  CHECK(rejected.level == log_level::warning);
  CHECK(rejected.message == "order_rejected: pw-1: max_order_size: too large");
  CHECK(rejected.node == "buy");
  CHECK(rejected.seq == 8);
  CHECK(log->lines[2].level == log_level::error);
  CHECK(log->lines[2].message == "emergency_state_changed: global normal -> halt: prices (ann)");
  CHECK(log->lines[3].level == log_level::info);
  CHECK(log->lines[3].seq == 10);
}

TEST_CASE("what the log does not want costs no line, and counts on", "[log]") {
  const auto log = std::make_shared<kept_log>(log_level::warning);
  event_log sink(log);
  sink.offer(commit_of({{{}, execution_started{}}, {{}, node_failed{buy, 1, {}, "e", "timeout"}}}));
  REQUIRE(log->lines.size() == 1);
  CHECK(log->lines[0].message == "node_failed: timeout: e");
  CHECK(log->lines[0].seq == 8);
}
