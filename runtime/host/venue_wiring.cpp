#include "actors/order_router/desk.hpp"
#include "net/client/trust.hpp"
#include "net/client/web_client.hpp"
#include "runtime/host/metrics/timed_venue.hpp"
#include "runtime/host/wiring.hpp"

namespace pitwall {

status host::wiring::open_outside_venues() {
  for (const auto& setup : options.venues) {
    if (shared->venues.all().contains(setup.name)) {
      return error{errc::invalid_argument, "there are two venues of this name", setup.name,
                   "name each venue once; 'paper' is the one in this host"};
    }
    if (!setup.placement.empty()) {
      place_venue(setup);
      continue;
    }
    auto with_earlier = setup;
    with_earlier.earlier = std::chrono::ceil<milliseconds>(before->orders_of(setup.name));
    PITWALL_TRY(opened, open_venue(with_earlier, gate, clock, options.log));
    stops_outside.emplace_back(std::move(opened.stop));
    if (opened.feed) feeds.emplace(setup.name, std::move(opened.feed));
    if (opened.pause) pauses.emplace(setup.name, std::move(opened.pause));
    add_venue(opened.port);
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
  const auto times = market_answers[port->name()] = std::make_shared<time_tally>();
  shared->venues.add(port->name(), {std::make_shared<timed_venue>(port, times), router});
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
    } else if (h.polled && h.live < h.symbols) {
      at->second.last_error = "it has told nothing new of " + std::to_string(h.symbols - h.live) +
                              " of " + std::to_string(h.symbols) + " symbols: " + h.last_error;
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
