// Job: the Binance adapter's streams: how they are opened, and what executions do to its orders.
#include <utility>

#include "net/venues/binance_desk.hpp"
#include "net/venues/binance_dialect.hpp"
#include "net/venues/binance_user_stream.hpp"
#include "net/venues/binance_venue.hpp"
#include "net/venues/market_feed.hpp"

namespace pitwall {

void binance_venue::open_streams(const web_socket_options& socket,
                                 std::shared_ptr<const wall_clock> clock) {
  streams_ = std::make_shared<io_thread>();
  market_feed_options o;
  o.name = options_.name;
  o.socket = socket;
  o.limits.stale_after = options_.stale_after;
  o.limits.depth = options_.depth;
  const auto get = [link = link_](const std::string& target,
                                  std::function<void(result<std::string>)> then) {
    link->send({"GET", [target] { return std::optional(target); }, link->options().timeout,
                rest_rank::last},
               [link, then = std::move(then)](const binance_reply& reply) {
                 then(reply.ok() ? result<std::string>(reply.raw.body)
                                 : result<std::string>(reply.to_error(link->options().name)));
               });
  };
  feed_ = market_feed::open(streams_, std::make_shared<binance_dialect>(), std::move(o), get,
                            std::move(clock));
  if (!options_.key) return;
  user_ = binance_user_stream::start(
      streams_, link_, socket, {},
      {[desk = desk_](bool open) { desk->on_streamed(open); },
       [desk = desk_](const binance::execution& e) { desk->on_execution(e); }});
}

std::optional<feed_health> binance_venue::feed() const {
  return feed_ ? std::optional(feed_->health()) : std::nullopt;
}

bool binance_venue::streams_orders() const noexcept { return user_ && user_->is_open(); }

// ---- executions

void binance_desk::on_streamed(bool open) {
  streamed_ = open;
  catching_up_ = open ? watched_.size() : 0;
}

void binance_desk::on_execution(const binance::execution& e) {
  const auto it = watched_.find(e.client_order_id);
  // What is not watched (yet) is looked after by the call that is under way for it.
  if (it == watched_.end()) return;
  const auto news = binance::after(it->second.last, e, clock_->now());
  if (!news.ok()) {
    // Something was lost. It is asked for now, unless a question is under way already.
    if (polling_ > 0) {
      catching_up_ = watched_.size();
      return;
    }
    polling_ = 1;
    round_unheard_ = false;
    poll_one(e.client_order_id);
    return;
  }
  if (!*news) return;
  const order_report report = **news;
  it->second.last = report;
  if (!binance::is_open(report.state)) watched_.erase(it);
  tell(report);
}

}  // namespace pitwall
