#include "net/venues/binance_market.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pitwall {

namespace {

constexpr decimal smallest_step = decimal::from_raw(decimal::one_raw / 100'000'000);
// Rules are kept of this many symbols: more than a venue lists.
constexpr std::size_t max_rules = 10'000;

}  // namespace

/// One fetch, until its last part is there.
struct binance_market::fetching {
  std::size_t missing = 0;
  market_data data;
  std::optional<error> failure;
  completion then;
};

binance_market::binance_market(std::shared_ptr<binance_link> link,
                               std::shared_ptr<const wall_clock> clock)
    : link_(std::move(link)), clock_(std::move(clock)) {}

void binance_market::finish_part(const std::shared_ptr<fetching>& all) {
  if (--all->missing > 0) return;
  if (all->failure) {
    all->then(*all->failure);
  } else {
    all->then(std::move(all->data));
  }
}

void binance_market::part(
    const std::shared_ptr<fetching>& all, const std::string& path, const std::string& parameters,
    bool is_private, value market_data::*into,
    std::function<result<value>(const std::string& body, timestamp seen)> read) {
  ++all->missing;
  auto then = [self = shared_from_this(), all, into, parameters,
               read = std::move(read)](const binance_reply& reply) {
    const timestamp now = self->clock_->now();
    auto got = reply.ok()
                   ? read(reply.raw.body, now)
                   : result<value>(reply.to_error(self->link_->options().name + " " + parameters));
    if (got.ok()) {
      all->data.*into = std::move(*got);
      // Of several parts the oldest counts.
      all->data.observed_at = std::min(all->data.observed_at, now);
    } else {
      all->failure = got.error();
    }
    finish_part(all);
  };
  if (is_private) {
    link_->ask("GET", path, parameters, rest_rank::last, std::move(then));
  } else {
    link_->get(path, parameters, std::move(then));
  }
}

void binance_market::fetch(const market_request& request, completion then) {
  const auto symbol = binance::wire_symbol(request.symbol);
  if (!symbol.ok()) {
    then(symbol.error());
    return;
  }
  const auto all = std::make_shared<fetching>();
  all->then = std::move(then);
  all->data.observed_at = timestamp::max();
  const bool anything = request.price || request.book || request.balance;
  if (!anything) all->data.observed_at = clock_->now();
  all->missing = 1;  // The calls below: their answers may come before the last is asked.
  if (request.price) {
    part(all, "/api/v3/ticker/bookTicker", "symbol=" + *symbol, false, &market_data::price_feed,
         [](const std::string& body, timestamp) -> result<value> {
           PITWALL_TRY(mid, binance::parse_mid(body));
           return value(mid);
         });
  }
  if (request.book) {
    part(all, "/api/v3/depth",
         "symbol=" + *symbol + "&limit=" + std::to_string(link_->options().depth), false,
         &market_data::orderbook, binance::parse_depth);
  }
  if (request.balance) {
    part(all, "/api/v3/account", "omitZeroBalances=true", true, &market_data::balance,
         [](const std::string& body, timestamp) { return binance::parse_balances(body); });
  }
  // So that an order for this symbol finds its rules known.
  ++all->missing;
  learn_rules(*symbol, [all] { finish_part(all); });
  finish_part(all);
}

bool binance_market::knows_rules(const std::string& symbol) const {
  const std::lock_guard lock(mutex_);
  return steps_.contains(symbol);
}

void binance_market::learn_rules(const std::string& symbol, std::function<void()> then) {
  if (knows_rules(symbol)) {
    then();
    return;
  }
  auto& waiting = asked_rules_[symbol];
  waiting.push_back(std::move(then));
  if (waiting.size() > 1) return;
  link_->get("/api/v3/exchangeInfo", "symbol=" + symbol,
             [self = shared_from_this(), symbol](const binance_reply& reply) {
               const auto step = reply.ok() ? binance::parse_step(reply.raw.body)
                                            : result<decimal>(reply.to_error(symbol));
               if (step.ok()) {
                 const std::lock_guard lock(self->mutex_);
                 if (self->steps_.size() < max_rules) self->steps_[symbol] = *step;
               }
               const auto told = self->asked_rules_.extract(symbol);
               for (const auto& call : told.mapped()) call();
             });
}

decimal binance_market::quantity_step(const std::string& symbol) {
  const auto wire = binance::wire_symbol(symbol);
  if (!wire.ok()) return smallest_step;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = steps_.find(*wire); it != steps_.end()) return it->second;
  }
  link_->client().post(
      [self = shared_from_this(), symbol = *wire] { self->learn_rules(symbol, [] {}); });
  return smallest_step;
}

}  // namespace pitwall
