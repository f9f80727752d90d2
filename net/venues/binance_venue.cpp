#include "net/venues/binance_venue.hpp"

#include <algorithm>
#include <utility>

#include "net/venues/binance_desk.hpp"
#include "net/venues/binance_dialect.hpp"
#include "net/venues/binance_market.hpp"
#include "net/venues/binance_user_stream.hpp"
#include "net/venues/live_market.hpp"
#include "net/venues/market_feed.hpp"
#include "net/venues/rest_url.hpp"
#include "net/venues/stream_url.hpp"
#include "runtime/base/web_url.hpp"

namespace pitwall {

namespace {

/// Binance itself has retired listen keys.
std::string find_ws_api(const binance_options& options) {
  if (!options.ws_api.empty()) return options.ws_api;
  const auto at = parse_web_url(options.url), own = parse_web_url(binance_dialect().rest_url());
  if (!at.ok() || !own.ok() || at->host != own->host) return {};
  return "wss://ws-api.binance.com:443";
}

}  // namespace

status binance_venue::check_url(const std::string& url, const std::string& ca_file) {
  PITWALL_CHECK(read_rest_url(url, ca_file));
  return done{};
}

result<std::shared_ptr<binance_venue>> binance_venue::open(
    const binance_options& options, std::shared_ptr<const order_gate> gate,
    std::shared_ptr<const wall_clock> clock) {
  PITWALL_TRY(rest, read_rest_url(options.url, options.ca_file));
  rest.wanted = budget_headers();
  rest.max_connections = options.max_connections;
  rest.more_for_first = options.cancel_connections;
  if (options.key) rest.headers = "X-MBX-APIKEY: " + options.key->key + "\r\n";
  std::optional<web_socket_options> streams, api;
  if (options.stream) {
    PITWALL_TRY(found, find_streams(binance_dialect(), options.url, options.ca_file));
    streams = std::move(found);
    if (const auto url = find_ws_api(options); !url.empty()) {
      PITWALL_TRY(there, read_stream_url(url, options.ca_file));
      api = std::move(there);
    }
  }
  std::shared_ptr<binance_venue> made(
      new binance_venue(options, rest_client::start(std::move(rest)), std::move(gate), clock));
  if (streams) made->open_streams(*streams, api ? &*api : nullptr, std::move(clock));
  return made;
}

binance_venue::binance_venue(const binance_options& options, std::shared_ptr<rest_client> client,
                             std::shared_ptr<const order_gate> gate,
                             std::shared_ptr<const wall_clock> clock)
    : options_(options),
      client_(std::move(client)),
      link_(std::make_shared<binance_link>(options_, client_, clock)),
      market_(std::make_shared<binance_market>(link_, clock)),
      desk_(std::make_shared<binance_desk>(link_, std::move(gate), clock)) {
  client_->post([link = link_] { link->with_time([](const status&) {}); });
  client_->every(options_.poll_interval, [desk = desk_, link = link_] {
    desk->poll();
    link->keep_time();
  });
}

binance_venue::~binance_venue() { stop(); }

void binance_venue::stop() {
  // The streams' thread first: what it posts to the other one finds it there.
  if (user_) user_->stop();
  if (feed_) feed_->stop();
  if (streams_) streams_->stop();
  client_->stop();
}

/// Left before an answer is handed on, so that whoever gets it finds room; at the latest with the
/// last copy of the completion.
class binance_venue::place {
 public:
  explicit place(std::shared_ptr<std::atomic<std::size_t>> count) : count_(std::move(count)) {}
  ~place() { leave(); }
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  void leave() {
    if (!left_.exchange(true)) count_->fetch_sub(1);
  }

 private:
  const std::shared_ptr<std::atomic<std::size_t>> count_;
  std::atomic<bool> left_ = false;
};

std::shared_ptr<binance_venue::place> binance_venue::enter(std::size_t limit) const {
  if (pending_->fetch_add(1) < limit) return std::make_shared<place>(pending_);
  pending_->fetch_sub(1);
  return nullptr;
}

error binance_venue::too_many() const {
  return {errc::resource_exhausted,
          std::to_string(options_.max_pending) + " calls to the venue are under way already",
          options_.name, "wait for their answers"};
}

error binance_venue::closed() const {
  return {errc::unavailable, "the venue's adapter is closing", options_.name, {}};
}

cancel_call binance_venue::fetch_market(const market_request& request,
                                        completion<market_data> then) {
  const auto mine = enter(options_.max_pending);
  if (!mine) {
    then(too_many());
    return {};
  }
  const auto by_rest = [this](const market_request& r, const completion<market_data>& got) {
    auto cancel = market_->fetch(r, options_.timeout, got);
    if (!cancel) got(closed());
    return cancel;
  };
  const std::string symbol =
      feed_ ? binance::wire_symbol(request.symbol).value_or(std::string{}) : std::string{};
  return live_market::fetch(feed_.get(), symbol, request, by_rest,
                            [then, mine](result<market_data> data) {
                              mine->leave();
                              then(std::move(data));
                            });
}

void binance_venue::submit(const std::string& client_order_id, const order_request& order,
                           const order_permit& permit, std::function<void(order_report)> then) {
  if (!options_.live) {
    then(desk_->refusal(client_order_id, "dry_run",
                        "orders to '" + options_.name +
                            "' are not live; nothing was sent: set venues." + options_.name +
                            ".live (live=true) where they are to be, or order on 'paper'"));
    return;
  }
  const auto mine = enter(options_.max_pending);
  if (!mine) {
    then(desk_->refusal(client_order_id, "not_sent", too_many().message + "; nothing was sent"));
    return;
  }
  const bool posted = client_->post([desk = desk_, client_order_id, order, permit, then, mine] {
    desk->submit(client_order_id, order, permit, [then, mine](order_report report) {
      mine->leave();
      then(std::move(report));
    });
  });
  if (!posted) {
    then(desk_->refusal(client_order_id, "not_sent", closed().message + "; nothing was sent"));
  }
}

void binance_venue::query(const std::string& client_order_id, const order_request& order,
                          completion<order_report> then) {
  const auto mine = enter(options_.max_pending);
  if (!mine) {
    then(error{errc::unavailable, too_many().message, client_order_id, "ask again"});
    return;
  }
  const bool posted = client_->post([desk = desk_, client_order_id, order, then, mine] {
    desk->query(client_order_id, order, [then, mine](result<order_report> report) {
      mine->leave();
      then(std::move(report));
    });
  });
  if (!posted) then(closed());
}

void binance_venue::cancel(const cancel_request& request,
                           const std::vector<std::string>& client_order_ids,
                           completion<cancel_report> then) {
  const auto mine = enter(2 * options_.max_pending);
  if (!mine) {
    then(too_many());
    return;
  }
  const bool posted = client_->post([desk = desk_, request, client_order_ids, then, mine] {
    desk->cancel(request, client_order_ids, [then, mine](result<cancel_report> report) {
      mine->leave();
      then(std::move(report));
    });
  });
  if (!posted) then(closed());
}

void binance_venue::on_regained(std::function<void()> listener) {
  desk_->on_regained(std::move(listener));
}

void binance_venue::open_orders(completion<std::vector<std::string>> then) {
  const auto mine = enter(options_.max_pending);
  if (!mine) {
    then(too_many());
    return;
  }
  const bool posted = client_->post([desk = desk_, then, mine] {
    desk->list_open([then, mine](result<std::vector<std::string>> ids) {
      mine->leave();
      then(std::move(ids));
    });
  });
  if (!posted) then(closed());
}

std::vector<std::string> binance_venue::unanswered() const { return desk_->unanswered(); }

void binance_venue::expect(const std::string& client_order_id) { desk_->expect(client_order_id); }

void binance_venue::settled_elsewhere(const std::string& client_order_id) {
  client_->post([desk = desk_, client_order_id] { desk->settled_elsewhere(client_order_id); });
}

decimal binance_venue::quantity_step(const std::string& symbol) const {
  return market_->quantity_step(symbol);
}

std::string binance_venue::pause() const {
  const auto held = link_->keeps_back();
  return held ? held->raw.reason : std::string{};
}

void binance_venue::on_report(std::function<void(order_report)> listener) {
  desk_->on_report(std::move(listener));
}

}  // namespace pitwall
