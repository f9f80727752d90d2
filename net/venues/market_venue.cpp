#include "net/venues/market_venue.hpp"

#include <utility>

#include "net/venues/market_dialects.hpp"
#include "net/venues/rest_url.hpp"

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
  return done{};
}

result<std::shared_ptr<market_venue>> market_venue::open(const std::string& type,
                                                         const market_options& options,
                                                         std::shared_ptr<const wall_clock> clock) {
  PITWALL_TRY(dialect, dialect_of(type));
  PITWALL_TRY(rest, market_rest::open(options, dialect, clock));
  return std::shared_ptr<market_venue>(
      new market_venue(options, std::move(dialect), std::move(rest), std::move(clock)));
}

market_venue::market_venue(market_options options, std::shared_ptr<const market_dialect> dialect,
                           std::shared_ptr<market_rest> rest,
                           std::shared_ptr<const wall_clock> clock)
    : options_(std::move(options)),
      dialect_(std::move(dialect)),
      rest_(std::move(rest)),
      clock_(std::move(clock)) {}

market_venue::~market_venue() { stop(); }

void market_venue::stop() { rest_->stop(); }

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
  auto cancel = rest_->ask(*symbol, request.price, request.book,
                           [then, count = pending_](result<market_data> data) {
                             count->fetch_sub(1);
                             then(std::move(data));
                           });
  if (!cancel) {
    pending_->fetch_sub(1);
    then(error{errc::unavailable, "the venue's adapter is closing", options_.name, {}});
  }
  return cancel;
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
