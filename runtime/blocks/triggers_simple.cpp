// webhook, event_listener, manual_trigger: what started the execution.
#include <algorithm>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

/// A start is news of its moment: an order must not be decided from it long after, say on recovery.
result<step> observed(timestamp when, value v) {
  completion c = outputs(std::move(v));
  c.observed_at = when;
  return step(std::move(c));
}

/// The event or price that fired a trigger may have waited for its turn: it is as old as it says.
/// All else, as what a clock fired or a hook's body, is news of the start.
timestamp age_of_data(const evaluation& in) {
  const auto& t = in.trigger;
  const value* type = t.find("type");
  const bool price = type != nullptr && *type == value("market");
  const bool event = t.find("seq") != nullptr && t.find("workflow_id") != nullptr;
  const value* when = price ? t.find("fire_time") : event ? t.find("timestamp") : nullptr;
  if (when == nullptr || !when->is_text()) return in.now;
  const auto at = parse_iso8601(when->as_text());
  return at.ok() ? std::min(*at, in.now) : in.now;
}

class webhook final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    return observed(age_of_data(in), in.trigger);
  }
};

class event_listener final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override {
    const input_reader inputs("event_listener", in);
    const value& wanted = inputs.at(0);
    if (wanted.is_null()) return observed(age_of_data(in), in.trigger);
    if (!wanted.is_text()) {
      return inputs.fault("event_type", "must be a text, not " + shown(wanted));
    }
    if (wanted.as_text().empty()) return observed(age_of_data(in), in.trigger);
    const value* type = in.trigger.find("type");
    const bool is_it = type != nullptr && *type == wanted;
    return observed(age_of_data(in), is_it ? in.trigger : value());
  }
};

class manual_trigger final : public block {
 public:
  result<step> evaluate(const evaluation& in) const override { return observed(in.now, true); }
};

block_type trigger_type(std::string name, std::string summary) {
  block_type t;
  t.name = std::move(name);
  t.category = "triggers";
  t.summary = std::move(summary);
  return t;
}

}  // namespace

std::vector<block_type> simple_trigger_types() {
  using namespace declare;
  block_type hook = trigger_type(
      "webhook", "The body that was posted to the workflow's hook and started this execution.");
  hook.inputs = {optional("url", port_kind::text,
                          "Kept for files that carry it; the hook is /api/v1/hooks/{workflow}.")};
  hook.outputs = {{"data", port_kind::any, "The body; null for a manual start."}};
  hook.make = built_plain<webhook>;

  block_type listener = trigger_type("event_listener", "The event that started this execution.");
  listener.inputs = {optional("event_type", port_kind::text,
                              "Only an event of this `type`; absent or empty: any.")};
  listener.outputs = {
      {"event", port_kind::any, "The event; null for a manual start or another type."}};
  listener.make = built_plain<event_listener>;

  block_type manual = trigger_type("manual_trigger", "True in every execution.");
  manual.outputs = {{"trigger", port_kind::boolean, "True."}};
  manual.make = built_plain<manual_trigger>;
  return {hook, listener, manual};
}

}  // namespace pitwall::blocks
