#include "runtime/host/cli/trigger_choice.hpp"

#include <algorithm>

namespace pitwall::cli {
namespace {

/// "BOT=WORDS" or "BOT:WORKFLOW=WORDS"; `problems` gets all that is wrong.
std::vector<trigger_binding> parse_triggers(const std::vector<std::string>& texts,
                                            std::vector<error>& problems) {
  std::vector<trigger_binding> all;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    const auto who = text.substr(0, equals);
    const auto colon = who.find(':');
    trigger_binding bound{who.substr(0, colon), {}, {}};
    if (colon != std::string::npos) bound.workflow_id = who.substr(colon + 1);
    if (equals == std::string::npos || bound.bot_id.empty()) {
      problems.push_back({errc::invalid_argument, "'" + text + "' names no bot and its trigger",
                          "--trigger " + text, "write BOT=WORDS, as in arb='every 5m'"});
      continue;
    }
    std::vector<error> wrong;
    auto spec = parse_trigger_line(std::string_view(text).substr(equals + 1), wrong);
    for (auto& w : wrong) {
      w.where = "--trigger " + who + (w.where.empty() ? "" : " " + w.where);
      problems.push_back(std::move(w));
    }
    if (!spec) continue;
    bound.trigger = std::move(*spec);
    all.push_back(std::move(bound));
  }
  return all;
}

}  // namespace

trigger_set triggers_of(const config::configuration& c, const std::vector<std::string>& texts,
                        std::vector<error>& problems) {
  trigger_set out;
  auto& all = out.triggers;
  all = parse_triggers(texts, problems);
  for (const auto& bot : c.bots) {
    out.restarts.push_back({bot.id, bot.restart});
    if (!bot.trigger) continue;
    const bool said = std::any_of(all.begin(), all.end(),
                                  [&](const trigger_binding& t) { return t.bot_id == bot.id; });
    if (!said) all.push_back({bot.id, bot.workflow_id, *bot.trigger});
  }
  return out;
}

}  // namespace pitwall::cli
