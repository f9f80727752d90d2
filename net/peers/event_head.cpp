#include "net/peers/event_head.hpp"

#include <charconv>

#include "runtime/workflow/json.hpp"

namespace pitwall::peers {
namespace {

/// As our own hosts write it: these members first, in this order, and nothing escaped.
class quick_reading {
 public:
  explicit quick_reading(std::string_view text) : rest_(text) {}

  bool skip(std::string_view part) {
    if (!rest_.starts_with(part)) return false;
    rest_.remove_prefix(part.size());
    return true;
  }
  bool number(std::uint64_t& into) {
    const auto [end, bad] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), into);
    if (bad != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  /// null: empty.
  bool text(std::string& into) {
    if (skip("null")) return true;
    if (!skip("\"")) return false;
    const auto end = rest_.find_first_of("\"\\");
    if (end == rest_.npos || rest_[end] == '\\') return false;
    into = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }

 private:
  std::string_view rest_;
};

std::optional<event_head> quickly(std::string_view json) {
  event_head h;
  quick_reading in(json);
  const bool all = in.skip("{\"seq\":") && in.number(h.seq) && in.skip(",\"type\":") &&
                   in.text(h.type) && in.skip(",\"execution_id\":") &&
                   in.text(h.scope.execution_id) && in.skip(",\"workflow_id\":") &&
                   in.text(h.scope.workflow_id) && in.skip(",\"bot_id\":") &&
                   in.text(h.scope.bot_id) && in.skip(",\"strategy_id\":") &&
                   in.text(h.scope.strategy_id) && in.skip(",\"timestamp\":\"");
  if (!all || h.type.empty()) return {};
  return h;
}

}  // namespace

std::optional<event_head> read_event_head(std::string_view json) {
  if (auto head = quickly(json)) return head;
  const auto parsed = parse_json(json);
  if (!parsed.ok() || !parsed->is_object()) return {};
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
