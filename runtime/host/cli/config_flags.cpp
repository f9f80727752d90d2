#include "runtime/host/cli/config_flags.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "runtime/host/cli/workflow_file.hpp"
#include "runtime/host/resilience_settings.hpp"
#include "runtime/host/time_text.hpp"
#include "runtime/host/venues.hpp"
#include "runtime/risk/limits.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

using config::form;

constexpr const char* data_directory_variable = "PITWALL_DATA_DIR";

bool is_plain(const config::key& k) {
  constexpr std::string_view special[] = {"--limit",    "--bot-limit",    "--resilience",
                                          "--venue",    "--allow-origin", "--http-allow",
                                          "--json-log", "--trigger"};
  return !k.flag.empty() &&
         std::find(std::begin(special), std::end(special), k.flag) == std::end(special);
}

std::string help_of(const config::key& k) {
  auto text = k.about;
  if (k.how == form::choice && k.flag != "--durability") {
    auto words = k.bounds;
    std::replace(words.begin(), words.end(), '|', ' ');
    text += ": " + words;
  }
  if (k.how == form::size) text += "; also as 256MB";
  if (!k.fallback.empty()) text += " [" + k.fallback + "]";
  return text;
}

}  // namespace

void config_flags::declare(CLI::App& c) {
  c.add_option("--config", file_,
               "Configuration file (docs/configuration.md); over it go the variables "
               "PITWALL__SECTION__KEY, and over these the options here");
  for (const auto& k : config::keys()) {
    if (!is_plain(k)) continue;
    given_[k.path] = k.how == form::boolean ? c.add_flag(k.flag, switches_[k.path], help_of(k))
                                            : c.add_option(k.flag, values_[k.path], help_of(k));
  }
  c.add_flag("--memory", memory_, "The same as --durability memory");
  c.add_flag("--json-log", json_log_, "One JSON object a line instead of text");
  const auto list = [&](const char* name, std::vector<std::string>& into, const char* help) {
    c.add_option(name, into, help)->allow_extra_args(false);
  };
  list("--limit", limits_,
       "NAME=VALUE, repeatable: a limit of the host and of each bot, as daily_loss_limit=-100; "
       "none switches it off (docs/risk.md lists them)");
  list("--bot-limit", bot_limits_,
       "BOT:NAME=VALUE, repeatable: a limit of one bot, instead of the common one");
  list("--resilience", resilience_,
       "KEY=VALUE or KEY@WHERE=VALUE, repeatable: retries, breakers, rate limits and bulkheads of "
       "this host, like breaker.failures=5 (in breaker.window=120s; 0: never opens), "
       "retry.max_attempts=3, rate@binance=10/s, bulkhead.at_once@paper/orders=16; WHERE is a "
       "venue, or a class of its calls; docs/resilience.md lists all");
  list(
      "--venue", venues_,
      "NAME=binance:https://HOST[:PORT], repeatable: trade on this venue where a workflow names it "
      "(venue, profile_id); other names lead to the paper venue. Behind it ?key_file=PATH signs "
      "private requests with the key and secret in that file, &ca_file=PATH believes the "
      "certificates there instead of the system's, &stream=true takes prices, books and fills by "
      "WebSocket, and &live=true lets orders leave (else they do for a loopback address alone). "
      "NAME=TYPE[:URL] has market data alone, where TYPE is coinbase, kraken, bybit, luno, kalshi, "
      "polymarket or dydx");
  list("--allow-origin", origins_,
       "https://HOST[:PORT], repeatable: pages of this site may connect too, with a token");
  list(
      "--http-allow", web_hosts_,
      "HOST[:PORT], repeatable: workflows may call it (http, webhooks) although its address is not "
      "public; docs/security.md");
}

void config_flags::take_limits(std::vector<config::flag>& out, std::vector<error>& wrong) const {
  const auto take = [&](const std::string& text, const std::string& below,
                        const std::string& name) {
    const auto equals = text.find('=');
    risk_limits tried;
    auto set =
        equals == std::string::npos
            ? status(error{
                  errc::invalid_argument, "'" + text + "' sets no limit", {}, "write NAME=VALUE"})
            : set_limit(tried, text.substr(0, equals), text.substr(equals + 1));
    if (set.ok()) {
      out.push_back({name, below + text.substr(0, equals), text.substr(equals + 1)});
      return;
    }
    wrong.push_back(std::move(set).error());
    wrong.back().where = name;
  };
  for (const auto& text : limits_) take(text, "/risk/", "--limit " + text);
  for (const auto& text : bot_limits_) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0)
      wrong.push_back({errc::invalid_argument, "'" + text + "' names no bot", "--bot-limit " + text,
                       "write BOT:NAME=VALUE"});
    else
      take(text.substr(colon + 1), "/bots/=" + pointer_token(text.substr(0, colon)) + "/limits/",
           "--bot-limit " + text);
  }
}

void config_flags::take_resilience(std::vector<config::flag>& out,
                                   std::vector<error>& wrong) const {
  for (const auto& text : resilience_) {
    std::vector<error> problems;
    parse_resilience({text}, problems);
    // Whether it goes together with the others is seen once all are known.
    const auto own = std::find_if(problems.begin(), problems.end(),
                                  [&](const error& p) { return p.where == text; });
    if (own != problems.end()) {
      wrong.push_back(*own);
      wrong.back().where = "--resilience " + text;
      continue;
    }
    const auto equals = text.find('=');
    const auto at = std::min(text.find('@'), equals);
    auto key = text.substr(0, at);
    std::replace(key.begin(), key.end(), '.', '/');
    const auto where = at < equals
                           ? "at/" + pointer_token(text.substr(at + 1, equals - at - 1)) + "/"
                           : std::string();
    out.push_back({"--resilience " + text, "/resilience/" + where + key, text.substr(equals + 1)});
  }
}

void config_flags::take_venues(std::vector<config::flag>& out, std::vector<error>& wrong) const {
  std::set<std::string> seen{"paper", "http"};
  for (const auto& text : venues_) {
    auto venue = parse_outside_venue(text);
    const auto name = "--venue " + text;
    if (!venue.ok()) {
      wrong.push_back(std::move(venue).error());
      wrong.back().where = name;
    } else if (!seen.insert(venue->name).second) {
      wrong.push_back({errc::invalid_argument, "there are two venues of this name", name,
                       "name each venue once; 'paper' and 'http' are in every host"});
    } else {
      const auto at = "/venues/" + pointer_token(venue->name) + "/";
      out.push_back({name, at + "type", venue->type});
      if (!venue->url.empty()) out.push_back({name, at + "url", venue->url});
      if (venue->stream) out.push_back({name, at + "stream", *venue->stream ? "true" : "false"});
      if (venue->live) out.push_back({name, at + "live", *venue->live ? "true" : "false"});
      if (text.find("recv_window=") != std::string::npos)
        out.push_back({name, at + "recv_window", time_text(venue->recv_window)});
      if (!venue->key_file.empty()) out.push_back({name, at + "key_file", venue->key_file});
      if (!venue->ca_file.empty()) out.push_back({name, at + "ca_file", venue->ca_file});
    }
  }
}

config::sources config_flags::gather(std::vector<error>& wrong) const {
  config::sources s;
  if (!file_.empty()) {
    auto text = read_config_file(file_);
    if (text.ok())
      s.file = config::source_file{file_, std::move(*text)};
    else
      wrong.push_back(std::move(text).error());
  }
  // Every command knows this one; the variable of its own goes before it.
  if (const char* text = std::getenv(data_directory_variable); text != nullptr && *text != '\0')
    s.environment.push_back({data_directory_variable, text, "/journal/directory"});
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view all = *entry;
    const auto equals = all.find('=');
    if (!all.starts_with(config::prefix) || equals == all.npos) continue;
    s.environment.push_back(
        {std::string(all.substr(0, equals)), std::string(all.substr(equals + 1)), {}});
  }
  // What stands in it first must not depend on who started us.
  std::stable_sort(s.environment.begin(), s.environment.end(), [](const auto& a, const auto& b) {
    return config::pointer_order{}(a.name, b.name);
  });
  std::stable_partition(s.environment.begin(), s.environment.end(),
                        [](const auto& v) { return !v.pointer.empty(); });
  for (const auto& k : config::keys()) {
    const auto given = given_.find(k.path);
    if (given == given_.end() || given->second->count() == 0) continue;
    auto text = k.how == form::boolean ? "true" : values_.at(k.path);
    // Seconds without a unit, as it was before there were others.
    const bool bare = k.how == form::time && !text.empty() &&
                      text.find_first_not_of("0123456789") == std::string::npos;
    s.flags.push_back({k.flag, k.path, bare ? text + "s" : text});
  }
  if (memory_) s.flags.push_back({"--memory", "/journal/durability", "memory"});
  if (json_log_) s.flags.push_back({"--json-log", "/log/format", "json"});
  const auto list = [&](const char* name, const char* path, const std::vector<std::string>& given) {
    std::string all;
    for (const auto& one : given) all.append(all.empty() ? "" : ",").append(one);
    if (!given.empty()) s.flags.push_back({name, path, all});
  };
  list("--allow-origin", "/server/allowed_origins", origins_);
  list("--http-allow", "/venues/http/allow", web_hosts_);
  take_limits(s.flags, wrong);
  take_resilience(s.flags, wrong);
  take_venues(s.flags, wrong);
  return s;
}

config::loaded config_flags::load() const {
  std::vector<error> wrong;
  auto loaded = config::load(gather(wrong));
  loaded.problems.insert(loaded.problems.begin(), wrong.begin(), wrong.end());
  return loaded;
}

}  // namespace pitwall::cli
