#include "runtime/host/venues.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "actors/order_router/desk.hpp"
#include "net/client/trust.hpp"
#include "net/client/web_client.hpp"
#include "net/venues/binance_venue.hpp"
#include "net/venues/market_dialects.hpp"
#include "net/venues/market_venue.hpp"
#include "runtime/base/web_url.hpp"
#include "runtime/host/wiring.hpp"

namespace pitwall {

namespace {

/// "recv_window=2000&key_file=PATH&ca_file=PATH&live=true&stream=true"; false: not that.
bool read_venue_options(std::string_view text, outside_venue& out) {
  constexpr std::string_view window = "recv_window=", key_file = "key_file=", ca_file = "ca_file=";
  while (!text.empty()) {
    auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part.starts_with(key_file) && part.size() > key_file.size() && !out.data_only()) {
      out.key_file = part.substr(key_file.size());
      continue;
    }
    if (part.starts_with(ca_file) && part.size() > ca_file.size()) {
      out.ca_file = part.substr(ca_file.size());
      continue;
    }
    if (part == "stream=true" || part == "stream=false") {
      out.stream = part == "stream=true";
      continue;
    }
    if (out.data_only()) return false;
    if (part == "live=true" || part == "live=false") {
      out.live = part == "live=true";
      continue;
    }
    if (!part.starts_with(window)) return false;
    part.remove_prefix(window.size());
    std::int64_t ms = 0;
    const auto [end, bad] = std::from_chars(part.data(), part.data() + part.size(), ms);
    // Binance takes up to a minute.
    if (bad != std::errc{} || end != part.data() + part.size() || ms < 50 || ms > 60'000) {
      return false;
    }
    out.recv_window = milliseconds(ms);
  }
  return true;
}

/// "binance:URL" or "kraken" -> type and URL; false: neither.
bool read_kind(std::string_view text, outside_venue& out) {
  const auto end = text.find_first_of(":?");
  const auto type = text.substr(0, end);
  const auto types = venue_types();
  if (std::find(types.begin(), types.end(), type) == types.end()) return false;
  out.type = type;
  if (end == std::string_view::npos) return out.data_only();
  out.url = text.substr(text[end] == ':' ? end + 1 : end);
  return text[end] == '?' ? out.data_only() : !out.url.empty();
}

/// Some mount secrets for all users of a container: no reason to refuse them.
void warn_of_readers(const std::string& key_file, log_port& log) {
  std::error_code ec;
  const auto mode = std::filesystem::status(key_file, ec).permissions();
  if (ec || (mode & std::filesystem::perms::others_read) == std::filesystem::perms::none) return;
  log.write(log_level::warning, "venue",
            "every user of this machine may read the key in " + key_file + ": chmod 600 it");
}

}  // namespace

std::vector<std::string_view> venue_types() {
  std::vector<std::string_view> all{"binance"};
  all.insert(all.end(), market_types().begin(), market_types().end());
  return all;
}

bool outside_venue::goes_live() const {
  if (data_only()) return false;
  if (live) return *live;
  const auto at = parse_web_url(url);
  return at.ok() && is_loopback_name(at->host);
}

bool outside_venue::streams() const {
  if (stream) return *stream;
  const auto dialect = make_market_dialect(type);
  return dialect && !dialect->stream().url.empty();
}

result<outside_venue> parse_outside_venue(std::string_view text) {
  const error unreadable{
      errc::invalid_argument, "this does not name a venue", std::string(text),
      "write NAME=binance:URL, like sim=binance:http://127.0.0.1:8080, and perhaps behind it "
      "?recv_window=MILLISECONDS (50 to 60000), key_file=PATH, ca_file=PATH, live=true and "
      "stream=true, with & "
      "between them; or NAME=kraken for market data alone (coinbase, kraken, bybit, luno, kalshi, "
      "polymarket, dydx), perhaps with :URL, ?ca_file=PATH and stream=false"};
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return unreadable;
  outside_venue out{std::string(text.substr(0, equals)), {}};
  if (!read_kind(text.substr(equals + 1), out)) return unreadable;
  if (const auto at = out.url.find('?'); at != std::string::npos) {
    if (!read_venue_options(std::string_view(out.url).substr(at + 1), out)) return unreadable;
    out.url.resize(at);
  }
  const bool is_name = !out.name.empty() && out.name.size() <= 64 &&
                       std::all_of(out.name.begin(), out.name.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                       });
  return is_name ? result<outside_venue>(std::move(out)) : unreadable;
}

status host::wiring::open_market_venue(const outside_venue& setup) {
  market_options o;
  o.name = setup.name;
  o.url = setup.url;
  o.ca_file = setup.ca_file;
  o.stream = setup.streams();
  o.stale_after = setup.stale_after;
  PITWALL_TRY(port, market_venue::open(setup.type, o, clock));
  stops_outside.emplace_back([port] { port->stop(); });
  if (o.stream) feeds.emplace(setup.name, [port] { return *port->feed(); });
  add_venue(port);
  options.log->write(log_level::info, "venue",
                     "'" + setup.name + "' is " + setup.type +
                         (setup.url.empty() ? std::string() : " at " + setup.url) +
                         ": market data alone, no orders");
  return done{};
}

result<binance_options> trading_options(const outside_venue& setup) {
  binance_options o;
  o.name = setup.name;
  o.url = setup.url;
  o.ca_file = setup.ca_file;
  o.live = setup.goes_live();
  o.stream = setup.streams();
  o.stale_after = setup.stale_after;
  o.recv_window = setup.recv_window;
  if (!setup.key_file.empty()) {
    PITWALL_TRY(pair, read_api_key(setup.key_file));
    o.key = std::move(pair);
    warn_of_readers(setup.key_file, *options.log);
  }
  return o;
}

status host::wiring::open_trading_venue(const outside_venue& setup) {
  PITWALL_TRY(o, trading_options(setup));
  o.warn = [log = options.log, name = setup.name](const std::string& why) {
    log->write(log_level::warning, "venue",
               "the order stream of '" + name + "' is not open, orders are polled: " + why);
  };
  o.paused = [log = options.log, name = setup.name](const std::string& why) {
    log->write(log_level::warning, "venue", "'" + name + "': " + why);
  };
  PITWALL_TRY(port, binance_venue::open(o, gate, clock));
  stops_outside.emplace_back([port] { port->stop(); });
  pauses.emplace(setup.name, [port] { return port->pause(); });
  if (o.stream) feeds.emplace(setup.name, [port] { return *port->feed(); });
  add_venue(port);
  options.log->write(o.live ? log_level::info : log_level::warning, "venue",
                     "'" + setup.name + "' is at " + setup.url +
                         (o.live ? std::string()
                                 : "; dry run: orders are rejected before they leave, until "
                                   "venues." +
                                       setup.name + ".live is true"));
  return done{};
}

status host::wiring::open_outside_venues() {
  for (const auto& setup : options.venues) {
    if (shared->venues.all().contains(setup.name)) {
      return error{errc::invalid_argument, "there are two venues of this name", setup.name,
                   "name each venue once; 'paper' is the one in this host"};
    }
    PITWALL_CHECK(setup.data_only() ? open_market_venue(setup) : open_trading_venue(setup));
  }
  return done{};
}

std::vector<std::string> host::wiring::venue_names() const {
  std::vector<std::string> names{"paper"};
  for (const auto& v : options.venues) names.push_back(v.name);
  return names;
}

void host::wiring::add_venue(const std::shared_ptr<venue>& port) {
  order_router_options o{port,  gate,        clock, shared->writer,
                         board, options.log, true,  shared->breakers};
  o.answers = answers[port->name()] = std::make_shared<time_tally>();
  o.cancels_on_halt = options.cancel_on_halt;
  o.cancels_on_return = options.cancel_on_disconnect;
  auto router = open_desk(
      *system, std::move(o),
      [all = std::weak_ptr<const services>(shared)](const std::string& name, std::uint32_t term) {
        if (const auto s = all.lock()) caf::anon_send(s->recover, take_over{name, term});
      });
  shared->venues.add(port->name(), {port, router});
}

std::vector<std::shared_ptr<venue>> host::wiring::venue_ports() const {
  std::vector<std::shared_ptr<venue>> all;
  for (const auto& [name, v] : shared->venues.all()) all.push_back(v.port);
  return all;
}

status check(const web_settings& s) {
  PITWALL_CHECK(web_gate::allowing(s.allow));
  if (!s.ca_file.empty()) PITWALL_CHECK(open_trust(s.ca_file));
  return done{};
}

status host::wiring::open_web() {
  PITWALL_TRY(opened, web_client::open({options.web.allow, options.web.ca_file}, clock));
  browser = std::move(opened);
  shared->outside = browser;
  return done{};
}

void host::wiring::add_venue_troubles(std::map<std::string, venue_condition>& to) const {
  for (const auto& [name, read] : pauses) {
    const auto at = to.find(name);
    const auto why = at == to.end() ? std::string{} : read();
    if (why.empty()) continue;
    auto& said = at->second.last_error;
    said += (said.empty() ? "" : "; ") + why;
  }
  for (const auto& [name, read] : feeds) {
    const auto at = to.find(name);
    if (at == to.end() || !at->second.last_error.empty()) continue;
    const feed_health h = read();
    if (h.open < h.connections) {
      at->second.last_error = "its stream is not open: " + h.last_error;
    } else if (h.live < h.symbols) {
      at->second.last_error = "its stream may be believed of " + std::to_string(h.live) + " of " +
                              std::to_string(h.symbols) + " symbols; the others are asked for";
    } else if (!h.orders_error.empty()) {
      at->second.last_error = "its order stream is not open, orders are polled: " + h.orders_error;
    }
  }
}

void host::wiring::stop_outside() {
  // What still waits is answered while the actors that are told exist.
  for (const auto& stop : stops_outside) stop();
  stops_outside.clear();
  feeds.clear();
  pauses.clear();
  if (browser) browser->stop();
}

}  // namespace pitwall
