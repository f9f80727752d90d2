// Job: a portfolio as a value and back, so that a start need not read every fill since the first.
#include <utility>

#include "runtime/risk/portfolio.hpp"

namespace pitwall {
namespace {

value of_count(std::int64_t n) { return value(decimal(n)); }

bool read(const value* v, decimal& out) {
  if (v == nullptr || !v->is_number()) return false;
  out = v->as_number();
  return true;
}
bool read(const value* v, std::int64_t& out) {
  decimal d;
  if (!read(v, d)) return false;
  const auto whole = d.to_int();
  if (!whole.ok()) return false;
  out = *whole;
  return true;
}
bool read(const value* v, std::string& out) {
  if (v == nullptr || !v->is_text()) return false;
  out = v->as_text();
  return true;
}

const value::list& items(const value* v) {
  static const value::list none;
  return v != nullptr && v->is_list() ? v->as_list() : none;
}

/// Earlier versions had none.
bool read(const value* v,
          std::map<portfolio::place, std::map<std::chrono::sys_days, decimal>>& to) {
  for (const auto& waiting : items(v)) {
    portfolio::place where;
    std::int64_t day = 0;
    decimal amount;
    if (!read(waiting.find("venue"), where.first) || !read(waiting.find("symbol"), where.second) ||
        !read(waiting.find("day"), day) || !read(waiting.find("amount"), amount))
      return false;
    to[std::move(where)][std::chrono::sys_days(std::chrono::days(day))] = amount;
  }
  return true;
}

}  // namespace

value portfolio::snapshot() const {
  value::list accounts;
  for (const auto& [bot, a] : accounts_) {
    value::list positions;
    for (const auto& [where, p] : a.positions)
      positions.push_back(value::object{{"venue", where.first},
                                        {"symbol", where.second},
                                        {"quantity", p.quantity},
                                        {"average_entry", p.average_entry}});
    value::list days;
    for (const auto& d : a.days)
      days.push_back(value::object{{"day", of_count(d.day.time_since_epoch().count())},
                                   {"realized_today", d.realized},
                                   {"orders_today", of_count(d.orders)}});
    value::list unvalued;
    for (const auto& [where, amounts] : a.unvalued)
      for (const auto& [day, amount] : amounts)
        unvalued.push_back(value::object{{"venue", where.first},
                                         {"symbol", where.second},
                                         {"day", of_count(day.time_since_epoch().count())},
                                         {"amount", amount}});
    accounts.push_back(value::object{{"bot", bot},
                                     {"positions", std::move(positions)},
                                     {"realized", a.realized},
                                     {"peak", a.peak},
                                     {"days", std::move(days)},
                                     {"unvalued", std::move(unvalued)}});
  }
  const auto listed = [](const prices& all) {
    value::list out;
    for (const auto& [where, price] : all)
      out.push_back(
          value::object{{"venue", where.first}, {"symbol", where.second}, {"price", price}});
    return out;
  };
  return value::object{{"accounts", std::move(accounts)},
                       {"marks", listed(marks_)},
                       {"fill_prices", listed(fill_prices_)},
                       {"rates", listed(rates_)}};
}

result<portfolio> portfolio::from_snapshot(const value& v, std::string currency) {
  const error damaged{errc::data_loss,
                      "the stored portfolio does not make sense",
                      {},
                      "restore a backup of the data directory"};
  portfolio p(std::move(currency));
  for (const char* part : {"accounts", "marks", "fill_prices"})
    if (v.find(part) == nullptr) return damaged;
  for (const auto& stored : items(v.find("accounts"))) {
    std::string bot;
    account a;
    if (!read(stored.find("bot"), bot) || !read(stored.find("realized"), a.realized) ||
        !read(stored.find("peak"), a.peak))
      return damaged;
    // Earlier versions kept one day, beside the rest.
    const bool has_days = stored.find("days") != nullptr;
    for (const auto& of : has_days ? items(stored.find("days")) : value::list{stored}) {
      daily d;
      std::int64_t day = 0;
      if (!read(of.find("day"), day) || !read(of.find("realized_today"), d.realized) ||
          !read(of.find("orders_today"), d.orders))
        return damaged;
      d.day = std::chrono::sys_days(std::chrono::days(day));
      keep(a, d);
    }
    for (const auto& held : items(stored.find("positions"))) {
      place where;
      position here;
      if (!read(held.find("venue"), where.first) || !read(held.find("symbol"), where.second) ||
          !read(held.find("quantity"), here.quantity) ||
          !read(held.find("average_entry"), here.average_entry))
        return damaged;
      a.positions[std::move(where)] = here;
    }
    if (!read(stored.find("unvalued"), a.unvalued)) return damaged;
    p.accounts_[std::move(bot)] = std::move(a);
  }
  // Earlier versions had no rates.
  for (const auto& [part, into] :
       {std::pair{"marks", &p.marks_}, std::pair{"fill_prices", &p.fill_prices_},
        std::pair{"rates", &p.rates_}}) {
    for (const auto& marked : items(v.find(part))) {
      place where;
      decimal price;
      if (!read(marked.find("venue"), where.first) || !read(marked.find("symbol"), where.second) ||
          !read(marked.find("price"), price))
        return damaged;
      (*into)[std::move(where)] = price;
    }
  }
  return p;
}

}  // namespace pitwall
