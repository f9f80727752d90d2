#include "runtime/host/config/configuration.hpp"

#include <algorithm>

#include "runtime/base/symbol.hpp"
#include "runtime/host/time_text.hpp"

namespace pitwall::config {
namespace {

std::string plain(const std::string& part) { return parts_of("/" + part).front(); }

milliseconds time_at(const settings& from, const std::string& pointer) {
  const auto t = parse_time(from.text(pointer));
  return t.ok() ? std::chrono::duration_cast<milliseconds>(*t) : milliseconds(0);
}

std::vector<std::string> texts_at(const settings& from, const std::string& pointer) {
  std::vector<std::string> out;
  if (const auto all = from.at(pointer); all.is_list())
    for (const auto& one : all.as_list()) out.push_back(one.as_text());
  return out;
}

server_part server_of(const settings& from) {
  server_part s;
  if (from.at("/server/port").is_number())
    s.port = static_cast<std::uint16_t>(from.number("/server/port"));
  s.listen = from.text("/server/listen");
  s.certificate = from.text("/server/tls_certificate_file");
  s.key = from.text("/server/tls_key_file");
  s.origins = texts_at(from, "/server/allowed_origins");
  s.insecure_plain = from.flag("/server/insecure_plain");
  s.drain = time_at(from, "/server/drain");
  return s;
}

retention_policy retention_of(const settings& from) {
  retention_policy keep;
  if (const auto n = from.number("/journal/keep_days"); n > 0)
    keep.max_age = std::chrono::hours(24) * n;
  if (const auto n = from.number("/journal/keep_events"); n > 0) keep.max_events = n;
  if (const auto n = from.number("/journal/keep_bytes"); n > 0) keep.max_bytes = n;
  return keep;
}

/// `into` has what holds where nothing is said.
void limits_at(const settings& from, const std::string& below, risk_limits& into) {
  for (const auto& d : limit_table()) {
    const auto* s = from.find(below + std::string(d.name));
    if (s == nullptr) continue;
    into.*d.member = s->is.is_number() ? std::optional(s->is.as_number()) : std::nullopt;
  }
}

risk_settings risk_of(const settings& from) {
  risk_settings r;
  limits_at(from, "/risk/", r.limits);
  for (const auto& i : from.below("/bots")) {
    const auto bot = "/bots/" + i;
    auto own = r.limits;
    limits_at(from, bot + "/limits/", own);
    if (!(own == r.limits)) r.bots.insert_or_assign(from.text(bot + "/id"), own);
  }
  r.capital = from.at("/risk/capital").as_number();
  r.auto_halt = from.flag("/risk/auto_halt");
  r.look_every = time_at(from, "/risk/look_every");
  r.max_price_age = time_at(from, "/risk/max_price_age");
  r.currency = asset_name(from.text("/risk/currency"));
  return r;
}

std::vector<outside_venue> venues_of(const settings& from) {
  std::vector<outside_venue> out;
  for (const auto& element : from.below("/venues")) {
    const auto name = plain(element);
    if (is_built_in(name)) continue;
    const auto at = "/venues/" + element;
    outside_venue v{name, from.text(at + "/url")};
    if (from.find(at + "/recv_window") != nullptr)
      v.recv_window = time_at(from, at + "/recv_window");
    v.key_file = from.text(at + "/key_file");
    v.key_env = from.text(at + "/key_env");
    v.ca_file = from.text(at + "/ca_file");
    v.type = from.text(at + "/type");
    if (from.find(at + "/live") != nullptr) v.live = from.flag(at + "/live");
    if (from.find(at + "/stream") != nullptr) v.stream = from.flag(at + "/stream");
    if (from.find(at + "/stale_after") != nullptr)
      v.stale_after = time_at(from, at + "/stale_after");
    v.placement = texts_at(from, at + "/placement");
    out.push_back(std::move(v));
  }
  return out;
}

std::vector<bot_part> bots_of(const settings& from) {
  std::vector<bot_part> out;
  for (const auto& i : from.below("/bots")) {
    const auto at = "/bots/" + i;
    bot_part b;
    b.id = from.text(at + "/id");
    b.enabled = from.find(at + "/enabled") == nullptr || from.flag(at + "/enabled");
    b.workflow = from.text(at + "/workflow");
    b.template_id = from.text(at + "/template");
    b.workflow_id = from.text(at + "/workflow_id");
    b.strategy_id = from.text(at + "/strategy_id");
    std::vector<error> checked_before;
    if (const auto words = from.text(at + "/trigger"); !words.empty())
      b.trigger = parse_trigger_line(words, checked_before);
    if (const auto words = from.text(at + "/restart"); !words.empty())
      b.restart = parse_restart(words, checked_before).value_or(restart_policy{});
    for (const auto& type : from.below(at + "/venues"))
      b.venues.emplace(plain(type), from.text(at + "/venues/" + type));
    b.where = from.where(at + "/workflow");
    out.push_back(std::move(b));
  }
  return out;
}

std::vector<peer_part> peers_of(const settings& from) {
  std::vector<peer_part> out;
  for (const auto& element : from.below("/peers")) {
    const auto at = "/peers/" + element;
    out.push_back({plain(element), from.text(at + "/url"), from.text(at + "/token_file"),
                   from.text(at + "/ca_file")});
  }
  return out;
}

log_options log_of(const settings& from) {
  log_options o;
  o.form = from.text("/log/format") == "json" ? log_form::json : log_form::text;
  o.least = log_level_from_string(from.text("/log/level")).value_or(log_level::info);
  o.file = from.text("/log/file");
  o.max_file_bytes = from.number("/log/max_file_bytes");
  o.kept_files = from.number("/log/kept_files");
  o.queue_lines = from.number("/log/queue_lines");
  return o;
}

}  // namespace

std::vector<std::string> resilience_texts(const settings& from) {
  std::vector<std::string> out;
  for (const auto& [pointer, s] : from.all) {
    if (s.of->how != form::resilience || s.from < layer::file) continue;
    auto parts = parts_of(pointer);
    parts.erase(parts.begin());
    std::string where;
    if (parts.front() == "at") {
      where = "@" + parts[1];
      parts.erase(parts.begin(), parts.begin() + 2);
    }
    std::string name = parts.front();
    if (parts.size() > 1) name += "." + parts[1];
    out.push_back(name + where + "=" + s.is.as_text());
  }
  return out;
}

bool is_venue_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

bool is_built_in(std::string_view venue) noexcept { return venue == "paper" || venue == "http"; }

configuration bind(const settings& from) {
  configuration c;
  c.profile = from.text("/profile");
  c.host_name = from.text("/host/name");
  c.server = server_of(from);
  c.directory = from.text("/journal/directory");
  c.mode = durability_from_string(from.text("/journal/durability")).value_or(durability::sync);
  c.keep = retention_of(from);
  c.memory.max_wal_bytes = from.number("/journal/max_wal_bytes");
  c.memory.write_buffer_bytes = from.number("/journal/write_buffer_bytes");
  c.memory.block_cache_bytes = from.number("/journal/block_cache_bytes");
  c.scan_wait = time_at(from, "/recovery/scan_wait");
  c.venue_wait = time_at(from, "/recovery/venue_wait");
  c.risk = risk_of(from);
  c.cancel_on_halt = from.flag("/risk/cancel_on_halt");
  c.cancel_on_disconnect = from.flag("/risk/cancel_on_disconnect");
  c.paper_seed = from.number("/venues/paper/seed");
  c.venues = venues_of(from);
  c.web = {texts_at(from, "/venues/http/allow"), from.text("/venues/http/ca_file")};
  c.bots = bots_of(from);
  std::vector<error> checked_before;
  c.resilience = parse_resilience(resilience_texts(from), checked_before);
  c.bot_metrics = time_at(from, "/scheduler/bot_metrics");
  c.max_in_flight = from.number("/limits/max_in_flight");
  c.threads = from.number("/limits/threads");
  c.workers = {from.text("/workers/listen"),
               from.text("/workers/certificate"),
               from.text("/workers/key"),
               from.text("/workers/authority"),
               time_at(from, "/workers/heartbeat"),
               time_at(from, "/workers/lost_after"),
               time_at(from, "/workers/trading_lease"),
               from.flag("/workers/spread")};
  c.peers = peers_of(from);
  c.log = log_of(from);
  return c;
}

}  // namespace pitwall::config
