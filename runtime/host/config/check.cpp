#include "runtime/host/config/check.hpp"

#include <algorithm>
#include <map>

#include "net/venues/market_dialects.hpp"
#include "runtime/base/scope_name.hpp"
#include "runtime/base/web_url.hpp"
#include "runtime/host/config/configuration.hpp"
#include "runtime/host/config/value.hpp"
#include "runtime/host/time_text.hpp"
#include "runtime/host/workers/host_place.hpp"
#include "runtime/workflow/spelling.hpp"

namespace pitwall::config {
namespace {

std::string plain(const std::string& part) { return parts_of("/" + part).front(); }

/// Something other than what holds anyway: `config print` says all of that too.
bool differs(const settings& c, const std::string& pointer) {
  const auto* s = c.find(pointer);
  if (s == nullptr || s->from < layer::file) return false;
  const auto& fallback = s->of->fallback;
  if (fallback.empty()) return true;
  const auto usual = read_text(*s->of, fallback, parts_of(pointer).back());
  return !usual.ok() || !(*usual == s->is);
}

void check_server(const settings& c, findings& wrong) {
  const bool port = c.at("/server/port").is_number() || c.unread.contains("/server/port");
  for (const char* name :
       {"listen", "tls_certificate_file", "tls_key_file", "allowed_origins", "insecure_plain"}) {
    const auto at = std::string("/server/") + name;
    if (port || !differs(c, at)) continue;
    wrong.add("without a port nothing is served there", c.where(at),
              "give server.port (--port), or leave this out");
  }
  const bool certificate = c.tried("/server/tls_certificate_file");
  const bool key = c.tried("/server/tls_key_file");
  if (certificate && !key)
    wrong.add("a certificate without its key is of no use", c.where("/server/tls_certificate_file"),
              "give server.tls_key_file (--tls-key)");
  if (key && !certificate)
    wrong.add("a key without its certificate is of no use", c.where("/server/tls_key_file"),
              "give server.tls_certificate_file (--tls-cert)");
  if (certificate && c.flag("/server/insecure_plain"))
    wrong.add("the port speaks TLS, and shall speak plain HTTP", c.where("/server/insecure_plain"),
              "leave one of the two out");
}

void check_workers(const settings& c, findings& wrong) {
  const auto listen = c.text("/workers/listen");
  std::string missing;
  for (const char* name : {"/workers/certificate", "/workers/key", "/workers/authority"}) {
    if (!c.tried(name)) missing += (missing.empty() ? "" : ", ") + shown(name);
    if (!c.tried("/workers/listen") && c.tried(name))
      wrong.add("without an address for workers nobody is shown it", c.where(name),
                "give workers.listen (--workers-listen), or leave this out");
  }
  if (c.tried("/workers/listen") && !missing.empty())
    wrong.add("workers join by mutual TLS alone: not set is " + missing, c.where("/workers/listen"),
              "`pitwall cert init` and `cert issue` make the files");
  if (!listen.empty() && !parse_host_place(listen, true).ok())
    wrong.add(in_quotes(listen) + " is no address to listen on", c.where("/workers/listen"),
              "write a numeric address and a port, like 10.0.0.1:7410 or [::1]:7410");
  const auto time = [&](const char* at) {
    const auto t = parse_time(c.text(at));
    return t.ok() ? *t : microseconds(0);
  };
  if (time("/workers/lost_after") < 2 * time("/workers/heartbeat"))
    wrong.add("a worker would be lost before its second heartbeat",
              c.where(c.said("/workers/lost_after") ? "/workers/lost_after" : "/workers/heartbeat"),
              "make workers.lost_after twice workers.heartbeat at least");
}

void check_host(const settings& c, findings& wrong) {
  const auto name = c.text("/host/name");
  if (!name.empty() && !is_venue_name(name))
    wrong.add(in_quotes(name) + " cannot name a host", c.where("/host/name"),
              "use up to 64 letters, digits, dots, dashes and underscores");
}

void check_log(const settings& c, findings& wrong) {
  for (const char* at : {"/log/max_file_bytes", "/log/kept_files"})
    if (differs(c, at) && !c.tried("/log/file"))
      wrong.add("no file is written", c.where(at), "give log.file, or leave this out");
}

/// Every element has what its kind needs.
void check_required(const settings& c, const std::string& list, const std::string& element,
                    findings& wrong) {
  for (const auto& k : keys()) {
    const auto wild = list + (list == "/bots" ? "/#/" : "/*/");
    if (!k.required || !k.path.starts_with(wild)) continue;
    const auto name = k.path.substr(wild.size());
    const auto at = list + "/" + element;
    if (!c.tried(at + "/" + name))
      wrong.add("it has no '" + name + "'", c.elements.at(at), k.about);
  }
}

/// Whether what is sent there can be read by all on the way.
bool goes_in_the_clear(const std::string& url) {
  const auto at = parse_web_url(url);
  return at.ok() && !at->secure && !is_loopback_name(at->host);
}

bool has_key(const settings& c, const std::string& at) {
  return c.tried(at + "/key_file") || c.tried(at + "/key_env");
}

/// A venue on this machine is a simulator or a proxy, and may do without.
void check_live_venue(const settings& c, const std::string& at, findings& wrong) {
  const auto url = parse_web_url(c.text(at + "/url"));
  if (!url.ok() || !url->secure || is_loopback_name(url->host)) return;
  if (c.flag(at + "/live") && !has_key(c, at))
    wrong.add("orders would leave, and there is no key to sign them with", c.where(at + "/live"),
              "give key_file or key_env, or leave 'live' out: a dry run");
}

/// The URL itself is not repeated: people write secrets into it.
void check_venue_url(const settings& c, const std::string& at, findings& wrong) {
  if (c.text(at + "/url").empty()) return;
  const auto url = parse_web_url(c.text(at + "/url"));
  if (!url.ok())
    wrong.add(url.error().message, c.where(at + "/url"),
              url.error().remedy + "; a venue's URL is like https://api.example.com");
  else if (url->target != "/")
    wrong.add("a venue's URL has no path and no query", c.where(at + "/url"),
              "write it like https://api.example.com");
}

/// What the worker has to have is not asked for here.
void check_placed_venue(const settings& c, const std::string& at, findings& wrong) {
  if (c.text(at + "/type") != "binance")
    wrong.add("only a venue that takes orders is placed on a worker", c.where(at + "/placement"),
              "leave 'placement' out; a node near the venue has its own (docs/several_hosts.md)");
  if (!c.tried("/workers/listen"))
    wrong.add("no worker can join this host", c.where(at + "/placement"),
              "give workers.listen (--workers-listen), or leave 'placement' out");
  for (const char* name :
       {"/url", "/key_file", "/key_env", "/ca_file", "/live", "/stream", "/recv_window"})
    if (c.said(at + name))
      wrong.add("its worker speaks with this venue, and knows how", c.where(at + name),
                "leave it out here, and give it in the worker's own configuration");
}

void check_venue_type(const settings& c, const std::string& at, findings& wrong) {
  if (c.said(at + "/placement")) return check_placed_venue(c, at, wrong);
  if (c.tried(at + "/placement")) return;  // Unreadable: what it means is not known.
  check_venue_url(c, at, wrong);
  const auto type = c.text(at + "/type");
  if (type == "binance" && !c.tried(at + "/url"))
    wrong.add("it has no 'url'", c.elements.at(at), "http://HOST[:PORT] or https://HOST[:PORT]");
  if (c.tried(at + "/key_file") && c.tried(at + "/key_env"))
    wrong.add("the key is in a file or in the environment, not in both", c.where(at + "/key_env"),
              "leave one of key_file and key_env out");
  if (has_key(c, at) && goes_in_the_clear(c.text(at + "/url")))
    wrong.add("the key and all orders would go over the network in the clear", c.where(at + "/url"),
              "write https://, or name a proxy on this machine, by a loopback address");
  if (type.empty() || type == "binance") return check_live_venue(c, at, wrong);
  if (c.flag(at + "/live"))
    wrong.add("of a venue of type " + type + " the host has market data alone: no order can leave",
              c.where(at + "/live"), "leave it out");
  const auto dialect = make_market_dialect(type);
  if (c.flag(at + "/stream") && dialect && dialect->stream().url.empty())
    wrong.add("a venue of type " + type + " has no public stream", c.where(at + "/stream"),
              "leave it out");
  for (const char* name : {"/key_file", "/key_env", "/recv_window"})
    if (differs(c, at + name))
      wrong.add("a venue of type " + type + " is asked for public data alone", c.where(at + name),
                "leave it out");
}

void check_venues(const settings& c, findings& wrong) {
  for (const auto& element : c.below("/venues")) {
    const auto name = plain(element);
    if (is_built_in(name)) continue;
    const auto where = c.elements.at("/venues/" + element);
    if (!is_venue_name(name))
      wrong.add(in_quotes(name) + " cannot name a venue", where,
                "use up to 64 letters, digits, dots, dashes and underscores");
    check_required(c, "/venues", element, wrong);
    check_venue_type(c, "/venues/" + element, wrong);
  }
}

/// The types of providers, whose default venue a bot may choose.
constexpr std::string_view provider_types[] = {
    "polymarket", "luno", "kalshi", "binance", "coinbase", "bybit", "kraken", "dydx", "paper"};

void check_bot_venues(const settings& c, const std::string& bot, findings& wrong) {
  std::vector<std::string> venues;
  for (const auto& v : c.below("/venues"))
    if (!is_built_in(plain(v))) venues.push_back(plain(v));
  venues.emplace_back("paper");
  const std::vector<std::string_view> known(venues.begin(), venues.end());
  const std::vector<std::string_view> types(std::begin(provider_types), std::end(provider_types));
  spelling names;
  for (const auto& type : c.below(bot + "/venues")) {
    const auto at = bot + "/venues/" + type;
    const auto profile = c.text(at);
    if (std::find(types.begin(), types.end(), plain(type)) == types.end())
      wrong.add("there is no provider type " + in_quotes(plain(type)), c.where(at),
                names.suggestion(plain(type), types, "there are: " + listed(types)));
    if (!profile.empty() && std::find(known.begin(), known.end(), profile) == known.end())
      wrong.add("there is no venue " + in_quotes(profile), c.where(at),
                names.suggestion(profile, known, "there are: " + listed(known)));
  }
}

void check_peers(const settings& c, findings& wrong) {
  const auto all = c.below("/peers");
  // Each is a connection, and each of them sees all that happens.
  if (constexpr std::size_t most = 64; all.size() > most)
    wrong.add("there are " + std::to_string(all.size()) + " peers",
              c.elements.at("/peers/" + all.back()), "name at most " + std::to_string(most));
  for (const auto& element : all) {
    const auto name = plain(element);
    const auto where = c.elements.at("/peers/" + element);
    if (!is_venue_name(name) || name == "all")
      wrong.add(in_quotes(name) + " cannot name a host", where,
                "use up to 64 letters, digits, dots, dashes and underscores, and not 'all'");
    if (name == c.text("/host/name"))
      wrong.add("a host is no peer of its own", where, "leave it out, or look at host.name");
    check_required(c, "/peers", element, wrong);
  }
}

void check_bots(const settings& c, findings& wrong) {
  std::map<std::string, std::string> ids, workflows;  // And where they were named first.
  for (const auto& i : c.below("/bots")) {
    const auto bot = "/bots/" + i;
    check_required(c, "/bots", i, wrong);
    for (const char* name : {"id", "workflow_id", "strategy_id"}) {
      const auto text = c.text(bot + "/" + name);
      if (text.size() > 200)
        wrong.add("an id has at most 200 characters", c.where(bot + "/" + name), "shorten it");
    }
    for (const auto& [name, scope] :
         {std::pair("id", bot_scope), {"strategy_id", strategy_scope}}) {
      const auto text = c.text(bot + "/" + name);
      if (!text.empty() && text.size() <= 200 && !can_name_scope(scope, text))
        wrong.add("an id is blank, or has control characters", c.where(bot + "/" + name),
                  "no halt could name it: write another one");
    }
    const auto once = [&](std::map<std::string, std::string>& seen, const char* name,
                          const char* remedy) {
      const auto text = c.text(bot + "/" + name);
      if (text.empty()) return;
      const auto [first, is_new] = seen.emplace(text, c.where(bot + "/" + name));
      if (!is_new)
        wrong.add(in_quotes(text) + " is also that of " + first->second, c.where(bot + "/" + name),
                  remedy);
    };
    once(ids, "id", "name each bot once");
    once(workflows, "workflow_id", "deploy each workflow under its own id");
    const bool workflow = c.tried(bot + "/workflow");
    if (!workflow)
      for (const char* name : {"template", "workflow_id", "strategy_id"})
        if (c.find(bot + "/" + name) != nullptr)
          wrong.add("the bot has no workflow that it could be meant for", c.where(bot + "/" + name),
                    "give 'workflow', or leave this out");
    if (!workflow && !c.below(bot + "/venues").empty())
      wrong.add("the bot has no workflow that they could be meant for",
                c.where(bot + "/venues/" + c.below(bot + "/venues").front()),
                "give 'workflow', or leave this out");
    check_bot_venues(c, bot, wrong);
  }
}

void check_resilience(const settings& c, findings& wrong) {
  std::vector<error> problems;
  std::string first;
  for (const auto& [pointer, s] : c.all)
    if (first.empty() && s.of->how == form::resilience && s.from >= layer::file) first = s.where;
  parse_resilience(resilience_texts(c), problems);
  for (auto& p : problems) {
    const auto place = p.where;
    auto where = first;
    for (const auto& [pointer, s] : c.all)
      if (s.from >= layer::file && pointer.starts_with("/resilience/at/") &&
          plain(pointer.substr(15, pointer.find('/', 15) - 15)) == place)
        where = s.where;
    if (!place.empty()) p.message += " (for " + place + ")";
    wrong.add(std::move(p), where);
  }
}

}  // namespace

void check(const settings& config, findings& wrong) {
  check_server(config, wrong);
  check_host(config, wrong);
  check_log(config, wrong);
  check_workers(config, wrong);
  check_venues(config, wrong);
  check_peers(config, wrong);
  check_bots(config, wrong);
  check_resilience(config, wrong);
}

}  // namespace pitwall::config
