#include "runtime/host/config/keys.hpp"

#include <algorithm>

#include "runtime/risk/limits.hpp"

namespace pitwall::config {
namespace {

using table = std::vector<key>;

void add_server(table& to) {
  to.push_back({"/profile", form::choice, "", "development|staging|production",
                "Which defaults hold; none named: those of the column Default", "--profile"});
  to.push_back({"/server/port", form::integer, "", "0..65535",
                "TCP port of the HTTP API, of /ws and of the test client; 0: a free one; not set: "
                "control.sock alone",
                "--port", "", false, false, true});
  to.push_back({"/server/listen", form::text, "127.0.0.1", "",
                "IP address of the port; one beyond loopback needs tokens and TLS", "--listen"});
  to.push_back({"/server/tls_certificate_file", form::path, "", "",
                "Speak TLS on the port: the certificate and its chain, PEM", "--tls-cert"});
  to.push_back({"/server/tls_key_file", form::path, "", "", "The certificate's key, PEM",
                "--tls-key", "", false, true});
  to.push_back({"/server/allowed_origins", form::texts, "", "",
                "https://HOST[:PORT]: pages of these sites may connect too, with a token",
                "--allow-origin"});
  to.push_back({"/server/insecure_plain", form::boolean, "false", "",
                "Listen beyond loopback without TLS, where something on the way ends TLS",
                "--insecure-plain"});
  to.push_back({"/server/drain", form::time, "30s", "0s..24h",
                "What running executions get when the host stops", "--drain"});
}

void add_journal(table& to) {
  to.push_back({"/journal/directory", form::path, "pitwall-data", "",
                "The data directory: journal, tokens, control.sock", "--data-dir"});
  to.push_back({"/journal/durability", form::choice, "sync", "sync|async|memory",
                "sync: survives a power cut; async: survives kill -9, a power cut may take the "
                "last moments; memory: keeps nothing",
                "--durability"});
  const auto keep = [&](const char* path, form how, const char* bounds, const char* about,
                        const char* flag, const char* unit) {
    to.push_back({path, how, "", bounds, about, flag, unit, false, false, true});
  };
  keep("/journal/keep_days", form::integer, "1..100000", "Let go of commits older than this",
       "--keep-days", "days");
  keep("/journal/keep_events", form::integer, "1..4611686018427387904",
       "Keep only the newest so many events", "--keep-events", "events");
  keep("/journal/keep_bytes", form::size, "1..4611686018427387904",
       "Keep only the newest events of so many bytes in all, before compression", "--keep-bytes",
       "bytes");
  const auto bytes = [&](const char* path, const char* fallback, const char* about,
                         const char* flag) {
    to.push_back({path, form::size, fallback, "1048576..1099511627776", about, flag, "bytes"});
  };
  bytes("/journal/max_wal_bytes", "268435456",
        "What the write-ahead log may take, and a start after a crash reads", "--max-wal");
  bytes("/journal/write_buffer_bytes", "33554432",
        "Events that wait in memory before they are sorted into files", "--write-buffer");
  bytes("/journal/block_cache_bytes", "33554432", "Recently read blocks kept in memory",
        "--block-cache");
  to.push_back({"/recovery/scan_wait", form::time, "10m", "0s..24h",
                "How long a start waits for the journal's scan before it serves all the same"});
  to.push_back({"/recovery/venue_wait", form::time, "2s", "0s..24h",
                "How long a start waits for each venue to tell of its orders, before it serves"});
}

void add_limits(table& to, const std::string& below, const char* of, bool defaults) {
  const risk_limits built_in;
  for (const auto& d : limit_table()) {
    const auto& number = built_in.*d.member;
    to.push_back({below + std::string(d.name), form::limit,
                  !defaults ? ""
                  : number  ? number->to_string()
                            : "none",
                  "", std::string(of) + std::string(d.meaning),
                  defaults ? "--limit" : "--bot-limit", std::string(d.unit), true, false, true});
  }
}

void add_risk(table& to) {
  add_limits(to, "/risk/", "", true);
  to.push_back({"/risk/auto_halt", form::boolean, "false", "",
                "What is beyond a limit, or an order that would be, halts the host, or the bot",
                "--auto-halt", "", true});
  to.push_back({"/risk/capital", form::number, "100000", "0.00000001..100000000000",
                "Equity before the first trade; the base of the drawdown", "", "currency"});
  to.push_back({"/risk/currency", form::text, "USDT", "",
                "The asset that capital, profit and loss and limits of money are in"});
  to.push_back({"/risk/look_every", form::time, "1s", "100ms..30s",
                "How often the prices of what is held are asked for; at least twice within "
                "max_price_age"});
  to.push_back({"/risk/max_price_age", form::time, "60s", "1s..1h",
                "An older price judges no order, and is no profit or loss; where it stays so, "
                "orders are refused, and auto_halt halts",
                "", "", true});
  to.push_back({"/risk/cancel_on_halt", form::boolean, "false", "",
                "As soon as a halt has closed its scope, cancel what rests there",
                "--cancel-on-halt"});
  to.push_back({"/risk/cancel_on_disconnect", form::boolean, "false", "",
                "Cancel what rests at a venue that was lost and is back, and all when stopping",
                "--cancel-on-disconnect"});
}

void add_venues(table& to) {
  to.push_back({"/venues/paper/seed", form::integer, "1", "0..18446744073709551615",
                "Seed of the prices of the paper venue, which is in every host", "--seed"});
  to.push_back({"/venues/http/allow", form::texts, "", "",
                "HOST[:PORT]: workflows may call it (http, webhooks) although its address is not "
                "public; docs/security.md",
                "--http-allow"});
  to.push_back({"/venues/http/ca_file", form::path, "", "",
                "Believe the certificates in this PEM file, and no others, where workflows call "
                "https",
                "--http-ca-file"});
  key type{"/venues/*/type",
           form::choice,
           "",
           "binance|coinbase|kraken|bybit|luno|kalshi|polymarket|dydx",
           "How the venue is spoken to: binance, the Binance Spot conventions; the others: market "
           "data alone, no orders (docs/venues.md)",
           "--venue"};
  type.required = true;
  to.push_back(type);
  to.push_back({"/venues/*/url", form::text, "", "",
                "http://HOST[:PORT] or https://HOST[:PORT]; not set: the type's own, which binance "
                "has none of",
                "--venue"});
  to.push_back({"/venues/*/live", form::boolean, "", "",
                "Orders leave for the venue; false: dry run, they are rejected before (dry_run); "
                "not set: only where the URL's host is loopback",
                "--venue"});
  to.push_back({"/venues/*/stream", form::boolean, "", "",
                "Market data and, with a key, what becomes of orders come by WebSocket; REST makes "
                "up for what the stream does not tell; not set: of venues with market data alone "
                "that have a public one",
                "--venue"});
  to.push_back(
      {"/venues/*/key_file", form::path, "", "",
       "Signs private requests: the key on the file's first line, the secret on its second",
       "--venue", "", false, true});
  to.push_back(
      {"/venues/*/key_env", form::text, "", "",
       "The same from the environment: NAME, for the variables NAME_API_KEY and NAME_API_SECRET",
       "", "", false, true});
  to.push_back({"/venues/*/ca_file", form::path, "", "",
                "Believe the certificates in this PEM file; not set: the system's", "--venue"});
  to.push_back({"/venues/*/recv_window", form::time, "2s", "50ms..60s",
                "How long an order may be under way to be accepted", "--venue"});
  to.push_back({"/venues/*/placement", form::texts, "", "",
                "Labels of the worker that speaks with the venue, which is configured there, and "
                "sends this host's orders; not set: this host does (docs/several_hosts.md)"});
  to.push_back(
      {"/venues/*/stale_after", form::time, "10s", "100ms..10m",
       "A venue that tells nothing new of a symbol for so long is not traded on: its stream, or "
       "its answers"});
}

void add_bots(table& to) {
  key id{"/bots/#/id", form::text, "", "", "Who trades: the bot_id of all that its workflow does"};
  id.required = true;
  to.push_back(id);
  to.push_back({"/bots/#/enabled", form::boolean, "true", "",
                "false: it takes no starts; what the configuration switched off, it switches on",
                "", "", true});
  to.push_back({"/bots/#/workflow", form::path, "", "",
                "Workflow file to deploy for it at the start; not set: the bot's limits alone"});
  to.push_back({"/bots/#/template", form::text, "", "", "Which workflow of a template collection"});
  to.push_back({"/bots/#/workflow_id", form::text, "", "",
                "The id it is deployed under; not set: the file's own"});
  to.push_back({"/bots/#/strategy_id", form::text, "", "",
                "The strategy_id of all that its workflow does; not set: the file's own"});
  to.push_back({"/bots/#/trigger", form::trigger, "", "",
                "What starts its workflow, like every 5m, or cron 0 9 * * mon-fri Europe/London "
                "(docs/triggers.md)",
                "--trigger", "", true});
  to.push_back(
      {"/bots/#/restart", form::restart, "never", "",
       "Whether it is started again when an execution fails, like on_failure max=5 wait=1s "
       "max_wait=1m (docs/resilience.md)",
       "", "", true});
  to.push_back({"/bots/#/venues/*", form::text, "", "",
                "By provider type (binance, kraken, ...): the venue for its blocks of this type "
                "that name none"});
  add_limits(to, "/bots/#/limits/", "Of this bot: ", false);
}

struct resilience_key {
  const char *path, *fallback, *about;
  const char* unit = "";
};
constexpr resilience_key of_calls[] = {
    {"breaker/failures", "5", "Opens at so many failures in its window; 0: never", "failures"},
    {"breaker/window", "2m", "How far back failures count"},
    {"breaker/failure_percent", "0", "Opens at this share of failed calls; 0: off", "percent"},
    {"breaker/slow_percent", "0", "Opens at this share of slow calls; 0: off", "percent"},
    {"breaker/minimum_calls", "20", "Below it the two shares do not count", "calls"},
    {"breaker/slow_after", "5s", "A call that takes longer is slow"},
    {"breaker/open_time", "1m", "How long the first opening lasts"},
    {"breaker/max_open_time", "10m", "How long openings in a row may last"},
    {"breaker/max_probes", "2", "Calls at once while it is half open, 1 to 16", "calls"},
    {"breaker/close_after", "2", "Successful probes that close it", "calls"},
    {"breaker/probe_timeout", "1m", "A probe that is silent for so long has failed"},
    {"rate", "none", "Calls in a time, and behind ':' at once: 10/s, 600/m, 5/2s:10"},
    {"bulkhead/at_once", "64", "Calls of a class at once", "calls"},
    {"bulkhead/waiting", "100000", "How many more wait for their turn", "calls"},
    {"retry_budget/percent", "20", "Retries, as a share of all calls", "percent"},
    {"retry_budget/max_saved", "100", "Retries that a quiet time can save up", "retries"},
    {"retry_budget/min_per_second", "1", "Retries that are always allowed", "retries"},
};
constexpr resilience_key of_retries[] = {
    {"max_attempts", "3", "How often a call is made at most", "attempts"},
    {"min_wait", "1s", "Before the second attempt"},
    {"max_wait", "1m", "Before any later one"},
    {"multiplier", "2", "By which the wait grows"},
    {"jitter", "full", "How the waits are spread: none, full, decorrelated"},
    {"total_time", "", "After so long no attempt begins; not set: no bound"},
    {"max_retry_after", "10m", "The longest wait that a venue may ask for"},
};

void add_resilience(table& to) {
  for (const auto& r : of_retries)
    to.push_back({std::string("/resilience/retry/") + r.path, form::resilience, r.fallback, "",
                  r.about, "--resilience", r.unit});
  for (const auto& c : of_calls)
    to.push_back({std::string("/resilience/") + c.path, form::resilience, c.fallback, "", c.about,
                  "--resilience", c.unit});
  for (const auto& c : of_calls)
    to.push_back({std::string("/resilience/at/*/") + c.path, form::resilience, "", "",
                  "The same for a venue, a class of its calls (NAME/data, NAME/orders), or a "
                  "circuit breaker that a file names",
                  "--resilience", c.unit});
}

void add_workers(table& to) {
  to.push_back({"/workers/listen", form::text, "", "",
                "ADDRESS:PORT where workers of other machines join, by mutual TLS; not set: they "
                "do not (docs/workers_setup.md)",
                "--workers-listen"});
  to.push_back({"/workers/certificate", form::path, "", "",
                "What the host shows its workers, PEM: `pitwall cert issue NAME --host ADDRESS`",
                "--workers-certificate"});
  to.push_back({"/workers/key", form::path, "", "", "The certificate's key, PEM", "--workers-key",
                "", false, true});
  to.push_back({"/workers/authority", form::path, "", "",
                "Only who shows a certificate of this authority joins, PEM: `pitwall cert init`",
                "--workers-authority"});
  to.push_back({"/workers/heartbeat", form::time, "1s", "20ms..1m",
                "How often a worker says that it is there"});
  to.push_back({"/workers/lost_after", form::time, "5s", "100ms..10m",
                "A worker that was not heard of for so long is lost, and what it ran runs "
                "elsewhere; at least two heartbeats"});
  to.push_back({"/workers/trading_lease", form::time, "5s", "500ms..1m",
                "A worker that sends orders and is cut off from the host has stopped, and "
                "cancelled what was open, within this time (docs/several_hosts.md)"});
  to.push_back({"/workers/spread", form::boolean, "false", "",
                "Blocks without 'placement' that only compute from their inputs (conditions, risk) "
                "run on the worker with the fewest nodes for its cores, while one is there "
                "(docs/several_hosts.md)"});
}

void add_peers(table& to) {
  key url{"/peers/*/url", form::text, "", "",
          "http[s]://HOST[:PORT] of another host, which is named as its own host.name says: its "
          "events and emergency state are shown here, and --all-hosts reaches it "
          "(docs/several_hosts.md)"};
  url.required = true;
  to.push_back(url);
  to.push_back({"/peers/*/token_file", form::path, "", "",
                "With the token to show there: of the scope read, and control for --all-hosts; not "
                "set: it asks for none",
                "", "", false, true});
  to.push_back({"/peers/*/ca_file", form::path, "", "",
                "Believe the certificates in this PEM file; not set: the system's"});
}

void add_host(table& to) {
  to.push_back({"/host/name", form::text, "", "",
                "What this host calls itself, in events, metrics and logs; not set: its workers' "
                "certificate's name, else the machine's",
                "--host-name"});
  to.push_back({"/scheduler/bot_metrics", form::time, "1m", "0s..24h",
                "How often each bot's figures are told as bot_metrics, where they changed; 0s: "
                "never"});
  to.push_back({"/limits/max_in_flight", form::integer, "100000", "1..1000000",
                "Executions at once in this host; a workflow may bound its own", "--max-in-flight",
                "executions"});
  to.push_back({"/limits/threads", form::integer, "0", "0..256",
                "Threads that run the actors; 0: one for each core, at least 2", "", "threads"});
  to.push_back({"/log/format", form::choice, "console", "console|json",
                "Text for people, or one JSON object a line", "--json-log"});
  to.push_back({"/log/level", form::choice, "info", "debug|info|warning|error",
                "The least level that is written; debug tells of every event", "--log-level", "",
                true});
  to.push_back({"/log/file", form::path, "", "", "Write there, and not to standard error"});
  to.push_back({"/log/max_file_bytes", form::size, "104857600", "65536..1099511627776",
                "A larger file is set aside with a number in its name", "", "bytes"});
  to.push_back({"/log/kept_files", form::integer, "5", "1..1000",
                "How many that were set aside are kept", "", "files"});
  to.push_back({"/log/queue_lines", form::integer, "8192", "64..1000000",
                "Lines that may wait to be written; beyond it the oldest are let go of and counted",
                "", "lines"});
}

}  // namespace

const std::vector<key>& keys() {
  static const table all = [] {
    table t;
    add_server(t);
    add_journal(t);
    add_risk(t);
    add_venues(t);
    add_bots(t);
    add_resilience(t);
    add_workers(t);
    add_peers(t);
    add_host(t);
    return t;
  }();
  return all;
}

const std::vector<profile_default>& profile_defaults() {
  // staging trades by production's rules, and tells more.
  static const std::vector<profile_default> all{
      {"/risk/daily_loss_limit", "-100", "", ""},
      {"/risk/max_position_size", "1000", "", ""},
      {"/risk/auto_halt", "", "true", "true"},
      {"/log/format", "", "json", "json"},
      {"/log/level", "", "debug", ""},
  };
  return all;
}

std::string default_of(const key& k, std::string_view profile) {
  for (const auto& d : profile_defaults()) {
    if (d.path != k.path) continue;
    const auto own = profile == "development"  ? d.development
                     : profile == "staging"    ? d.staging
                     : profile == "production" ? d.production
                                               : std::string_view{};
    if (!own.empty()) return std::string(own);
  }
  return k.fallback;
}

std::vector<std::string> parts_of(std::string_view pointer) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      out.emplace_back();
    } else if (out.empty()) {
      out.emplace_back(1, pointer[i]);
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      out.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      out.back() += pointer[i];
    }
  }
  return out;
}

std::string shown(std::string_view path) {
  std::string out;
  bool first = true;
  for (const auto& part : parts_of(path)) {
    const bool index = part == "#" || (out == "bots" && !part.empty() &&
                                       std::all_of(part.begin(), part.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; }));
    if (index)
      out += "[" + (part == "#" ? std::string() : part) + "]";
    else
      out += (first ? "" : ".") + (part == "*" ? std::string("NAME") : part);
    first = false;
  }
  return out;
}

}  // namespace pitwall::config
