#include "net/peers/event_head.hpp"

#include "runtime/workflow/json.hpp"

namespace pitwall::peers {
std::optional<event_head> read_event_head(std::string_view json) {
  // The whole of it: what a peer says goes to viewers as it is, and must be one event and no more.
  const auto parsed = parse_json(json);
  if (!parsed.ok() || !parsed->is_object() || parsed->find("origin") != nullptr) return {};
  const auto text = [&](std::string_view name) {
    const value* member = parsed->find(name);
    return member != nullptr && member->is_text() ? member->as_text() : std::string();
  };
  const value* seq = parsed->find("seq");
  if (seq == nullptr || !seq->is_number()) return {};
  const auto whole = seq->as_number().to_int();
  if (!whole.ok() || *whole < 0 || decimal(*whole) != seq->as_number() || text("type").empty())
    return {};
  return event_head{
      static_cast<std::uint64_t>(*whole),
      text("type"),
      {text("execution_id"), text("workflow_id"), text("bot_id"), text("strategy_id")}};
}

}  // namespace pitwall::peers
