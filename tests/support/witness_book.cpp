#include "tests/support/witness_book.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <chrono>

#include <algorithm>
#include <stdexcept>

namespace pitwall::test {

namespace {

/// Of the machine, whatever the witness's own clock says: other processes' times compare with it.
std::int64_t real_time_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

const decimal lot = decimal::parse("0.00001").value(), tick = decimal::parse("0.01").value(),
              fee_rate = decimal::parse("0.001").value(), most = 9'000;

std::string eight_digits(decimal d) {
  std::string text = d.to_string();
  const auto dot = text.find('.');
  if (dot == std::string::npos) return text + ".00000000";
  const auto digits = text.size() - dot - 1;
  return digits < 8 ? text + std::string(8 - digits, '0') : text;
}

decimal number(const parameters& p, const char* name) {
  const auto it = p.find(name);
  if (it == p.end()) return {};
  const auto parsed = decimal::parse(it->second);
  return parsed.ok() ? *parsed : decimal{};
}

std::string text(const parameters& p, const char* name) {
  const auto it = p.find(name);
  return it == p.end() ? std::string{} : it->second;
}

decimal times(decimal a, decimal b) { return mul(a, b).value(); }
decimal plus(decimal a, decimal b) { return add(a, b).value(); }
decimal minus(decimal a, decimal b) { return sub(a, b).value(); }

timestamp time_of(std::int64_t ms) { return timestamp(milliseconds(ms)); }

const std::string quote = "USDT";
std::string base_of(const std::string& symbol) { return symbol.substr(0, symbol.size() - 4); }

witness_answer mandatory(const std::string& name) {
  return refuse(-1102,
                "Mandatory parameter '" + name + "' was not sent, was empty/null, or malformed.");
}

json levels(const std::vector<matching::level>& of, std::size_t limit) {
  json out = json::array();
  for (std::size_t i = 0; i < of.size() && i < limit; ++i) {
    out.push_back({eight_digits(of[i].price), eight_digits(of[i].quantity)});
  }
  return out;
}

}  // namespace

witness_answer refuse(int code, const std::string& message, unsigned status) {
  return {status, {{"code", code}, {"msg", message}}};
}

witness_book::witness_book(const options& o) {
  matching::price_options prices;
  prices.seed = o.seed;
  if (o.still) prices.volatility_ppb = 0;
  for (const char* symbol : {"BTCUSDT", "ETHUSDT"}) {
    markets_.emplace(symbol, matching::price_process(prices, symbol));
  }
  purses_ = {{"BTC", {100, {}}}, {"ETH", {1'000, {}}}, {quote, {10'000'000, {}}}};
  if (o.log.empty()) return;
  log_ = ::open(o.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log_ < 0) throw std::runtime_error("the order log cannot be opened: " + o.log);
}

const matching::price_process* witness_book::prices(const std::string& symbol) const {
  const auto it = markets_.find(symbol);
  return it == markets_.end() ? nullptr : &it->second;
}

// ---- market

witness_answer witness_book::exchange_info(const parameters& p) const {
  const std::string symbol = text(p, "symbol");
  if (prices(symbol) == nullptr) return refuse(-1121, "Invalid symbol.");
  const json lots{{"filterType", "LOT_SIZE"},
                  {"minQty", eight_digits(lot)},
                  {"maxQty", eight_digits(most)},
                  {"stepSize", eight_digits(lot)}};
  const json ticks{{"filterType", "PRICE_FILTER"},
                   {"minPrice", eight_digits(tick)},
                   {"maxPrice", "1000000.00000000"},
                   {"tickSize", eight_digits(tick)}};
  const json rules{{"symbol", symbol},
                   {"status", "TRADING"},
                   {"baseAsset", base_of(symbol)},
                   {"quoteAsset", quote},
                   {"filters", json::array({ticks, lots})}};
  return {200, {{"timezone", "UTC"}, {"symbols", json::array({rules})}}};
}

witness_answer witness_book::book_ticker(const parameters& p, std::int64_t now_ms) const {
  const std::string symbol = text(p, "symbol");
  const auto* market = prices(symbol);
  if (market == nullptr) return refuse(-1121, "Invalid symbol.");
  const auto now = market->at(market->step_of(time_of(now_ms)));
  return {200,
          {{"symbol", symbol},
           {"bidPrice", eight_digits(now.bids.at(0).price)},
           {"bidQty", eight_digits(now.bids.at(0).quantity)},
           {"askPrice", eight_digits(now.asks.at(0).price)},
           {"askQty", eight_digits(now.asks.at(0).quantity)}}};
}

witness_answer witness_book::depth(const parameters& p, std::int64_t now_ms) const {
  const auto* market = prices(text(p, "symbol"));
  if (market == nullptr) return refuse(-1121, "Invalid symbol.");
  const auto now = market->at(market->step_of(time_of(now_ms)));
  const auto limit = p.contains("limit") ? std::stoul(text(p, "limit")) : 100;
  return {200,
          {{"lastUpdateId", now.step},
           {"bids", levels(now.bids, limit)},
           {"asks", levels(now.asks, limit)}}};
}

witness_answer witness_book::account() const {
  json balances = json::array();
  for (const auto& [asset, p] : purses_) {
    balances.push_back(
        {{"asset", asset}, {"free", eight_digits(p.free)}, {"locked", eight_digits(p.locked)}});
  }
  return {200, {{"canTrade", true}, {"accountType", "SPOT"}, {"balances", balances}}};
}

// ---- orders

witness_answer witness_book::check(const parameters& p, order& o, std::int64_t now_ms) const {
  o.client_id = text(p, "newClientOrderId");
  o.symbol = text(p, "symbol");
  o.side = text(p, "side");
  o.type = text(p, "type");
  o.tif = o.type == "MARKET" ? "GTC" : text(p, "timeInForce");
  o.quantity = number(p, "quantity");
  o.price = o.type == "MARKET" ? decimal{} : number(p, "price");
  o.time = now_ms;
  if (prices(o.symbol) == nullptr) return refuse(-1121, "Invalid symbol.");
  if (o.side != "BUY" && o.side != "SELL") return mandatory("side");
  if (o.type != "MARKET" && o.type != "LIMIT") return mandatory("type");
  if (o.tif != "GTC" && o.tif != "IOC" && o.tif != "FOK") return mandatory("timeInForce");
  if (o.client_id.empty() || o.client_id.size() > 36) return mandatory("newClientOrderId");
  if (o.quantity < lot || o.quantity > most || o.quantity != o.quantity.round_down(lot)) {
    return refuse(-1013, "Filter failure: LOT_SIZE");
  }
  if (o.type == "LIMIT" && (o.price < tick || o.price != o.price.round_down(tick))) {
    return refuse(-1013, "Filter failure: PRICE_FILTER");
  }
  for (const auto& other : orders_) {
    if (other->open() && other->client_id == o.client_id) {
      return refuse(-2010, "Duplicate order sent.");
    }
  }
  return {};
}

bool witness_book::lock_funds(order& o, decimal price) {
  purse& from = purses_.at(o.buys() ? quote : base_of(o.symbol));
  o.locked = o.buys() ? times(times(o.quantity, price), plus(1, fee_rate)) : o.quantity;
  if (from.free < o.locked) return false;
  from.free = minus(from.free, o.locked);
  from.locked = plus(from.locked, o.locked);
  return true;
}

witness_answer witness_book::place(const parameters& p, std::int64_t now_ms) {
  auto made = std::make_unique<order>();
  order& o = *made;
  if (auto refused = check(p, o, now_ms); refused.status != 200) return refused;
  const auto* market = prices(o.symbol);
  const auto touch = market->touch_at(market->step_of(time_of(now_ms)));
  const decimal best = o.buys() ? touch.ask : touch.bid;
  if (!lock_funds(o, o.type == "MARKET" ? best : o.price)) {
    return refuse(-2010, "Account has insufficient balance for requested action.");
  }
  o.id = 1'000'000 + orders_.size() + 1;
  orders_.push_back(std::move(made));
  accepted_.push_back({{"n", orders_.size()},
                       {"clientOrderId", o.client_id},
                       {"symbol", o.symbol},
                       {"side", o.side},
                       {"quantity", o.quantity.to_string()},
                       {"time", o.time},
                       {"arrivedUs", real_time_us()},
                       {"orderId", o.id},
                       {"type", o.type}});
  append_to_log(accepted_.back());
  const bool marketable = o.type == "MARKET" || (o.buys() ? o.price >= best : o.price <= best);
  if (marketable) {
    execute(o, o.quantity, best);
  } else if (o.tif != "GTC") {
    end(o, "EXPIRED");
  }
  json answer = show(o);
  answer["transactTime"] = now_ms;
  if (text(p, "newOrderRespType") != "FULL" && o.type != "MARKET") return {200, answer};
  answer["fills"] = json::array();
  for (const auto& t : o.trades) {
    json shown = show_trade(o, t);
    shown["tradeId"] = shown["id"];
    shown.erase("id");
    answer["fills"].push_back(std::move(shown));
  }
  return {200, answer};
}

void witness_book::append_to_log(const json& line) const {
  if (log_ < 0) return;
  const std::string bytes = line.dump() + "\n";
  if (::write(log_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the order log cannot be written");
  }
}

void witness_book::execute(order& o, decimal quantity, decimal price) {
  decimal left = quantity;
  const decimal part = div(quantity, static_cast<int>(split_)).value().round_down(lot);
  for (unsigned i = split_; i > 0; --i) {
    const decimal now = i == 1 || part.is_zero() ? left : part;
    if (now.is_zero()) break;
    left = minus(left, now);
    const decimal notional = times(now, price), fee = times(notional, fee_rate);
    o.trades.push_back({++last_trade_, price, now, fee, o.time});
    o.executed = plus(o.executed, now);
    append_to_log({{"trade", last_trade_},
                   {"clientOrderId", o.client_id},
                   {"price", price.to_string()},
                   {"quantity", now.to_string()},
                   {"fee", fee.to_string()}});
    purse &base = purses_.at(base_of(o.symbol)), &money = purses_.at(quote);
    const decimal used = o.buys() ? plus(notional, fee) : now;
    purse& from = o.buys() ? money : base;
    from.locked = minus(from.locked, used);
    o.locked = minus(o.locked, used);
    if (o.buys()) {
      base.free = plus(base.free, now);
    } else {
      money.free = plus(money.free, minus(notional, fee));
    }
  }
  if (o.executed == o.quantity) {
    end(o, "FILLED");
  } else {
    o.status = "PARTIALLY_FILLED";
  }
}

void witness_book::end(order& o, const std::string& status) {
  o.status = status;
  if (status != "FILLED") append_to_log({{"end", status}, {"clientOrderId", o.client_id}});
  purse& from = purses_.at(o.buys() ? quote : base_of(o.symbol));
  from.free = plus(from.free, o.locked);
  from.locked = minus(from.locked, o.locked);
  o.locked = {};
}

// The last order of an id, as the venue does where an id was used again.
witness_book::order* witness_book::find_order(const parameters& p, const char* id_name) {
  for (auto it = orders_.rbegin(); it != orders_.rend(); ++it) {
    order& o = **it;
    if (o.symbol != text(p, "symbol")) continue;
    const bool by_id = p.contains("orderId") && text(p, "orderId") == std::to_string(o.id);
    if (by_id || (p.contains(id_name) && o.client_id == text(p, id_name))) return &o;
  }
  return nullptr;
}

witness_answer witness_book::find(const parameters& p) const {
  const order* o = const_cast<witness_book*>(this)->find_order(p, "origClientOrderId");
  if (o == nullptr) return refuse(-2013, "Order does not exist.");
  return {200, show(*o)};
}

witness_answer witness_book::open_orders(const parameters& p) const {
  json out = json::array();
  for (const auto& o : orders_) {
    if (!o->open() || (p.contains("symbol") && o->symbol != text(p, "symbol"))) continue;
    out.push_back(show(*o));
  }
  return {200, out};
}

witness_answer witness_book::cancel(const parameters& p) {
  order* o = find_order(p, "origClientOrderId");
  if (o == nullptr || !o->open()) return refuse(-2011, "Unknown order sent.");
  end(*o, "CANCELED");
  json answer = show(*o);
  answer["origClientOrderId"] = o->client_id;
  answer["clientOrderId"] = "cancel-" + std::to_string(o->id);
  return {200, answer};
}

witness_answer witness_book::trades(const parameters& p) const {
  json out = json::array();
  for (const auto& o : orders_) {
    if (o->symbol != text(p, "symbol")) continue;
    if (p.contains("orderId") && text(p, "orderId") != std::to_string(o->id)) continue;
    for (const auto& t : o->trades)
      if (decimal(static_cast<std::int64_t>(t.id)) >= number(p, "fromId"))
        out.push_back(show_trade(*o, t));
  }
  // The latest, or from a trade on; never more than a thousand.
  const auto most = std::min<std::size_t>(
      p.contains("limit") ? static_cast<std::size_t>(number(p, "limit").to_int().value()) : 500,
      1'000);
  if (out.size() > most) {
    const auto more = static_cast<std::ptrdiff_t>(out.size() - most);
    if (p.contains("fromId"))
      out.erase(out.end() - more, out.end());
    else
      out.erase(out.begin(), out.begin() + more);
  }
  return {200, out};
}

witness_answer witness_book::fill(const json& wanted) {
  for (const auto& o : orders_) {
    if (!o->open() || o->client_id != wanted.value("clientOrderId", "")) continue;
    const decimal left = minus(o->quantity, o->executed);
    const decimal asked = decimal::parse(wanted.value("quantity", "0")).value();
    execute(*o, asked.is_zero() ? left : std::min(asked, left), o->price);
    return {200, show(*o)};
  }
  return refuse(-2013, "Order does not exist.");
}

json witness_book::show(const order& o) const {
  decimal notional;
  for (const auto& t : o.trades) notional = plus(notional, times(t.price, t.quantity));
  return {{"symbol", o.symbol},
          {"orderId", o.id},
          {"orderListId", -1},
          {"clientOrderId", o.client_id},
          {"price", eight_digits(o.price)},
          {"origQty", eight_digits(o.quantity)},
          {"executedQty", eight_digits(o.executed)},
          {"cummulativeQuoteQty", eight_digits(notional)},
          {"status", o.status},
          {"timeInForce", o.tif},
          {"type", o.type},
          {"side", o.side},
          {"time", o.time}};
}

json witness_book::show_trade(const order& o, const trade& t) const {
  return {{"symbol", o.symbol},
          {"id", t.id},
          {"orderId", o.id},
          {"price", eight_digits(t.price)},
          {"qty", eight_digits(t.quantity)},
          {"commission", eight_digits(t.fee)},
          {"commissionAsset", quote},
          {"time", t.time}};
}

}  // namespace pitwall::test
