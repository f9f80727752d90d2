// Job: the Binance adapter's streams: how they are opened, and what executions do to its orders.
#include <algorithm>
#include <string_view>
#include <utility>

#include "net/venues/binance_desk.hpp"
#include "net/venues/binance_dialect.hpp"
#include "net/venues/binance_user_stream.hpp"
#include "net/venues/binance_venue.hpp"
#include "net/venues/market_feed.hpp"
#include "net/venues/weight_budget.hpp"

namespace pitwall {

void binance_venue::open_streams(const web_socket_options& socket, const web_socket_options* api,
                                 std::shared_ptr<const wall_clock> clock) {
  streams_ = std::make_shared<io_thread>();
  market_feed_options o;
  o.name = options_.name;
  o.socket = socket;
  o.limits.stale_after = options_.stale_after;
  o.limits.depth = options_.depth;
  const auto get = [link = link_](const std::string& target,
                                  std::function<void(result<std::string>)> then) {
    const auto query = std::min(target.find('?'), target.size());
    const auto weight = weight_of(std::string_view(target).substr(0, query),
                                  std::string_view(target).substr(query));
    link->send(
        {"GET", [target] { return std::optional(target); }, link->options().timeout,
         rest_rank::last},
        [link, then = std::move(then)](const binance_reply& reply) {
          then(reply.ok() ? result<std::string>(reply.raw.body)
                          : result<std::string>(reply.to_error(link->options().name)));
        },
        request_use::market, weight);
  };
  feed_ = market_feed::open(streams_, std::make_shared<binance_dialect>(), std::move(o), get,
                            std::move(clock));
  if (!options_.key) return;
  user_ = binance_user_stream::start(
      streams_, link_, api != nullptr ? *api : socket, {}, api != nullptr,
      {[desk = desk_](bool open) { desk->on_streamed(open); },
       [desk = desk_](const binance::execution& e) { desk->on_execution(e); }});
}

std::optional<feed_health> binance_venue::feed() const {
  if (!feed_) return std::nullopt;
  auto out = feed_->health();
  if (user_) out.orders_error = user_->trouble();
  return out;
}

bool binance_venue::streams_orders() const noexcept { return user_ && user_->is_open(); }

// ---- executions

void binance_desk::on_streamed(bool open) {
  streamed_ = open;
  for (auto& [_, e] : early_) e.lost = true;
  list_wanted_ = open;
}

void binance_desk::on_execution(const binance::execution& e) {
  const auto it = watched_.find(e.client_order_id);
  if (it == watched_.end()) {
    constexpr std::size_t most = 64;
    const auto at = early_.find(e.client_order_id);
    if (at == early_.end()) return;
    if (at->second.told.size() < most) {
      at->second.told.push_back(e);
    } else {
      at->second.lost = true;
    }
    return;
  }
  const auto news = binance::after(it->second.last, e, clock_->now());
  if (!news.ok()) return ask_soon(e.client_order_id);  // Something was lost.
  if (!*news) return;
  const order_report report = **news;
  it->second.last = report;
  if (!binance::is_open(report.state)) watched_.erase(it);
  tell(report);
}

void binance_desk::await_word(const std::string& id) { ++early_[id].calls; }

// The answer to a call and the stream come by different lines: a fill may be told before the order
// that it fills is known to be open.
void binance_desk::end_await(const std::string& id) {
  const auto at = early_.find(id);
  if (at == early_.end()) return;
  const auto told = std::exchange(at->second.told, {});
  const bool lost = std::exchange(at->second.lost, false);
  if (--at->second.calls == 0) early_.erase(at);
  for (const auto& e : told) on_execution(e);
  if (lost && streamed_ && watched_.contains(id)) ask_soon(id);
}

void binance_desk::ask_soon(const std::string& id) {
  if (polling_ > 0) {
    to_ask_.insert(id);
    return;
  }
  to_ask_.erase(id);
  polling_ = 1;
  round_unheard_ = false;
  poll_one(id);
}

}  // namespace pitwall
