#include "net/venues/market_venue.hpp"

#include <utility>

#include "net/venues/live_market.hpp"
#include "net/venues/market_dialects.hpp"
#include "net/venues/market_feed.hpp"
#include "net/venues/rest_url.hpp"
#include "net/venues/stream_url.hpp"

namespace pitwall {

namespace {

constexpr const char* data_only = "of this venue the host has market data alone, and no orders";
constexpr const char* elsewhere =
    "order on a venue that takes orders: paper, or one of type binance";

result<std::shared_ptr<const market_dialect>> dialect_of(const std::string& type) {
  auto dialect = make_market_dialect(type);
  if (dialect) return dialect;
  std::string all;
  for (const auto known : market_types()) all += (all.empty() ? "" : ", ") + std::string(known);
  return error{
      errc::invalid_argument, "there is no venue type '" + type + "'", {}, "there are: " + all};
}

}  // namespace

status market_venue::check(const std::string& type, const market_options& options) {
  PITWALL_TRY(dialect, dialect_of(type));
  PITWALL_CHECK(
      read_rest_url(options.url.empty() ? dialect->rest_url() : options.url, options.ca_file));
  if (options.stream) PITWALL_CHECK(find_streams(*dialect, options.url, options.ca_file));
  return done{};
}

result<std::shared_ptr<market_venue>> market_venue::open(const std::string& type,
                                                         const market_options& options,
                                                         std::shared_ptr<const wall_clock> clock) {
  PITWALL_TRY(dialect, dialect_of(type));
  std::optional<web_socket_options> socket;
  if (options.stream) {
    PITWALL_TRY(found, find_streams(*dialect, options.url, options.ca_file));
    socket = std::move(found);
  }
  PITWALL_TRY(rest, market_rest::open(options, dialect, clock));
  std::shared_ptr<market_venue> made(
      new market_venue(options, std::move(dialect), std::move(rest), std::move(clock)));
  if (socket) made->open_stream(*socket);
  return made;
}

market_venue::market_venue(market_options options, std::shared_ptr<const market_dialect> dialect,
                           std::shared_ptr<market_rest> rest,
                           std::shared_ptr<const wall_clock> clock)
    : options_(std::move(options)),
      dialect_(std::move(dialect)),
      rest_(std::move(rest)),
      clock_(std::move(clock)) {}

market_venue::~market_venue() { stop(); }

void market_venue::open_stream(const web_socket_options& socket) {
  streams_ = std::make_shared<io_thread>();
  market_feed_options o;
  o.name = options_.name;
  o.socket = socket;
  o.limits.stale_after = options_.stale_after;
  o.limits.depth = options_.depth;
  // All of these streams begin with a whole book of their own.
  const auto no_snapshot = [](const std::string& target,
                              const std::function<void(result<std::string>)>& then) {
    then(error{errc::internal, "this venue has no snapshots by REST", target, {}});
  };
  feed_ = market_feed::open(streams_, dialect_, std::move(o), no_snapshot, clock_);
}

feed_health market_venue::feed() const { return feed_ ? feed_->health() : rest_->health(); }

void market_venue::stop() {
  if (feed_) feed_->stop();
  if (streams_) streams_->stop();
  rest_->stop();
}

result<market_data> market_venue::without_asking(const market_request& request) const {
  if (request.balance || request.positions)
    return error{errc::failed_precondition, std::string(data_only) + ": there is no account",
                 options_.name, "ask for price_feed or orderbook (enabled_endpoints)"};
  market_data nothing;
  nothing.observed_at = clock_->now();
  return nothing;
}

cancel_call market_venue::fetch_market(const market_request& request,
                                       completion<market_data> then) {
  if (!request.price && !request.book) {
    then(without_asking(request));
    return {};
  }
  auto symbol = dialect_->wire_symbol(request.symbol);
  if (!symbol.ok()) {
    auto e = std::move(symbol).error();
    e.where = options_.name;
    then(std::move(e));
    return {};
  }
  if (pending_->fetch_add(1) >= options_.max_pending) {
    pending_->fetch_sub(1);
    then(error{errc::resource_exhausted,
               std::to_string(options_.max_pending) + " calls to the venue are under way already",
               options_.name, "wait for their answers"});
    return {};
  }
  const auto by_rest = [&](const market_request& r, const completion<market_data>& got) {
    auto cancel = rest_->ask(*symbol, r.price, r.book, got);
    if (!cancel) got(error{errc::unavailable, "the venue's adapter is closing", options_.name, {}});
    return cancel;
  };
  auto public_part = request;
  public_part.balance = public_part.positions = false;
  const auto feed = dialect_->streams(*symbol) ? feed_.get() : nullptr;
  return live_market::fetch(feed, *symbol, public_part, by_rest,
                            [then, count = pending_](result<market_data> data) {
                              count->fetch_sub(1);
                              then(std::move(data));
                            });
}

void market_venue::submit(const std::string& client_order_id, const order_request& /*order*/,
                          const order_permit& /*permit*/, std::function<void(order_report)> then) {
  order_report r;
  r.client_order_id = client_order_id;
  r.state = order_state::rejected;
  r.code = "data_only";
  r.reason = std::string(data_only) + "; nothing was sent: " + elsewhere;
  r.at = clock_->now();
  then(std::move(r));
}

void market_venue::query(const std::string& client_order_id, const order_request& /*order*/,
                         completion<order_report> then) {
  then(error{errc::unavailable, std::string(data_only) + ": it cannot be asked about one",
             client_order_id,
             "give the venue the type it had when the order was sent, or settle it by hand "
             "(pitwall orders settle)"});
}

void market_venue::cancel(const cancel_request& /*request*/,
                          const std::vector<std::string>& /*client_order_ids*/,
                          completion<cancel_report> then) {
  then(error{errc::failed_precondition, data_only, options_.name, elsewhere});
}

decimal market_venue::quantity_step(const std::string& /*symbol*/) const {
  return decimal::from_raw(decimal::one_raw / 100'000'000);
}

}  // namespace pitwall
