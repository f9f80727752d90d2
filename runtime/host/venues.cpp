#include "runtime/host/venues.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "net/signature.hpp"
#include "net/venues/binance_venue.hpp"
#include "net/venues/market_dialects.hpp"
#include "net/venues/market_venue.hpp"
#include "runtime/base/web_url.hpp"

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
      "write NAME=binance:URL, like sim=binance:http://127.0.0.1:8090, and perhaps behind it "
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

namespace {

result<opened_venue> open_market_venue(const outside_venue& setup,
                                       const std::shared_ptr<const wall_clock>& clock,
                                       log_port& log) {
  market_options o;
  o.name = setup.name;
  o.url = setup.url;
  o.ca_file = setup.ca_file;
  o.stream = setup.streams();
  o.stale_after = setup.stale_after;
  PITWALL_TRY(port, market_venue::open(setup.type, o, clock));
  opened_venue out{port, [port] { port->stop(); }, [port] { return port->feed(); }};
  log.write(log_level::info, "venue",
            "'" + setup.name + "' is " + setup.type +
                (setup.url.empty() ? std::string() : " at " + setup.url) +
                ": market data alone, no orders");
  return out;
}

}  // namespace

result<std::optional<api_key>> key_of(const outside_venue& setup) {
  if (!setup.key_file.empty()) {
    PITWALL_TRY(pair, read_api_key(setup.key_file));
    return std::optional(std::move(pair));
  }
  if (setup.key_env.empty()) return std::optional<api_key>();
  const auto said = [&](const char* what) {
    const char* text = std::getenv((setup.key_env + what).c_str());
    return std::string(text != nullptr ? text : "");
  };
  const auto is_word = [](const std::string& text) {
    return text.size() >= 16 && text.size() <= 128 &&
           std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return c < 128 && std::isalnum(c) != 0; });
  };
  api_key pair{said("_API_KEY"), said("_API_SECRET")};
  // Its value is not repeated: people write keys there.
  if (!is_word(pair.key) || !is_word(pair.secret))
    return error{errc::invalid_argument,
                 "the environment does not hold the key and the secret that key_env names",
                 "venues." + setup.name + ".key_env",
                 "with \"key_env\": \"SIM\" they are SIM_API_KEY and SIM_API_SECRET: 16 to 128 "
                 "letters and digits each"};
  return std::optional(std::move(pair));
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
  o.earlier_window = setup.earlier;
  PITWALL_TRY(pair, key_of(setup));
  if (pair) o.key = std::move(*pair);
  return o;
}

namespace {

result<opened_venue> open_trading_venue(const outside_venue& setup,
                                        const std::shared_ptr<order_gate>& gate,
                                        const std::shared_ptr<const wall_clock>& clock,
                                        const std::shared_ptr<log_port>& log) {
  PITWALL_TRY(o, trading_options(setup));
  if (!setup.key_file.empty()) warn_of_readers(setup.key_file, *log);
  o.warn = [log, name = setup.name](const std::string& why) {
    log->write(log_level::warning, "venue",
               "the order stream of '" + name + "' is not open, orders are polled: " + why);
  };
  o.paused = [log, name = setup.name](const std::string& why) {
    log->write(log_level::warning, "venue", "'" + name + "': " + why);
  };
  PITWALL_TRY(port, binance_venue::open(o, gate, clock));
  opened_venue out{port, [port] { port->stop(); }, {}, [port] { return port->pause(); }};
  if (o.stream) out.feed = [port] { return *port->feed(); };
  log->write(o.live ? log_level::info : log_level::warning, "venue",
             "'" + setup.name + "' is at " + setup.url +
                 (o.live ? std::string()
                         : "; dry run: orders are rejected before they leave, until venues." +
                               setup.name + ".live is true"));
  return out;
}

}  // namespace

result<opened_venue> open_venue(const outside_venue& setup, const std::shared_ptr<order_gate>& gate,
                                const std::shared_ptr<const wall_clock>& clock,
                                const std::shared_ptr<log_port>& log) {
  return setup.data_only() ? open_market_venue(setup, clock, *log)
                           : open_trading_venue(setup, gate, clock, log);
}

}  // namespace pitwall
