// Job: a journal as months of trading leave it: executions of one five-node workflow, whose events
//      the state machine itself decides, in commits that gather many of them: the ends of some and
//      the beginnings of the next, as group commit does.
// Time: counted from a fixed day; the n-th execution always has the same id.
// Errors: none is expected: it aborts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/blocks/registry.hpp"
#include "runtime/ports/journal.hpp"
#include "runtime/workflow/parse.hpp"
#include "runtime/workflow/run.hpp"
#include "runtime/workflow/validate.hpp"

namespace pitwall::test {

/// Two providers, math, risk, buy, as `pitwall bench` runs them.
inline constexpr std::string_view five_nodes = R"({
  "id": "arb", "blocks": [
    {"id": "left", "type": "paper", "category": "providers",
     "properties": {"symbol": "BTC/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "right", "type": "paper", "category": "providers",
     "properties": {"symbol": "ETH/USDT", "enabled_endpoints": ["price_feed"]}},
    {"id": "spread", "type": "math", "category": "conditions",
     "properties": {"operation": "subtract"}},
    {"id": "size", "type": "position_size", "category": "risk",
     "properties": {"risk_pct": "0.000001"}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"signal": true, "symbol": "DUST/USDT", "venue": "paper"}}],
  "connections": [
    {"from": {"blockId": "left", "index": 0}, "to": {"blockId": "spread", "index": 0}},
    {"from": {"blockId": "right", "index": 0}, "to": {"blockId": "spread", "index": 1}},
    {"from": {"blockId": "spread", "index": 0}, "to": {"blockId": "size", "index": 0}},
    {"from": {"blockId": "size", "index": 0}, "to": {"blockId": "buy", "index": 1}}]})";

class long_history {
 public:
  static constexpr std::uint64_t events_each = 15;  ///< Of an execution that buys.
  static constexpr std::uint64_t workflows = 20, bots = 10;
  /// One in so many: ended by its user; of the bot that hardly trades; with a failed node.
  static constexpr std::uint64_t cancelled_each = 5'000, rare_each = 10'000, failed_each = 100;
  static constexpr const char* rare_bot = "rare";

  /// `per_commit` executions begin together, and end with the next commit.
  explicit long_history(std::uint64_t per_commit, std::string definition_id = std::string(64, 'd'))
      : per_commit_(per_commit) {
    auto parsed = parse_workflow(five_nodes);
    if (!parsed.definition) std::abort();
    plan_ = validate(std::make_shared<const workflow_definition>(std::move(*parsed.definition)),
                     blocks_)
                .result;
    if (plan_ == nullptr) std::abort();
    plan_->definition_id = std::move(definition_id);
  }

  const std::shared_ptr<plan>& workflow() const noexcept { return plan_; }
  /// 100 ms between two commits, and 50 us between two starts in one.
  timestamp began(std::uint64_t n) const {
    return timestamp(std::chrono::seconds(1'772'366'400)) +
           milliseconds(100) * static_cast<std::int64_t>(n / per_commit_) +
           microseconds(50) * static_cast<std::int64_t>(n % per_commit_);
  }
  std::string ulid(std::uint64_t n) const {
    const auto ms = std::chrono::duration_cast<milliseconds>(began(n).time_since_epoch()).count();
    return to_ulid(static_cast<std::uint64_t>(ms), 7, n);
  }
  static std::string workflow_id(std::uint64_t n) { return "arb" + std::to_string(n % workflows); }
  std::string execution_id(std::uint64_t n) const {
    return make_execution_id(workflow_id(n), ulid(n));
  }

  /// What is left of those that began in the commit before, and the beginnings, up to their
  /// orders' intents, of the executions first .. first + count - 1. Not `finished`: they stay
  /// there, and every other one even before its order.
  std::vector<event_batch> next_commit(std::uint64_t first, std::uint64_t count, bool finished) {
    auto commit = std::exchange(ends_, {});
    for (std::uint64_t n = first; n < first + count; ++n) begin_one(n, commit, finished);
    return commit;
  }
  /// Commits the executions first .. first + count - 1, to their end or not; gives the number of
  /// events.
  std::uint64_t write(journal& j, std::uint64_t first, std::uint64_t count, bool finished) {
    std::uint64_t events = 0;
    const auto end = first + count;
    for (auto n = first; n < end; n += per_commit_)
      events += commit_now(j, next_commit(n, std::min(per_commit_, end - n), finished));
    return ends_.empty() ? events : events + commit_now(j, next_commit(end, 0, finished));
  }
  static std::uint64_t commit_now(journal& j, std::vector<event_batch> batches) {
    std::promise<result<committed_ref>> answered;
    j.commit(std::move(batches), durability::async,
             [&](result<committed_ref> r) { answered.set_value(std::move(r)); });
    const auto done = answered.get_future().get();
    if (!done.ok()) std::abort();
    return (*done)->last_seq - (*done)->first_seq + 1;
  }

 private:
  void begin_one(std::uint64_t n, std::vector<event_batch>& commit, bool finished) {
    const bool rare = n % rare_each == 7;
    const auto scope = std::make_shared<const event_scope>(event_scope{
        execution_id(n), workflow_id(n), rare ? rare_bot : "bot" + std::to_string(n % bots), "s1"});
    run_state s(plan_, scope);
    now_ = began(n);
    event_batch first{scope, {}}, rest{scope, {}};
    step(s, begin{}, first);
    finish(s, "left", value(decimal(64'000 + static_cast<std::int64_t>(n % 997))), first);
    if (finished && n % failed_each == 3) {
      step(s, node_errored{at("right"), 1, "the venue does not answer", "unavailable"}, first);
    } else if (finished || n % 2 == 0) {
      finish(s, "right", value(decimal(3'000 + static_cast<std::int64_t>(n % 89))), first);
      finish(s, "spread", value(decimal(61'000)), first);
      finish(s, "size", value(amount_), first);
      const order_request order{"paper", "DUST/USDT", order_side::buy, order_kind::market,
                                amount_, decimal(0)};
      step(s, order_proposed{at("buy"), 1, order}, first);
      if (finished) end_order(s, n % cancelled_each == 11, rest);
    }
    commit.push_back(std::move(first));
    if (!rest.events.empty()) ends_.push_back(std::move(rest));
  }

  std::uint32_t at(std::string_view id) const {
    for (std::uint32_t i = 0; i < plan_->nodes.size(); ++i)
      if (plan_->nodes[i].identity->id == id) return i;
    std::abort();
  }
  void step(run_state& s, run_input input, event_batch& out) {
    now_ += microseconds(30);
    for (auto& e : decide(s, std::move(input), now_).events) {
      apply(s, e);
      out.events.push_back(std::move(e));
    }
  }
  void finish(run_state& s, std::string_view id, value output, event_batch& out) {
    const auto i = at(id);
    std::vector<value> outputs(plan_->nodes[i].outputs->size());
    outputs[0] = std::move(output);
    step(s, node_finished{i, 1, std::move(outputs), now_, nullptr}, out);
  }
  void end_order(run_state& s, bool cancelled, event_batch& out) {
    if (cancelled) step(s, cancel_requested{"no longer wanted"}, out);
    order_report report;
    report.client_order_id = s.nodes[at("buy")].client_order_id;
    report.venue_order_id = "paper-" + std::to_string(++orders_);
    report.state = order_state::filled;
    const order_fill fill{decimal(70), amount_, decimal::from_raw(decimal::one_raw / 25'000),
                          "USDT"};
    report.fills = {fill};
    report.at = now_;
    std::vector<value> outputs{value(value::object{
        {"client_order_id", report.client_order_id},
        {"venue_order_id", report.venue_order_id},
        {"status", "filled"},
        {"side", "buy"},
        {"symbol", "DUST/USDT"},
        {"filled", amount_},
        {"average_price", fill.price},
        {"fills", value::list{value(value::object{{"price", fill.price},
                                                  {"quantity", fill.quantity},
                                                  {"fee", fill.fee},
                                                  {"fee_asset", fill.fee_asset}})}}})};
    step(s, order_reported{at("buy"), std::move(report), std::move(outputs)}, out);
  }

  block_registry blocks_ = make_builtin_registry();
  std::shared_ptr<plan> plan_;
  const decimal amount_ = decimal::from_raw(decimal::one_raw / 100'000 * 57);
  std::uint64_t per_commit_, orders_ = 0;
  timestamp now_;
  std::vector<event_batch> ends_;  ///< Of executions begun in the last commit.
};

}  // namespace pitwall::test
