#include "runtime/host/cli/config_inspect.hpp"

#include "net/access/token_file.hpp"
#include "net/client/trust.hpp"
#include "net/client/web_gate.hpp"
#include "net/server/loopback_guard.hpp"
#include "net/signature.hpp"
#include "net/venues/binance_dialect.hpp"
#include "net/venues/binance_venue.hpp"
#include "net/venues/market_venue.hpp"
#include "net/venues/stream_url.hpp"
#include "runtime/base/web_url.hpp"
#include "runtime/host/cli/host_access.hpp"
#include "runtime/host/workers/machine.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

/// What is wrong is said where it is, and where it was named.
error at(error e, const std::string& place) {
  e.code = errc::invalid_argument;
  if (e.where.empty())
    e.where = place;
  else if (place != "default" && e.where != place)
    e.where = place + ": " + e.where;
  return e;
}

void inspect_server(const config::configuration& c, const config::settings& from,
                    std::vector<error>& wrong) {
  if (!c.server.port) return;
  for (const auto& origin : c.server.origins)
    if (!http::is_origin(origin))
      wrong.push_back({errc::invalid_argument, "'" + origin + "' is no origin",
                       from.where("/server/allowed_origins"),
                       "write https://HOST or https://HOST:PORT, without a path"});
  // The address and the tokens alone first: neither must hide what is wrong with TLS.
  auto doors = doors_of(c);
  doors.access.allowed_origins.clear();
  auto bare = doors;
  bare.tcp->tls.reset();
  bare.tcp->insecure_plain = true;
  const auto allowed = control_server::check(bare);
  if (!allowed.ok()) {
    const bool of_tokens = allowed.error().where == doors.access.tokens.string();
    wrong.push_back(
        at(allowed.error(), from.where(of_tokens ? "/journal/directory" : "/server/listen")));
  }
  const bool is_address =
      c.server.listen.find_first_not_of("0123456789abcdefABCDEF:.") == std::string::npos;
  if (doors.tcp->tls) {
    if (const auto tls = http::open_tls(*doors.tcp->tls); !tls.ok())
      wrong.push_back(at(tls.error(), from.where("/server/tls_certificate_file")));
  } else if (is_address && !c.server.insecure_plain && !http::is_loopback_host(c.server.listen)) {
    wrong.push_back({errc::invalid_argument, "tokens would go over the network in the clear",
                     from.where("/server/listen"),
                     "give server.tls_certificate_file and server.tls_key_file (--tls-cert, "
                     "--tls-key); or server.insecure_plain (--insecure-plain), where something in "
                     "front of it speaks TLS"});
  }
}

/// Its URL was read before (config/check.hpp): what it leads to, and whose certificates count.
status check_address(const outside_venue& v) {
  if (v.type.empty()) return done{};
  if (const auto url = parse_web_url(v.url); !v.url.empty() && (!url.ok() || url->target != "/"))
    return done{};
  if (v.data_only())
    return market_venue::check(v.type, {.name = v.name, .url = v.url, .ca_file = v.ca_file});
  if (v.url.empty()) return done{};
  PITWALL_CHECK(binance_venue::check_url(v.url, v.ca_file));
  if (v.streams()) PITWALL_CHECK(find_streams(binance_dialect(), v.url, v.ca_file));
  return done{};
}

void inspect_venues(const config::configuration& c, const config::settings& from,
                    std::vector<error>& wrong) {
  for (const auto& v : c.venues) {
    const auto below = "/venues/" + pointer_token(v.name);
    if (!v.placement.empty()) continue;  // Its worker knows how to reach it.
    if (const auto there = check_address(v); !there.ok()) {
      const bool of_url = !v.url.empty() && there.error().where == v.url;
      wrong.push_back(at(there.error(), from.where(below + (of_url ? "/url" : "/ca_file"))));
    }
    if (const auto pair = key_of(v); !pair.ok())
      wrong.push_back(
          at(pair.error(), from.where(below + (v.key_file.empty() ? "/key_env" : "/key_file"))));
  }
}

void inspect_web(const config::configuration& c, const config::settings& from,
                 std::vector<error>& wrong) {
  if (const auto gate = web_gate::allowing(c.web.allow); !gate.ok())
    wrong.push_back(at(gate.error(), from.where("/venues/http/allow")));
  if (c.web.ca_file.empty()) return;
  if (const auto trust = open_trust(c.web.ca_file); !trust.ok())
    wrong.push_back(at(trust.error(), from.where("/venues/http/ca_file")));
}

void inspect_workers(const config::configuration& c, const config::settings& from,
                     std::vector<error>& wrong) {
  const auto setup = workers_of(c);
  if (!setup) return;
  std::vector<error> problems;
  remote::open_mutual_tls(setup->identity, remote::side::host, problems);
  for (auto& p : problems) {
    const auto of = [&](const std::filesystem::path& file, const char* key) {
      return p.where == file.string() ? from.where(key) : std::string();
    };
    auto place = of(c.workers.certificate, "/workers/certificate");
    if (place.empty()) place = of(c.workers.key, "/workers/key");
    if (place.empty()) place = of(c.workers.authority, "/workers/authority");
    wrong.push_back(at(std::move(p), place.empty() ? from.where("/workers/listen") : place));
  }
}

void inspect_peers(const config::configuration& c, const config::settings& from,
                   std::vector<error>& wrong) {
  const auto setups = peers_of(c, nullptr).peers;
  for (std::size_t i = 0; i < setups.size(); ++i) {
    const auto& p = c.peers[i];
    const auto below = "/peers/" + pointer_token(p.name);
    // One without a URL, or with a bad name, was told of already.
    if (!p.url.empty())
      if (const auto place = peers::host_relay::check(setups[i]); !place.ok()) {
        const bool of_ca = !p.ca_file.empty() && place.error().where == p.ca_file.string();
        auto told = place.error();
        told.where.clear();
        wrong.push_back(at(std::move(told), from.where(below + (of_ca ? "/ca_file" : "/url"))));
      }
    if (!p.token_file.empty())
      if (const auto token = read_token(p.token_file); !token.ok())
        wrong.push_back(at(token.error(), from.where(below + "/token_file")));
    if (p.name == host_name_of(c) && c.host_name.empty())
      wrong.push_back({errc::invalid_argument, "this host itself is called '" + p.name + "'",
                       from.where(below + "/url"),
                       "a host is no peer of its own: leave it out, or give this one a host.name"});
  }
}

}  // namespace

std::string host_name_of(const config::configuration& c) {
  if (!c.host_name.empty()) return c.host_name;
  if (const auto workers = workers_of(c))
    if (auto named = remote::name_in(workers->identity.certificate); !named.empty()) return named;
  return machine_name();
}

peers::relay_options peers_of(const config::configuration& c, std::shared_ptr<log_port> log) {
  peers::relay_options o;
  o.own_name = host_name_of(c);
  o.log = std::move(log);
  for (const auto& p : c.peers) {
    o.peers.push_back({p.name, p.url, {}, p.ca_file});
    if (!p.token_file.empty())
      o.peers.back().token = [file = p.token_file] { return read_token(file); };
  }
  return o;
}

control_server::options doors_of(const config::configuration& c) {
  control_server::options doors;
  doors.socket = c.directory / socket_name;
  doors.access = {c.directory / access::token_file_name, c.server.origins};
  doors.live.clock = std::make_shared<system_wall_clock>();
  doors.live.session.host = host_name_of(c);
  const auto& s = c.server;
  if (!s.port) return doors;
  doors.tcp = control_server::tcp_place{s.listen, *s.port, {}, s.insecure_plain};
  if (!s.certificate.empty()) doors.tcp->tls = http::tls_files{s.certificate, s.key};
  return doors;
}

std::optional<workers_setup> workers_of(const config::configuration& c) {
  const auto& w = c.workers;
  if (w.listen.empty()) return std::nullopt;
  auto place = parse_host_place(w.listen, true);
  const bool all = !w.certificate.empty() && !w.key.empty() && !w.authority.empty();
  if (!place.ok() || !all) return std::nullopt;  // Which was told already.
  return workers_setup{std::move(*place), {w.certificate, w.key, w.authority},
                       w.heartbeat,       w.lost_after,
                       w.trading_lease,   w.spread};
}

std::string url_of(const config::configuration& c, std::uint16_t port) {
  const auto& a = c.server.listen;
  const auto host = a.find(':') == std::string::npos ? a : "[" + a + "]";
  return (c.server.certificate.empty() ? "http://" : "https://") + host + ":" +
         std::to_string(port);
}

std::vector<error> inspect(const config::configuration& c, const config::settings& from,
                           const start_words& words) {
  std::vector<error> wrong;
  inspect_server(c, from, wrong);
  inspect_venues(c, from, wrong);
  inspect_web(c, from, wrong);
  inspect_workers(c, from, wrong);
  inspect_peers(c, from, wrong);
  for (auto& e : inspect_workflows(c, from, words)) wrong.push_back(std::move(e));
  return wrong;
}

}  // namespace pitwall::cli
