#include "actors/resident.hpp"

#include <algorithm>
#include <array>
#include <caf/detail/pretty_type_name.hpp>

namespace pitwall {
namespace {

std::string readable(const std::type_info& type) {
  std::string name = caf::detail::pretty_type_name(type);
  for (const std::string_view ours : {"pitwall::", "pitwall."})
    for (auto at = name.find(ours); at != std::string::npos; at = name.find(ours))
      name.erase(at, ours.size());
  return name;
}

/// Alarms and ticks: whoever they were for may have ended before they were due.
constexpr std::array<std::string_view, 13> may_come_too_late{
    "ask_again",     "beat",          "breaker_tick",   "check_deadlines", "commit_overdue",
    "deadline_tick", "dial_again",    "look_at_prices", "look_at_workers", "prune_more",
    "replace_node",  "restart_child", "wake_up"};

}  // namespace

std::string kind_of(const caf::mailbox_element& letter, bool too_late) {
  const auto& content = letter.content();
  const std::string prefix = letter.mid.is_response() ? "answer: " : "";
  if (content.empty()) return prefix + "empty";
  const auto [number, type] = content.type(0);
  switch (number) {
    case caf::type_nr<caf::exit_msg>::value:
    case caf::type_nr<caf::down_msg>::value:
    case caf::type_nr<caf::timeout_msg>::value:
      return {};
    case caf::type_nr<caf::error>::value:
      // CAF's alarm of a question's time comes also where it was answered.
      if (letter.mid.is_response() && content.get_as<caf::error>(0) == caf::sec::request_timeout)
        return {};
      return prefix + "error";
    case caf::type_nr<bool>::value:
      return prefix + "bool";
    default:
      break;
  }
  const auto name = type != nullptr ? readable(*type) : "builtin " + std::to_string(number);
  const bool expected = too_late && std::find(may_come_too_late.begin(), may_come_too_late.end(),
                                              name) != may_come_too_late.end();
  return expected ? std::string() : prefix + name;
}

}  // namespace pitwall
