#include <algorithm>
#include <array>
#include <utility>

#include "runtime/base/limits.hpp"
#include "runtime/schedule/notation.hpp"
#include "runtime/schedule/trigger_spec.hpp"

namespace pitwall {
namespace {

using std::chrono::seconds;

/// The members of a trigger's object; what nobody asked for is a problem in the end.
class members {
 public:
  members(const value& object, std::vector<error>& problems)
      : object_(object), problems_(problems), before_(problems.size()) {}

  bool ok() const { return problems_.size() == before_; }
  void wrong(std::string_view name, std::string message, std::string remedy) {
    problems_.push_back(
        {errc::invalid_argument, std::move(message), "/" + std::string(name), std::move(remedy)});
  }
  void wrong(std::string_view name, error e) {
    e.where = "/" + std::string(name);
    problems_.push_back(std::move(e));
  }
  /// Null where there is none.
  const value& take(std::string_view name) {
    static const value none;
    taken_.push_back(name);
    const auto* v = object_.find(name);
    return v == nullptr ? none : *v;
  }
  std::string text(std::string_view name, std::string otherwise = {}) {
    const auto& v = take(name);
    if (v.is_null()) return otherwise;
    if (v.is_text()) return v.as_text();
    wrong(name, "'" + std::string(name) + "' is no text", "write it in quotes");
    return otherwise;
  }
  std::string needed_text(std::string_view name, std::string remedy) {
    auto t = text(name);
    if (t.empty() && (take(name).is_null() || take(name).is_text()))
      wrong(name, "'" + std::string(name) + "' is missing", std::move(remedy));
    return t;
  }
  milliseconds length(std::string_view name, milliseconds otherwise, milliseconds least,
                      milliseconds most) {
    const auto written = text(name);
    if (written.empty()) return otherwise;
    auto parsed = length_of_time(written);
    if (!parsed.ok()) {
      wrong(name, std::move(parsed).error());
      return otherwise;
    }
    if (*parsed < least || *parsed > most)
      wrong(name, "'" + std::string(name) + "' is " + written,
            "it may be " + to_text(least) + " to " + to_text(most));
    return *parsed;
  }
  std::optional<decimal> number(std::string_view name) {
    const auto& v = take(name);
    if (v.is_null()) return std::nullopt;
    if (v.is_number()) return v.as_number();
    if (v.is_text())
      if (const auto parsed = decimal::parse(v.as_text()); parsed.ok()) return *parsed;
    wrong(name, "'" + std::string(name) + "' is no number", "write a decimal number");
    return std::nullopt;
  }
  std::size_t choice(std::string_view name, const std::vector<std::string_view>& of) {
    const auto written = text(name, std::string(of.front()));
    const auto it = std::ranges::find(of, written);
    if (it != of.end()) return static_cast<std::size_t>(it - of.begin());
    std::string all;
    for (const auto o : of) all.append(all.empty() ? "" : ", ").append(o);
    wrong(name, "'" + written + "' is no " + std::string(name), "use one of: " + all);
    return 0;
  }
  void refuse_the_rest() {
    for (const auto& [name, v] : object_.as_object())
      if (std::ranges::find(taken_, name) == taken_.end())
        wrong(name, "a trigger of this type has no '" + name + "'",
              "docs/triggers.md lists what each type has");
  }

 private:
  const value& object_;
  std::vector<error>& problems_;
  std::size_t before_;
  std::vector<std::string_view> taken_;
};

time_zone zone_of(members& m) {
  auto zone = time_zone::find(m.text("timezone", "UTC"));
  if (zone.ok()) return *zone;
  m.wrong("timezone", std::move(zone).error());
  return {};
}

/// Of a calendar; `words` say it.
std::optional<schedule> calendar(members& m, std::string_view name, const value& spec,
                                 const std::string& words, std::string& text) {
  const auto zone = zone_of(m);
  std::vector<error> problems;
  auto s = schedule::parse(spec, zone, problems);
  for (auto& p : problems) m.wrong(name, std::move(p));
  text = words + " " + zone.name();
  return s;
}

std::optional<schedule> interval(members& m, std::string& text) {
  const auto every = m.length("every", milliseconds(0), seconds(1), std::chrono::hours(24 * 366));
  if (every.count() == 0) {
    if (m.take("every").is_null())
      m.wrong("every", "'every' is missing", "say how often, as in 5m");
    return std::nullopt;
  }
  text = "every " + to_text(every);
  timestamp from{};
  if (const auto written = m.text("from"); !written.empty()) {
    auto parsed = parse_iso8601(written);
    if (!parsed.ok()) {
      m.wrong("from", std::move(parsed).error());
      return std::nullopt;
    }
    from = *parsed;
    text += " from " + to_iso8601(from);
  }
  return schedule::every(every, from);
}

std::optional<schedule> cron(members& m, std::string& text) {
  const auto written = m.needed_text("cron", "write minute hour day-of-month month day-of-week");
  if (written.empty()) {
    zone_of(m);
    return std::nullopt;
  }
  std::string words = "cron";
  for (const auto w : words_of(written)) words.append(" ").append(w);
  return calendar(m, "cron", value(written), words, text);
}

std::optional<schedule> times(members& m, std::string& text) {
  const auto& list = m.take("times");
  std::string words;
  if (list.is_list()) {
    for (const auto& t : list.as_list())
      if (t.is_text()) words.append(words.empty() ? "at " : ",").append(t.as_text());
  } else {
    m.wrong("times", "'times' is no list", R"(write times of day, as in ["09:30", "16:00"])");
    zone_of(m);
    return std::nullopt;
  }
  return calendar(m, "times", list, words, text);
}

by_event event(members& m, std::string& text) {
  by_event e;
  e.type = m.needed_text("event", "name a type of event, as in execution_completed");
  e.workflow_id = m.needed_text("workflow", "name the workflow whose event it is");
  e.status = m.text("status");
  text = "event " + e.type + " of " + e.workflow_id;
  if (!e.status.empty()) text += " status=" + e.status;
  return e;
}

by_market market(members& m, std::string& text) {
  by_market x;
  x.venue = m.needed_text("venue", "name a venue of this host, as in paper");
  x.symbol = m.needed_text("symbol", "name what is traded there, as in BTC/USDT");
  x.poll = m.length("poll", seconds(5), seconds(1), std::chrono::hours(24));
  x.crosses = m.number("crosses");
  x.change_percent = m.number("change_percent");
  x.volume = m.number("volume");
  text = "market " + x.venue + " " + x.symbol + " poll=" + to_text(x.poll);
  if (!x.crosses && !x.change_percent && !x.volume)
    m.wrong("crosses", "none of 'crosses', 'change_percent' and 'volume' is given",
            "say at which level, change or volume it fires");
  const auto not_above_zero = [](const std::optional<decimal>& d) {
    return d && (d->is_negative() || d->is_zero());
  };
  if (not_above_zero(x.change_percent))
    m.wrong("change_percent", "'change_percent' is " + x.change_percent->to_string(),
            "give a size, as in 2.5; it counts in both directions");
  if (not_above_zero(x.volume))
    m.wrong("volume", "'volume' is " + x.volume->to_string(),
            "give an amount of the base asset, as in 12.5");
  if (x.crosses) text += " crosses=" + x.crosses->to_string();
  if (x.change_percent) text += " change_percent=" + x.change_percent->to_string();
  if (x.volume) text += " volume=" + x.volume->to_string();
  return x;
}

/// `clocked`: its moments are scheduled; else they come when they come, and are not made up for.
fire_policy policy_of(members& m, bool clocked, std::string& text) {
  const fire_policy usual;
  fire_policy p;
  p.when_running = static_cast<overlap>(m.choice("overlap", {"skip", "queue", "cancel_running"}));
  if (const auto limit = m.number("queue_limit")) {
    const auto n = limit->to_int();
    if (!n.ok() || *n < 1 || *n > static_cast<std::int64_t>(limits::max_queued_fires))
      m.wrong("queue_limit", "'queue_limit' is " + limit->to_string(),
              "it may be 1 to " + std::to_string(limits::max_queued_fires));
    else
      p.queue_limit = static_cast<std::size_t>(*n);
  }
  p.catch_up = m.length("catch_up", usual.catch_up, milliseconds(0), limits::max_catch_up);
  p.max_wait = m.length("max_wait", usual.max_wait, milliseconds(0), limits::max_catch_up);
  if (clocked) p.each_missed = m.choice("missed", {"latest", "each"}) == 1;
  if (clocked) p.jitter = m.length("jitter", usual.jitter, milliseconds(0), limits::max_catch_up);
  if (p.when_running != usual.when_running)
    text.append(" overlap=").append(to_string(p.when_running));
  if (p.queue_limit != usual.queue_limit) text += " queue_limit=" + std::to_string(p.queue_limit);
  if (p.catch_up != usual.catch_up) text += " catch_up=" + to_text(p.catch_up);
  if (p.max_wait != usual.max_wait) text += " max_wait=" + to_text(p.max_wait);
  if (p.each_missed) text += " missed=each";
  if (p.jitter != usual.jitter) text += " jitter=" + to_text(p.jitter);
  return p;
}

const std::vector<std::string_view> types{"interval", "cron",   "times",  "event",
                                          "market",   "manual", "webhook"};

using line_members = value::object;

error no_trigger(std::string_view line) {
  return {errc::invalid_argument,
          "'" + std::string(line) + "' is no trigger",
          {},
          "write one of: every 5m [from TIME]; cron MINUTE HOUR DAY MONTH WEEKDAY [ZONE]; at "
          "HH:MM,... [ZONE]; event TYPE of WORKFLOW; market VENUE SYMBOL crosses=LEVEL or "
          "volume=AMOUNT; manual; "
          "webhook. Behind it overlap=, queue_limit=, max_wait=, catch_up=, missed=, jitter="};
}

/// The words before the options, as members; false where they are none of the forms.
bool form(const std::vector<std::string_view>& w, line_members& out) {
  const auto add = [&](const char* name, std::string_view v) { out.emplace_back(name, value(v)); };
  const auto zone = [&](std::size_t at) {
    if (w.size() == at + 1) add("timezone", w[at]);
    return w.size() <= at + 1;
  };
  if (w.empty()) return false;
  if (w[0] == "every" && (w.size() == 2 || (w.size() == 4 && w[2] == "from"))) {
    add("type", "interval");
    add("every", w[1]);
    if (w.size() == 4) add("from", w[3]);
    return true;
  }
  const bool named = w[0].front() == '@' || (w[0] == "cron" && w.size() > 1 && w[1][0] == '@');
  if (w[0] == "cron" || named) {
    const std::size_t first = w[0] == "cron" ? 1 : 0, end = first + (named ? 1 : 5);
    if (w.size() < end) return false;
    std::string text;
    for (auto i = first; i < end; ++i) text.append(text.empty() ? "" : " ").append(w[i]);
    add("type", "cron");
    add("cron", text);
    return zone(end);
  }
  if (w[0] == "at" && w.size() >= 2) {
    value::list list;
    for (const auto t : split(w[1], ',')) list.emplace_back(t);
    add("type", "times");
    out.emplace_back("times", value(std::move(list)));
    return zone(2);
  }
  if (w[0] == "event" && w.size() == 4 && w[2] == "of") {
    add("type", "event");
    add("event", w[1]);
    add("workflow", w[3]);
    return true;
  }
  if (w[0] == "market" && w.size() == 3) {
    add("type", "market");
    add("venue", w[1]);
    add("symbol", w[2]);
    return true;
  }
  if (w.size() != 1 || (w[0] != "manual" && w[0] != "webhook")) return false;
  add("type", w[0]);
  return true;
}

}  // namespace

std::optional<trigger_spec> parse_trigger(const value& object, std::vector<error>& problems) {
  if (!object.is_object()) {
    problems.push_back({errc::invalid_argument,
                        "a trigger is no " + std::string(to_string(object.type())),
                        {},
                        R"(write an object, as in {"type": "interval", "every": "5m"})"});
    return std::nullopt;
  }
  members m(object, problems);
  trigger_spec spec;
  if (!m.take("type").is_text()) {
    m.wrong("type", "'type' is missing",
            "use one of: interval, cron, times, event, market, "
            "manual, webhook");
    return std::nullopt;
  }
  const auto type = m.choice("type", types);
  if (!m.ok()) return std::nullopt;
  std::optional<schedule> when;
  if (type == 0) when = interval(m, spec.text);
  if (type == 1) when = cron(m, spec.text);
  if (type == 2) when = times(m, spec.text);
  if (when) spec.source = std::move(*when);
  if (type == 3) spec.source = event(m, spec.text);
  if (type == 4) spec.source = market(m, spec.text);
  // Of starts by hand the workflow's own file says how many run at once.
  if (type >= 5) spec.text = types[type];
  if (type < 5) spec.policy = policy_of(m, type < 3, spec.text);
  m.refuse_the_rest();
  if (!m.ok()) return std::nullopt;
  return spec;
}

std::optional<trigger_spec> parse_trigger_line(std::string_view line,
                                               std::vector<error>& problems) {
  auto words = words_of(line);
  line_members object;
  std::size_t options = words.size();
  while (options > 0 && words[options - 1].find('=') != std::string_view::npos) --options;
  const std::vector<std::string_view> before(words.begin(),
                                             words.begin() + static_cast<std::ptrdiff_t>(options));
  if (!form(before, object)) {
    problems.push_back(no_trigger(line));
    return std::nullopt;
  }
  for (auto i = options; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    const std::string name(words[i].substr(0, equals));
    const auto same = [&](const auto& member) { return member.first == name; };
    if (std::ranges::any_of(object, same)) {
      problems.push_back(
          {errc::invalid_argument, "'" + name + "' is given twice", "/" + name, "give it once"});
      return std::nullopt;
    }
    object.emplace_back(name, value(words[i].substr(equals + 1)));
  }
  return parse_trigger(value(std::move(object)), problems);
}

}  // namespace pitwall
