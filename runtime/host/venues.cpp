#include "runtime/host/venues.hpp"

#include <algorithm>
#include <charconv>

#include "actors/order_router/actor.hpp"
#include "net/venues/binance_venue.hpp"
#include "runtime/host/wiring.hpp"

namespace pitwall {

result<outside_venue> parse_outside_venue(std::string_view text) {
  const error unreadable{
      errc::invalid_argument, "this does not name a venue", std::string(text),
      "write NAME=binance:URL, like sim=binance:http://127.0.0.1:8080, and perhaps "
      "?recv_window=MILLISECONDS (50 to 60000) behind it"};
  constexpr std::string_view kind = "binance:";
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || !text.substr(equals + 1).starts_with(kind)) {
    return unreadable;
  }
  outside_venue out{std::string(text.substr(0, equals)),
                    std::string(text.substr(equals + 1 + kind.size()))};
  constexpr std::string_view window = "?recv_window=";
  if (const auto at = out.url.find(window); at != std::string::npos) {
    const auto digits = out.url.substr(at + window.size());
    std::int64_t ms = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
    // Binance takes up to a minute.
    if (bad != std::errc{} || end != digits.data() + digits.size() || ms < 50 || ms > 60'000)
      return unreadable;
    out.recv_window = milliseconds(ms);
    out.url.resize(at);
  }
  const bool is_name = !out.name.empty() && out.name.size() <= 64 &&
                       std::all_of(out.name.begin(), out.name.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                       });
  return is_name ? result<outside_venue>(std::move(out)) : unreadable;
}

status host::wiring::open_outside_venues() {
  for (const auto& setup : options.venues) {
    if (shared->venues.all().contains(setup.name)) {
      return error{errc::invalid_argument, "there are two venues of this name", setup.name,
                   "name each venue once; 'paper' is the one in this host"};
    }
    binance_options o;
    o.name = setup.name;
    o.url = setup.url;
    o.recv_window = setup.recv_window;
    o.proof_margin = std::min(o.proof_margin, setup.recv_window);
    PITWALL_TRY(port, binance_venue::open(o, gate, clock));
    outside.push_back(port);
    auto router = system->spawn<order_router>(order_router_options{
        port, gate, clock, shared->writer, board, options.log, true, shared->breakers});
    port->on_report(
        [router](order_report r) { caf::anon_send(router, venue_report{std::move(r)}); });
    shared->venues.add(setup.name, {port, router});
    options.log->write(log_level::info, "venue", "'" + setup.name + "' is at " + setup.url);
  }
  return done{};
}

std::vector<std::shared_ptr<venue>> host::wiring::venue_ports() const {
  std::vector<std::shared_ptr<venue>> all;
  for (const auto& [name, v] : shared->venues.all()) all.push_back(v.port);
  return all;
}

void host::wiring::stop_outside_venues() {
  // What still waits is answered while the actors that are told exist.
  for (const auto& v : outside) v->stop();
  outside.clear();
}

}  // namespace pitwall
