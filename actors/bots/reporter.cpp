#include "actors/bots/reporter.hpp"

#include <utility>

#include "runtime/base/limits.hpp"

namespace pitwall {
namespace {

const value::list& rows_of(const value& view, std::initializer_list<std::string_view> path) {
  static const value::list none;
  const value* at = &view;
  for (const auto name : path) {
    at = at->is_object() ? at->find(name) : nullptr;
    if (at == nullptr) return none;
  }
  return at->is_list() ? at->as_list() : none;
}

value member(const value& row, std::string_view name) {
  const auto* v = row.find(name);
  return v != nullptr ? *v : value();
}

}  // namespace

reporter::reporter(caf::actor_config& cfg, reporter_options options)
    : resident(cfg), options_(std::move(options)) {}

reporter::behavior_type reporter::make_behavior() {
  delayed_send(reporter_actor(this), options_.every, report_bots{});
  return {[this](const report_bots&) {
            delayed_send(reporter_actor(this), options_.every, report_bots{});
            ask();
          },
          // What was not journaled is told again with the next change.
          [](const durable&) {}};
}

void reporter::on_exit() { options_ = {}; }

/// Without the figures of risk nothing is told: half of them would look like a change.
void reporter::ask() {
  if (std::exchange(asking_, true)) return;
  request(options_.risk, caf::infinite, ask_risk{})
      .then(
          [this](const risk_answer& answer) {
            asking_ = false;
            report(answer.view);
          },
          [this](caf::error&) { asking_ = false; });
}

void reporter::report(const value& risk) {
  auto all = options_.counts();
  for (auto& [bot, m] : all) m.realized = m.unrealized = decimal{};  // One that never traded.
  for (const auto& row : rows_of(risk, {"profit", "bots"})) {
    const auto id = member(row, "id");
    if (!id.is_text()) continue;
    auto& m = all[id.as_text()];
    m.realized = member(row, "realized");
    m.unrealized = member(row, "unrealized");
  }
  for (const auto& row : rows_of(risk, {"positions"}))
    if (const auto id = member(row, "bot_id"); id.is_text()) ++all[id.as_text()].positions;
  for (auto& [bot, m] : all) {
    m.since = options_.since;
    const auto known = told_.find(bot);
    if (known == told_.end() && told_.size() >= limits::max_reported_bots) continue;
    const bool idle = m.started + m.fills == 0 && known == told_.end();
    if (known != told_.end() && known->second == m) continue;
    told_[bot] = m;
    // What it brought from before the start was told then.
    if (idle) continue;
    event_batch batch;
    batch.scope = std::make_shared<const event_scope>(event_scope{{}, {}, bot, {}});
    batch.events.push_back({options_.clock->now(), m});
    send(options_.writer, append{std::move(batch), 0, false});
  }
}

}  // namespace pitwall
