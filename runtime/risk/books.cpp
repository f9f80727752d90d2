#include "runtime/risk/books.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {
namespace {

error damaged() {
  return {errc::data_loss,
          "the stored account of risk does not make sense",
          {},
          "restore a backup of the data directory"};
}

result<std::string> text_at(const value& v, std::string_view name) {
  const auto* member = v.find(name);
  if (member == nullptr || !member->is_text()) return damaged();
  return std::string(member->as_text());
}

}  // namespace

risk_books::risk_books(const std::string& currency)
    : currency_(currency),
      bots_(currency),
      host_(currency),
      strategies_(currency),
      venues_(currency) {}

void risk_books::intent(const std::string& id, const reserved_order& order, timestamp at) {
  bots_.count_order(order.bot_id, at);
  orders_.confirm(id, order);
}

status risk_books::fill(const std::string& id, const portfolio_fill& fill, bool complete) {
  PITWALL_CHECK(bots_.apply(fill));
  auto again = fill;
  again.bot_id.clear();
  PITWALL_CHECK(host_.apply(again));
  again.bot_id = fill.venue;
  PITWALL_CHECK(venues_.apply(again));
  again.bot_id = fill.strategy_id;
  if (!again.bot_id.empty()) PITWALL_CHECK(strategies_.apply(again));
  orders_.fill(id, fill.quantity);
  if (complete) orders_.close(id);
  return done{};
}

void risk_books::mark(const std::string& venue, const std::string& symbol, decimal price) {
  for (auto* book : {&bots_, &host_, &strategies_, &venues_}) book->mark(venue, symbol, price);
}

status risk_books::value_at(const portfolio::place& where, decimal price) {
  for (auto* book : {&bots_, &host_, &strategies_, &venues_})
    PITWALL_CHECK(book->value_at(where, price));
  return done{};
}

std::set<portfolio::place> risk_books::unvalued() const {
  std::set<portfolio::place> all;
  for (const auto* book : {&bots_, &host_, &strategies_, &venues_}) all.merge(book->unvalued());
  return all;
}

std::vector<portfolio::place> risk_books::priced_places() const {
  const auto of_host = host_.priced_places({});
  std::set<portfolio::place> all(of_host.begin(), of_host.end());
  bots_.each([&](const std::string& bot) {
    for (auto& where : bots_.priced_places(bot)) all.insert(std::move(where));
  });
  return {all.begin(), all.end()};
}

value risk_books::snapshot() const {
  value::list orders;
  orders_.each([&](const std::string& id, const reserved_order& o) {
    orders.push_back(value::object{{"id", id},
                                   {"bot", o.bot_id},
                                   {"venue", o.venue},
                                   {"symbol", o.symbol},
                                   {"buys", value(o.buys)},
                                   {"left", o.amount}});
  });
  std::sort(orders.begin(), orders.end(), [](const value& a, const value& b) {
    return a.find("id")->as_text() < b.find("id")->as_text();
  });
  return value::object{{"currency", currency_},        {"bots", bots_.snapshot()},
                       {"host", host_.snapshot()},     {"strategies", strategies_.snapshot()},
                       {"venues", venues_.snapshot()}, {"orders", std::move(orders)}};
}

result<risk_books> risk_books::from_snapshot(const value& v, const std::string& currency) {
  const auto* orders = v.find("orders");
  if (orders == nullptr || !orders->is_list()) return damaged();
  // Earlier versions took whatever they added up for one currency.
  const auto* kept_in = v.find("currency");
  const auto kept = kept_in != nullptr && kept_in->is_text() ? std::string(kept_in->as_text())
                                                             : risk_books().currency();
  if (kept_in != nullptr && !currency.empty() && kept != currency)
    return error{
        errc::failed_precondition,
        "profit and loss were kept in " + kept + " so far, and cannot go on in " + currency,
        "risk.currency", "set it to " + kept + ", or start a data directory of its own"};
  const auto& in = currency.empty() ? kept : currency;
  risk_books books(in);
  const std::pair<const char*, portfolio*> stored_books[] = {{"bots", &books.bots_},
                                                             {"host", &books.host_},
                                                             {"strategies", &books.strategies_},
                                                             {"venues", &books.venues_}};
  for (const auto& [name, book] : stored_books) {
    const auto* stored = v.find(name);
    if (stored == nullptr) return damaged();
    PITWALL_TRY(read, portfolio::from_snapshot(*stored, in));
    *book = std::move(read);
  }
  for (const auto& stored : orders->as_list()) {
    reserved_order o;
    PITWALL_TRY(id, text_at(stored, "id"));
    PITWALL_TRY(bot, text_at(stored, "bot"));
    PITWALL_TRY(venue, text_at(stored, "venue"));
    PITWALL_TRY(symbol, text_at(stored, "symbol"));
    const auto *buys = stored.find("buys"), *left = stored.find("left");
    if (buys == nullptr || !buys->is_bool() || left == nullptr || !left->is_number())
      return damaged();
    books.orders_.confirm(id, {std::move(bot), std::move(venue), std::move(symbol), buys->as_bool(),
                               left->as_number()});
  }
  return books;
}

}  // namespace pitwall
