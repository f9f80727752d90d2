#include "runtime/host/config/reload.hpp"

#include <map>

#include "runtime/workflow/json.hpp"

namespace pitwall::config {
namespace {

struct place {
  std::string pointer;  ///< In its own settings.
  const setting* is;
};

/// By pointer, with the bots' ids in the place of their indexes.
std::map<std::string, place> by_name(const settings& of) {
  std::map<std::string, place> out;
  for (const auto& [pointer, s] : of.all) {
    auto name = pointer;
    if (pointer.starts_with("/bots/")) {
      const auto end = pointer.find('/', 6);
      name =
          "/bots/" + pointer_token(of.text(pointer.substr(0, end) + "/id")) + pointer.substr(end);
    }
    out.emplace(std::move(name), place{pointer, &s});
  }
  return out;
}

std::string bot_of(const std::string& name) {
  return name.starts_with("/bots/") ? name.substr(0, name.find('/', 6)) : std::string();
}

std::string json_of(const place* p) { return p == nullptr ? "" : to_json(p->is->is); }

class comparison {
 public:
  comparison(const settings& now, const settings& read)
      : now_(by_name(now)), read_(by_name(read)), read_anew_(read), plan_{now, {}, {}} {
    for (const auto& [pointer, s] : now.all)
      if (s.of->path == "/bots/#/id") index_["/bots/" + pointer_token(s.is.as_text())] = pointer;
  }

  reload_plan run() {
    for (const auto& [name, p] : now_) {
      const auto found = read_.find(name);
      compare(name, &p, found == read_.end() ? nullptr : &found->second);
    }
    for (const auto& [name, p] : read_)
      if (!now_.contains(name)) compare(name, nullptr, &p);
    return std::move(plan_);
  }

 private:
  void compare(const std::string& name, const place* before, const place* after) {
    const auto bot = bot_of(name);
    if (!bot.empty()) {
      const bool was = now_.contains(bot + "/id"), is = read_.contains(bot + "/id");
      if (was != is) {
        // Told once, by its id.
        if (name != bot + "/id") return;
        const reload_outcome::change c{shown_bot(bot), json_of(before), json_of(after)};
        if (was) return plan_.outcome.refused.push_back(c);
        plan_.outcome.applied.push_back(c);
        return add_bot(after->pointer.substr(0, after->pointer.rfind('/')));
      }
    }
    if (before != nullptr && after != nullptr && before->is->is == after->is->is) return;
    const auto& k = *(before != nullptr ? before : after)->is->of;
    const reload_outcome::change c{
        bot.empty() ? shown(name) : shown_bot(bot) + "." + shown(name.substr(bot.size())),
        json_of(before), json_of(after)};
    if (!k.live || (is_default(before) && is_default(after)))
      return plan_.outcome.refused.push_back(c);
    plan_.outcome.applied.push_back(c);
    const auto pointer = before != nullptr ? before->pointer : pointer_of(name, bot);
    if (after == nullptr)
      plan_.next.all.erase(pointer);
    else
      plan_.next.all.insert_or_assign(pointer, *after->is);
  }

  /// Behind those that are there, with all that is said of it.
  void add_bot(const std::string& from) {
    auto& next = plan_.next;
    const auto to = "/bots/" + std::to_string(next.below("/bots").size());
    plan_.new_bots.push_back(read_anew_.text(from + "/id"));
    for (const auto& [pointer, s] : read_anew_.all)
      if (pointer.starts_with(from + "/")) next.all.emplace(to + pointer.substr(from.size()), s);
    for (const auto& [pointer, where] : read_anew_.elements)
      if (pointer == from || pointer.starts_with(from + "/"))
        next.elements.emplace(to + pointer.substr(from.size()), where);
  }

  /// Nobody said it: between two of them the profile has changed, which waits for a start, and its
  /// limits with it.
  static bool is_default(const place* p) { return p == nullptr || p->is->from < layer::file; }

  static std::string shown_bot(const std::string& bot) {
    return "bots[" + parts_of(bot).back() + "]";
  }

  /// Of a value that the settings in force do not have yet.
  std::string pointer_of(const std::string& name, const std::string& bot) const {
    if (bot.empty()) return name;
    const auto& id = index_.at(bot);
    return id.substr(0, id.rfind('/')) + name.substr(bot.size());
  }

  std::map<std::string, place> now_, read_;
  std::map<std::string, std::string> index_;
  const settings& read_anew_;
  reload_plan plan_;
};

}  // namespace

reload_plan plan_reload(const settings& now, const settings& read) {
  return comparison(now, read).run();
}

}  // namespace pitwall::config
