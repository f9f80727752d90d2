// Job: events for tests: builders with sensible contents, random ones of every type, and a complete
//      textual form that owes nothing to any codec, for comparing.
// Time: counted from a fixed day. Tests print their seed.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/workflow/event.hpp"

namespace pitwall::test {

inline timestamp at_ms(std::int64_t ms) {
  return timestamp(std::chrono::seconds(1'772'366'400)) + milliseconds(ms);  // 2026-03-01T12:00Z
}

inline std::string nth_execution_id(std::uint64_t n, const std::string& workflow = "arb") {
  return make_execution_id(workflow, to_ulid(1'772'366'400'000 + n, 7, n));
}
inline scope_ref nth_scope(std::uint64_t n, const std::string& workflow = "arb",
                           const std::string& bot = "bot1", const std::string& strategy = "s1") {
  return std::make_shared<const event_scope>(
      event_scope{nth_execution_id(n, workflow), workflow, bot, strategy});
}
inline node_ref node_named(const std::string& id, const std::string& type = "math",
                           const std::string& category = "conditions") {
  return std::make_shared<const node_identity>(node_identity{id, "Node " + id, type, category});
}
inline port_names names_of(std::vector<std::string> names) {
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}
inline outputs_ref outputs_of(port_names names, std::vector<value> values) {
  return std::make_shared<const port_values>(port_values{std::move(names), std::move(values)});
}

/// One workflow's shared parts, as a plan holds them.
struct sample_workflow {
  std::string id = "arb";
  std::vector<node_ref> nodes;
  std::vector<port_names> outputs;

  explicit sample_workflow(std::size_t node_count = 5, std::string workflow = "arb")
      : id(std::move(workflow)) {
    for (std::size_t i = 0; i < node_count; ++i) {
      nodes.push_back(node_named("node_" + std::to_string(i)));
      outputs.push_back(names_of({"result", "change"}));
    }
  }

  event started(std::int64_t ms) const {
    return {at_ms(ms), execution_started{static_cast<std::uint32_t>(nodes.size()), "abc123", {}}};
  }
  event node_begun(std::size_t i, std::int64_t ms) const {
    return {at_ms(ms), node_started{nodes[i], 1}};
  }
  event node_done(std::size_t i, std::int64_t ms) const {
    auto out = outputs_of(
        outputs[i], {value(decimal::from_raw(int128{67'000} * decimal::one_raw)), value(true)});
    return {at_ms(ms), node_completed{nodes[i], 1, microseconds(120), std::move(out), at_ms(ms),
                                      node_status::completed}};
  }
  event completed(std::int64_t ms) const {
    return {at_ms(ms), execution_completed{run_status::completed, microseconds(900)}};
  }
  /// Start, a pair per node, end: twelve events where there are five nodes.
  event_batch whole(std::uint64_t n) const {
    const auto ms = static_cast<std::int64_t>(n);
    event_batch batch{nth_scope(n, id), {started(ms)}};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      batch.events.push_back(node_begun(i, ms));
      batch.events.push_back(node_done(i, ms));
    }
    batch.events.push_back(completed(ms));
    return batch;
  }
};

inline event_batch emergency_batch(const std::string& scope, const std::string& from,
                                   const std::string& to, std::int64_t ms = 0) {
  return {std::make_shared<const event_scope>(),
          {{at_ms(ms), emergency_state_changed{scope, from, to, "drill", "ann", "manual"}}}};
}

/// Random contents, the same for the same seed. Threads: one owner.
class random_events {
 public:
  explicit random_events(std::uint64_t seed) : random_(seed) {}

  std::mt19937_64& source() noexcept { return random_; }
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::string text() {
    std::string s(below(8) == 0 ? below(300) : below(12), '\0');
    for (char& c : s) c = static_cast<char>(random_());
    return s;
  }
  decimal number() {
    const auto raw = static_cast<int128>(random_()) << static_cast<unsigned>(below(64));
    return decimal::from_raw((random_() & 1U) != 0 ? raw : -raw);
  }
  microseconds span() { return microseconds(static_cast<std::int64_t>(random_() >> below(64))); }
  timestamp time() { return timestamp(microseconds(static_cast<std::int64_t>(random_()) >> 8U)); }
  value any(int depth = 3) {
    switch (below(depth > 0 ? 6 : 4)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return number();
      case 3:
        return text();
      case 4: {
        value::list list(below(4));
        for (auto& v : list) v = any(depth - 1);
        return list;
      }
      default: {
        value::object object;
        const auto members = below(4);
        for (std::size_t i = 0; i < members; ++i) {
          object.emplace_back(std::to_string(i) + text(), any(depth - 1));
        }
        return object;
      }
    }
  }
  node_ref node() { return nodes_[below(nodes_.size())]; }
  outputs_ref outputs() {
    if (below(5) == 0) return nullptr;
    std::vector<value> values(below(4));
    for (auto& v : values) v = any();
    return outputs_of(names_[below(names_.size())], std::move(values));
  }
  order_request order() {
    return {text(),   text(),  static_cast<order_side>(below(2)), static_cast<order_kind>(below(5)),
            number(), number()};
  }
  /// Of the type with this stored tag.
  event of_type(std::size_t tag);
  event any_event() { return of_type(below(std::variant_size_v<event_body>)); }

 private:
  std::mt19937_64 random_;
  std::vector<node_ref> nodes_{node_named("a"), node_named("b", "buy", "actions"), node_named("")};
  std::vector<port_names> names_{names_of({}), names_of({"result"}), names_of({"x", "y", "z"})};
};

inline event random_events::of_type(std::size_t tag) {
  const auto attempt = static_cast<std::uint32_t>(below(5));
  const auto seen = below(3) == 0 ? timestamp::max() : time();
  switch (tag) {
    case 0:
      return {time(), execution_started{attempt, text(), any(), text()}};
    case 1:
      return {time(), execution_completed{run_status::completed_with_errors, span()}};
    case 2:
      return {time(), execution_failed{text(), text(), span()}};
    case 3:
      return {time(), execution_halted{text(), text()}};
    case 4:
      return {time(), execution_cancelled{text(), span()}};
    case 5:
      return {time(), node_started{node(), attempt}};
    case 6:
      return {time(), node_completed{node(), attempt, span(), outputs(), seen,
                                     static_cast<node_status>(below(9))}};
    case 7:
      return {time(), node_failed{node(), attempt, span(), text(), text()}};
    case 8:
      return {time(), node_skipped{node(), text()}};
    case 9:
      return {time(), node_state_changed{node(), random_(), any(), outputs()}};
    case 10:
      return {time(), order_intent{node(), text(), order()}};
    case 11:
      return {time(), order_submitted{node(), text(), text()}};
    case 12:
      return {time(),
              order_filled{
                  node(), text(), order(), {number(), number(), number(), text()}, below(2) == 0}};
    case 13:
      return {time(), order_rejected{node(), text(), text(), text()}};
    case 14:
      return {time(), order_canceled{node(), text(), text()}};
    case 15:
      return {time(), order_in_doubt{node(), text(), text()}};
    case 16:
      return {time(), notification_sent{node(), text(), text()}};
    case 17:
      return {time(), emergency_state_changed{text(), text(), text(), text(), text(), text()}};
    case 19:
      return {time(), node_retrying{node(), attempt, span(), text(), text()}};
    case 20:
      return {time(), circuit_breaker_state_changed{text(), text(), text(), text(), text(), any()}};
    case 21:
      return {time(), risk_limit_warning{text(), text(), number(), number(), number()}};
    case 22:
      return {time(),
              risk_limit_exceeded{text(), text(), number(), number(), below(2) == 0, any()}};
    case 23:
      return {time(), bot_state_changed{text(), text(), text(), text(), text()}};
    case 24: {
      std::vector<std::string> ids(below(4));
      for (auto& id : ids) id = text();
      return {time(), trip_recorded{text(), time(), time(), std::move(ids), any()}};
    }
    case 25:
      return {time(), trip_acknowledged{below(1'000), text(), time()}};
    case 26:
      return {time(), order_settled{node(), text(), text(), text(), text()}};
    case 27:
      return {time(), bot_metrics{time(), below(9), below(9), below(9), below(9), below(9),
                                  below(9), below(9), below(9), below(9), any(), any()}};
    default: {
      std::vector<node_ref> again(below(4));
      for (auto& n : again) n = node();
      return {time(), execution_resumed{std::move(again)}};
    }
  }
}

}  // namespace pitwall::test
