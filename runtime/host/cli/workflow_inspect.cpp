#include "runtime/host/cli/workflow_inspect.hpp"

#include <algorithm>
#include <map>

#include "runtime/host/cli/trigger_choice.hpp"
#include "runtime/host/cli/workflow_file.hpp"
#include "runtime/workflow/event.hpp"
#include "runtime/workflow/json.hpp"
#include "runtime/workflow/spelling.hpp"
#include "storage/look.hpp"

namespace pitwall::cli {
namespace {

error wrong_at(std::string message, std::string where, std::string remedy) {
  return {errc::invalid_argument, std::move(message), std::move(where), std::move(remedy)};
}

class inspection {
 public:
  inspection(const config::configuration& c, const config::settings& from, const start_words& words)
      : c_(c), from_(from), words_(words) {}

  std::vector<error> run() {
    for (const auto& bot : c_.bots)
      if (!bot.workflow.empty()) look_at(bot.workflow, deployment_of(bot), bot.where);
    for (const auto& file : words_.files) look_at(file, deployment_of(file), file.string());
    look_at_triggers();
    return std::move(wrong_);
  }

 private:
  struct deployed {
    std::string bot_id, where;
  };

  void look_at(const std::filesystem::path& file, const result<host::deployment_request>& request,
               const std::string& where) {
    if (!request.ok()) {
      auto e = request.error();
      if (e.where != where) e.where = where + ": " + e.where;
      unreadable_ = true;
      return wrong_.push_back(std::move(e));
    }
    std::vector<problem> problems;
    if (!host::check(*request, c_.venues, problems).ok()) unreadable_ = true;
    for (const auto& p : problems) {
      if (p.level != problem::severity::error) continue;
      auto place = file.string() + "#" + p.pointer;
      if (!p.block_id.empty()) place += " (block " + in_quotes(p.block_id) + ")";
      if (where != file.string()) place.insert(0, where + ": ");
      wrong_.push_back(wrong_at(p.message, place, p.remedy));
    }
    const auto parsed = parse_workflow(request->text, request->parsing);
    if (!parsed.definition) return;
    const auto& d = *parsed.definition;
    const auto [first, is_new] = known_.emplace(d.id, deployed{d.bot_id, where});
    if (!is_new)
      wrong_.push_back(wrong_at(
          "workflow " + in_quotes(d.id) + " is also that of " + first->second.where, where,
          "give each workflow an id of its own: workflow_id of a bot, or \"id\" in its file"));
  }

  /// Where the bot's trigger was given.
  std::string place_of(const std::string& bot) const {
    for (const auto& text : words_.triggers)
      if (text.substr(0, text.find_first_of(":=")) == bot)
        return "--trigger " + text.substr(0, text.find('='));
    for (const auto& i : from_.below("/bots"))
      if (from_.text("/bots/" + i + "/id") == bot) return from_.where("/bots/" + i + "/trigger");
    return bot;
  }

  /// Empty where that is wrong, which is told, or where only the host itself can say.
  std::string workflow_of(const trigger_binding& t) {
    const auto place = place_of(t.bot_id);
    const auto named = known_.find(t.workflow_id);
    if (named != known_.end()) {
      if (named->second.bot_id == t.bot_id) return t.workflow_id;
      wrong_.push_back(wrong_at("workflow " + in_quotes(t.workflow_id) +
                                    " trades for another bot than " + in_quotes(t.bot_id),
                                place, "its file's bot_id says for whom it trades"));
      return {};
    }
    std::vector<std::string_view> own;
    for (const auto& [id, d] : known_)
      if (t.workflow_id.empty() && d.bot_id == t.bot_id) own.push_back(id);
    if (own.size() == 1) return std::string(own.front());
    if (own.size() > 1) {
      std::string all;
      for (const auto w : own) all.append(all.empty() ? "" : ", ").append(w);
      wrong_.push_back(wrong_at("bot " + in_quotes(t.bot_id) + " has " +
                                    std::to_string(own.size()) + " workflows: " + all,
                                place, "say which: --trigger " + t.bot_id + ":WORKFLOW='WORDS'"));
    } else if (words_.nothing_else && !unreadable_) {
      wrong_.push_back(wrong_at("no deployed workflow trades for bot " + in_quotes(t.bot_id), place,
                                "give the bot a 'workflow', or name a file whose bot_id it is"));
    }
    return {};
  }

  void look_at_triggers() {
    std::vector<error> unreadable;
    auto asked = triggers_of(c_, words_.triggers, unreadable);
    for (auto& e : unreadable) wrong_.push_back(std::move(e));
    std::map<std::string, std::string> place_by_workflow;
    std::vector<trigger_binding> found;
    for (auto& t : asked.triggers) {
      if (const auto* market = std::get_if<by_market>(&t.trigger.source))
        look_at_market(*market, place_of(t.bot_id));
      t.workflow_id = workflow_of(t);
      // One that nobody else has, so that what needs no workflow is told all the same.
      if (t.workflow_id.empty()) t.workflow_id = "\n" + t.bot_id;
      place_by_workflow.emplace(t.workflow_id, place_of(t.bot_id));
      found.push_back(std::move(t));
    }
    for (auto& e : check_triggers(found, event_type_names())) {
      const auto of_workflow = place_by_workflow.find(e.where);
      e.where = of_workflow != place_by_workflow.end() ? of_workflow->second : place_of(e.where);
      wrong_.push_back(std::move(e));
    }
  }

  void look_at_market(const by_market& m, const std::string& place) {
    std::vector<std::string_view> names{"paper"};
    std::string_view type = "paper";
    for (const auto& v : c_.venues) {
      names.push_back(v.name);
      if (v.name == m.venue) type = v.type;
    }
    if (std::find(names.begin(), names.end(), m.venue) == names.end()) {
      wrong_.push_back(
          wrong_at("there is no venue " + in_quotes(m.venue), place,
                   spelling().suggestion(m.venue, names, "there are: " + listed(names))));
    } else if (m.volume && type != "binance") {
      wrong_.push_back(wrong_at("the venue " + in_quotes(m.venue) + " tells no volume", place,
                                "wait for a price, or name a venue of type binance"));
    }
  }

  const config::configuration& c_;
  const config::settings& from_;
  const start_words& words_;
  std::vector<error> wrong_;
  std::map<std::string, deployed> known_;  ///< By workflow id.
  bool unreadable_ = false;                ///< Who trades for whom is not all known.
};

}  // namespace

start_words words_on(const config::configuration& c, std::vector<std::filesystem::path> files,
                     std::vector<std::string> triggers) {
  const bool fresh = c.mode == durability::memory || !holds_journal(c.directory);
  return {std::move(files), std::move(triggers), fresh};
}

std::vector<error> inspect_workflows(const config::configuration& c, const config::settings& from,
                                     const start_words& words) {
  return inspection(c, from, words).run();
}

result<host::deployment_request> deployment_of(const config::bot_part& bot) {
  PITWALL_TRY(request, deployment_of(bot.workflow));
  request.parsing.template_id = bot.template_id;
  request.parsing.forced_id = bot.workflow_id;
  request.parsing.bot_id = bot.id;
  request.parsing.strategy_id = bot.strategy_id;
  request.parsing.venues = bot.venues;
  return request;
}

result<host::deployment_request> deployment_of(const std::filesystem::path& file) {
  PITWALL_TRY(text, read_workflow_file(file));
  host::deployment_request request;
  request.text = std::move(text);
  request.parsing.default_id = id_of_file(file);
  request.base_directory = std::filesystem::absolute(file).parent_path();
  return request;
}

}  // namespace pitwall::cli
