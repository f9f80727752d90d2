// Job: what the venue says of an order that is asked for by id, and which orders are open there.
#include <algorithm>
#include <iterator>
#include <utility>

#include "net/venues/binance_desk.hpp"

namespace pitwall {

namespace {

error not_known(std::string message, const std::string& id, std::string remedy) {
  return {errc::unavailable, std::move(message), id, std::move(remedy)};
}

// The most that GET /api/v3/myTrades tells at once (Binance Spot REST API, "Account trade list").
constexpr std::size_t trades_at_once = 1'000;

}  // namespace

void binance_desk::query(const std::string& id, const order_request& order,
                         completion<order_report> then) {
  const auto symbol = binance::wire_symbol(order.symbol);
  if (!symbol.ok() || !binance::is_order_id(id)) {
    then(symbol.ok() ? error{errc::invalid_argument, "this cannot be a client order id", id, {}}
                     : symbol.error());
    return;
  }
  await_word(id);
  then = [self = shared_from_this(), id, then = std::move(then)](result<order_report> report) {
    then(std::move(report));
    self->end_await(id);
  };
  // Its clock first: what it does not know after that time, it can no longer have accepted before.
  link_->read_time([self = shared_from_this(), id, symbol = *symbol,
                    then = std::move(then)](const result<std::int64_t>& time) {
    if (time.ok()) {
      self->look_up(id, symbol, *time, then);
    } else {
      then(not_known(time.error().message, id, "ask again"));
    }
  });
}

void binance_desk::look_up(const std::string& id, const std::string& symbol, std::int64_t venue_ms,
                           completion<order_report> then) {
  link_->ask("GET", "/api/v3/order", "symbol=" + symbol + "&origClientOrderId=" + id,
             rest_rank::normal,
             [self = shared_from_this(), id, symbol, venue_ms,
              then = std::move(then)](const binance_reply& reply) {
               if (reply.refused_with(binance::no_such_order)) {
                 then(self->unknown_there(id, venue_ms));
                 return;
               }
               if (!reply.ok()) {
                 then(not_known(reply.explain(), id, "ask again"));
                 return;
               }
               auto word = binance::parse_order(reply.raw.body);
               if (!word.ok() || word->client_order_id != id) {
                 then(not_known(word.ok() ? "the venue answered about another order"
                                          : word.error().to_string(),
                                id, "ask again"));
                 return;
               }
               self->gather(*word, [self, id, symbol, then](result<order_report> report) {
                 if (report.ok()) {
                   self->settle_doubt(id, !binance::is_open(report->state));
                   if (binance::is_open(report->state)) self->watch(symbol, *report);
                 }
                 then(std::move(report));
               });
             });
}

// Precondition: venue_ms was read before the venue said that it does not know the id.
result<order_report> binance_desk::unknown_there(const std::string& id, std::int64_t venue_ms) {
  const auto& options = link_->options();
  const auto it = sent_.find(id);
  if (it != sent_.end() && it->second.at == phase::waiting) {
    return not_known("the order has not left yet", id, "wait for its answer");
  }
  // What this adapter did not send, or has forgotten, was let out before it existed, or stamped
  // before the last timestamp that it has forgotten.
  const auto window = options.recv_window.count();
  const auto earlier =
      *link_->first_time() + std::max(options.earlier_window, options.recv_window).count();
  const std::int64_t taken = it != sent_.end() ? it->second.timestamp_ms + window
                                               : std::max(earlier, forgotten_until_ms_ + window);
  const std::int64_t until = taken + options.proof_margin.count();
  if (venue_ms <= until) {
    return not_known("the venue does not know the order, but might still accept it until " +
                         to_iso8601(timestamp(milliseconds(until))) + " of its clock",
                     id, "ask again after that");
  }
  settle_doubt(id, true);
  return error{errc::not_found,
               "the venue has never accepted this order, and can no longer do so",
               options.name + " " + id,
               {}};
}

void binance_desk::gather(const binance::order_word& word, completion<order_report> then) {
  if (word.executed.is_zero()) {
    then(binance::report_of(word, {}, clock_->now()));
    return;
  }
  // The latest, which mostly are all.
  ask_trades(
      word, {},
      [self = shared_from_this(), word, then = std::move(then)](result<binance::trade_page> page) {
        if (!page.ok()) return then(std::move(page).error());
        if (page->fills.size() == trades_at_once) return self->gather_from(word, 0, {}, then);
        then(binance::report_of(word, std::move(page->fills), self->clock_->now()));
      });
}

void binance_desk::gather_from(const binance::order_word& word, std::int64_t id,
                               std::vector<order_fill> before, completion<order_report> then) {
  ask_trades(word, "&fromId=" + std::to_string(id),
             [self = shared_from_this(), word, id, before = std::move(before),
              then = std::move(then)](result<binance::trade_page> page) mutable {
               if (!page.ok()) return then(std::move(page).error());
               if (!page->fills.empty() && (page->last_id < id || page->last_id == INT64_MAX))
                 return then(not_known("the venue tells the same trades again and again",
                                       word.client_order_id, "ask again"));
               before.insert(before.end(), std::make_move_iterator(page->fills.begin()),
                             std::make_move_iterator(page->fills.end()));
               if (page->fills.size() == trades_at_once)
                 return self->gather_from(word, page->last_id + 1, std::move(before), then);
               then(binance::report_of(word, std::move(before), self->clock_->now()));
             });
}

void binance_desk::ask_trades(const binance::order_word& word, const std::string& from,
                              completion<binance::trade_page> then) {
  link_->ask("GET", "/api/v3/myTrades",
             "symbol=" + word.symbol + "&orderId=" + word.venue_order_id + from +
                 "&limit=" + std::to_string(trades_at_once),
             rest_rank::normal,
             [id = word.client_order_id, then = std::move(then)](const binance_reply& reply) {
               then(reply.ok()
                        ? binance::parse_trades(reply.raw.body)
                        : result<binance::trade_page>(not_known(
                              "its fills cannot be had: " + reply.explain(), id, "ask again")));
             });
}

// ---- open orders

void binance_desk::list_open(completion<std::vector<std::string>> then) {
  link_->ask("GET", "/api/v3/openOrders", {}, rest_rank::normal,
             [self = shared_from_this(), then = std::move(then)](const binance_reply& reply) {
               auto open = reply.ok() ? binance::parse_orders(reply.raw.body)
                                      : result<std::vector<binance::order_word>>(
                                            reply.to_error(self->link_->options().name));
               if (!open.ok()) return then(std::move(open).error());
               std::vector<std::string> ids;
               for (auto& word : *open) ids.push_back(std::move(word.client_order_id));
               then(std::move(ids));
             });
}

}  // namespace pitwall
