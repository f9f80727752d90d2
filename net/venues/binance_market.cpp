#include "net/venues/binance_market.hpp"

#include <algorithm>
#include <atomic>
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
  const market_request request;
  const milliseconds patience;
  completion then;                      // null: it has ended
  std::atomic<bool> abandoned = false;  // any thread

  // On the I/O thread only.
  std::string symbol = {};
  std::size_t missing = 0;
  market_data data = {};
  std::optional<error> failure = {};
  std::vector<rest_call> calls = {};
  std::uint64_t waits_for_time = 0;
  std::shared_ptr<boost::asio::steady_timer> deadline = {};

  bool over() const noexcept { return !then; }
  // Of several failures the one that asks to wait longest.
  void fail(const error& e) {
    if (!failure || e.retry_after_ms > failure->retry_after_ms) failure = e;
  }
};

binance_market::binance_market(std::shared_ptr<binance_link> link,
                               std::shared_ptr<const wall_clock> clock)
    : link_(std::move(link)), clock_(std::move(clock)) {}

// ---- a fetch: begun, cut short, ended

cancel_call binance_market::fetch(const market_request& request, milliseconds patience,
                                  completion then) {
  const auto all = fetch_ptr(new fetching{request, patience, std::move(then)});
  if (!link_->client().post([self = shared_from_this(), all] { self->start(all); })) return {};
  // Holds nothing: a call that has ended, or an adapter that is gone, is nothing to end.
  return [self = weak_from_this(), call = std::weak_ptr(all)] {
    const auto market = self.lock();
    const auto left = call.lock();
    if (!market || !left || left->abandoned.exchange(true)) return;
    market->link_->client().post([market, left] { market->end(left, market->abandoned()); });
  };
}

void binance_market::start(const fetch_ptr& all) {
  if (all->abandoned) {
    end(all, abandoned());
    return;
  }
  const auto symbol = binance::wire_symbol(all->request.symbol);
  if (!symbol.ok()) {
    end(all, symbol.error());
    return;
  }
  all->symbol = *symbol;
  all->deadline =
      link_->client().after(all->patience, [self = shared_from_this(), call = std::weak_ptr(all)] {
        if (const auto late = call.lock()) self->too_late(late);
      });
  ask_parts(all);
}

void binance_market::too_late(const fetch_ptr& all) {
  // Rules alone are nothing to fail for.
  if (leave_rules(all) && all->missing == 1) {
    finish_part(all);
    return;
  }
  end(all,
      error{errc::deadline_exceeded,
            "no answer within " + std::to_string(all->patience.count()) + " ms",
            link_->options().name + " " + all->symbol, "look at the venue's state, and ask again"});
}

error binance_market::abandoned() const {
  return {errc::cancelled, "nobody waits for the answer any more", link_->options().name, {}};
}

void binance_market::end(const fetch_ptr& all, result<market_data> answer) {
  if (all->over()) return;
  const auto then = std::exchange(all->then, nullptr);
  if (all->deadline) all->deadline->cancel();
  for (const auto& call : std::exchange(all->calls, {})) link_->client().cancel(call);
  link_->forget(all->waits_for_time);
  leave_rules(all);
  then(std::move(answer));
}

void binance_market::finish_part(const fetch_ptr& all) {
  if (all->over() || --all->missing > 0) return;
  all->calls.clear();
  end(all, all->failure ? result<market_data>(*all->failure)
                        : result<market_data>(std::move(all->data)));
}

// ---- its parts

void binance_market::ask_parts(const fetch_ptr& all) {
  const market_request& asked = all->request;
  const bool anything = asked.price || asked.book || asked.balance || asked.volume;
  all->data.observed_at = anything ? timestamp::max() : clock_->now();
  all->missing = 1;  // The calls below: their answers may come before the last is asked.
  const std::string of = "symbol=" + all->symbol;
  if (asked.price) {
    const auto mid = [](const std::string& body, timestamp) -> result<value> {
      PITWALL_TRY(price, binance::parse_mid(body));
      return value(price);
    };
    all->calls.push_back(
        link_->get("/api/v3/ticker/bookTicker", of, part(all, &market_data::price_feed, mid)));
  }
  if (asked.book) {
    all->calls.push_back(link_->get("/api/v3/depth",
                                    of + "&limit=" + std::to_string(link_->options().depth),
                                    part(all, &market_data::orderbook, binance::parse_depth)));
  }
  if (asked.volume) {
    const auto traded = [](const std::string& body, timestamp) -> result<value> {
      PITWALL_TRY(volume, binance::parse_minute_volume(body));
      return value(volume);
    };
    all->calls.push_back(link_->get("/api/v3/klines", of + "&interval=1m&limit=2",
                                    part(all, &market_data::volume, traded)));
  }
  if (asked.balance) ask_balance(all);
  // So that an order for this symbol finds its rules known.
  ++all->missing;
  learn_rules(all->symbol, all);
  finish_part(all);
}

binance_link::completion binance_market::part(const fetch_ptr& all, value market_data::*into,
                                              reader read) {
  ++all->missing;
  return [self = shared_from_this(), all, into,
          read = std::move(read)](const binance_reply& reply) {
    if (all->over()) return;
    const timestamp now = self->clock_->now();
    auto got = reply.ok()
                   ? read(reply.raw.body, now)
                   : result<value>(reply.to_error(self->link_->options().name + " " + all->symbol));
    if (got.ok()) {
      all->data.*into = std::move(*got);
      // Of several parts the oldest counts.
      all->data.observed_at = std::min(all->data.observed_at, now);
    } else {
      all->fail(got.error());
    }
    self->finish_part(all);
  };
}

void binance_market::ask_balance(const fetch_ptr& all) {
  const auto free = [](const std::string& body, timestamp) {
    return binance::parse_balances(body);
  };
  auto then = part(all, &market_data::balance, free);
  all->waits_for_time = link_->with_time([self = shared_from_this(), all,
                                          then = std::move(then)](const status& known) {
    if (all->over()) return;
    if (known.ok()) {
      all->calls.push_back(self->link_->ask_now("GET", "/api/v3/account", "omitZeroBalances=true",
                                                rest_rank::last, then, request_use::market));
      return;
    }
    all->fail(known.error());
    self->finish_part(all);
  });
}

// ---- rules

bool binance_market::knows_rules(const std::string& symbol) const {
  const std::lock_guard lock(mutex_);
  return steps_.contains(symbol);
}

void binance_market::learn_rules(const std::string& symbol, const fetch_ptr& waiting) {
  if (knows_rules(symbol)) {
    if (waiting) finish_part(waiting);
    return;
  }
  auto& known = asked_rules_[symbol];
  const bool first = known == nullptr;
  if (first) known = std::make_shared<asked_rules>();
  const auto asked = known;
  if (waiting) {
    asked->waiting.push_back(waiting);
  } else {
    asked->wanted = true;
  }
  if (!first) return;
  asked->call = link_->get("/api/v3/exchangeInfo", "symbol=" + symbol,
                           [self = shared_from_this(), symbol, asked](const binance_reply& reply) {
                             self->on_rules(symbol, asked, reply);
                           });
}

void binance_market::on_rules(const std::string& symbol, const std::shared_ptr<asked_rules>& asked,
                              const binance_reply& reply) {
  const auto step =
      reply.ok() ? binance::parse_step(reply.raw.body) : result<decimal>(reply.to_error(symbol));
  if (reply.ok()) link_->learn_limits(reply.raw.body);
  if (step.ok()) {
    const std::lock_guard lock(mutex_);
    if (steps_.size() < max_rules) steps_[symbol] = *step;
  }
  const auto it = asked_rules_.find(symbol);
  // Else these were given up, and are asked for anew.
  if (it != asked_rules_.end() && it->second == asked) asked_rules_.erase(it);
  for (const auto& waiting : std::exchange(asked->waiting, {})) finish_part(waiting);
}

bool binance_market::leave_rules(const fetch_ptr& all) {
  const auto it = asked_rules_.find(all->symbol);
  if (it == asked_rules_.end()) return false;
  asked_rules& asked = *it->second;
  if (std::erase(asked.waiting, all) == 0) return false;
  if (asked.wanted || !asked.waiting.empty()) return true;
  link_->client().cancel(asked.call);
  asked_rules_.erase(it);
  return true;
}

decimal binance_market::quantity_step(const std::string& symbol) {
  const auto wire = binance::wire_symbol(symbol);
  if (!wire.ok()) return smallest_step;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = steps_.find(*wire); it != steps_.end()) return it->second;
  }
  link_->client().post(
      [self = shared_from_this(), symbol = *wire] { self->learn_rules(symbol, nullptr); });
  return smallest_step;
}

}  // namespace pitwall
