#include "runtime/schedule/trigger_binding.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace pitwall {
namespace {

/// By workflow: those that an event of it starts.
using graph = std::map<std::string, std::set<std::string>>;

/// Whether `goal` can be reached; the way there, without its beginning.
bool way(const graph& g, const std::string& from, const std::string& goal,
         std::set<std::string>& seen, std::vector<std::string>& path) {
  const auto next = g.find(from);
  if (next == g.end()) return false;
  for (const auto& to : next->second) {
    path.push_back(to);
    if (to == goal || (seen.insert(to).second && way(g, to, goal, seen, path))) return true;
    path.pop_back();
  }
  return false;
}

}  // namespace

std::vector<error> check_triggers(const std::vector<trigger_binding>& all,
                                  const std::vector<std::string_view>& event_types) {
  std::vector<error> problems;
  const auto wrong = [&](std::string message, const std::string& bot, std::string remedy) {
    problems.push_back({errc::invalid_argument, std::move(message), bot, std::move(remedy)});
  };
  std::set<std::string> bots;
  graph g;
  for (const auto& b : all) {
    if (!bots.insert(b.bot_id).second)
      wrong("bot '" + b.bot_id + "' has two triggers", b.bot_id, "give it one");
    const auto* event = std::get_if<by_event>(&b.trigger.source);
    if (event == nullptr) continue;
    if (std::find(event_types.begin(), event_types.end(), event->type) == event_types.end())
      wrong("there is no event '" + event->type + "'", b.bot_id,
            "docs/events.md lists the types, as execution_completed");
    g[event->workflow_id].insert(b.workflow_id);
  }
  std::set<std::string> told;
  for (const auto& [from, to] : g) {
    std::set<std::string> seen;
    std::vector<std::string> path;
    if (told.count(from) > 0 || !way(g, from, from, seen, path)) continue;
    std::string text = from;
    for (const auto& p : path) text += " -> " + p;
    told.insert(path.begin(), path.end());
    wrong("workflows would start each other without end: " + text, from,
          "leave out one of their event triggers");
  }
  return problems;
}

}  // namespace pitwall
