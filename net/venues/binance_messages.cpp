#include "net/venues/binance_messages.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/workflow/json.hpp"

namespace pitwall::binance {

namespace {

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

error unreadable(std::string what, std::string_view body) {
  return {errc::unavailable,
          "the venue's answer cannot be read: " + std::move(what),
          std::string(body.substr(0, 120)),
          {}};
}

/// Members of one object, and whether all that were asked for were there.
class members {
 public:
  explicit members(const value& of) : of_(of) {}

  std::string text(std::string_view name) {
    const value* v = of_.find(name);
    if (v != nullptr && v->is_text()) return v->as_text();
    if (v != nullptr && v->is_number()) return v->as_number().to_string();
    missing(name);
    return {};
  }
  decimal number(std::string_view name) {
    const value* v = of_.find(name);
    if (v != nullptr && v->is_number()) return v->as_number();
    if (v != nullptr && v->is_text()) {
      if (const auto parsed = decimal::parse(v->as_text()); parsed.ok()) return *parsed;
    }
    missing(name);
    return {};
  }
  const std::string& lacks() const noexcept { return lacks_; }

 private:
  void missing(std::string_view name) {
    if (lacks_.empty()) lacks_ = "it has no '" + std::string(name) + "'";
  }
  const value& of_;
  std::string lacks_;
};

result<value> parse(std::string_view body) {
  auto parsed = parse_json(body);
  if (!parsed.ok()) return unreadable(parsed.error().message, body);
  return parsed;
}

result<value> list_in(std::string_view body, std::string_view name) {
  PITWALL_TRY(whole, parse(body));
  const value* found = name.empty() ? &whole : whole.find(name);
  if (found == nullptr || !found->is_list()) return unreadable("it has no list", body);
  return *found;
}

result<order_fill> fill_of(const value& v, std::string_view body) {
  members m(v);
  order_fill fill{m.number("price"), m.number("qty"), m.number("commission"),
                  m.text("commissionAsset")};
  if (!m.lacks().empty()) return unreadable(m.lacks(), body);
  // No position can be booked with it.
  if (fill.price <= decimal{} || fill.quantity <= decimal{}) {
    return unreadable("a fill's price or quantity is not above 0", body);
  }
  return fill;
}

result<order_word> word_of(const value& v, std::string_view body) {
  members m(v);
  order_word out;
  out.client_order_id = m.text("clientOrderId");
  out.venue_order_id = m.text("orderId");
  out.symbol = m.text("symbol");
  out.status = m.text("status");
  out.asked = m.number("origQty");
  out.executed = m.number("executedQty");
  if (!m.lacks().empty()) return unreadable(m.lacks(), body);
  // The answer to a cancel names the cancel itself in clientOrderId.
  if (const value* first = v.find("origClientOrderId"); first != nullptr && first->is_text()) {
    out.client_order_id = first->as_text();
  }
  const value* fills = v.find("fills");
  if (fills == nullptr || !fills->is_list()) return out;
  for (const value& f : fills->as_list()) {
    PITWALL_TRY(fill, fill_of(f, body));
    out.fills.push_back(std::move(fill));
  }
  return out;
}

result<value> levels_of(const value& whole, std::string_view name, std::string_view body) {
  const value* found = whole.find(name);
  if (found == nullptr || !found->is_list())
    return unreadable("it has no " + std::string(name), body);
  value::list out;
  for (const value& level : found->as_list()) {
    if (!level.is_list() || level.as_list().size() < 2 || !level.as_list()[0].is_text() ||
        !level.as_list()[1].is_text()) {
      return unreadable("a level is no pair of texts", body);
    }
    PITWALL_TRY(price, decimal::parse(level.as_list()[0].as_text()));
    PITWALL_TRY(quantity, decimal::parse(level.as_list()[1].as_text()));
    out.emplace_back(value::list{price, quantity});
  }
  return value(std::move(out));
}

}  // namespace

// ---- requests

result<std::string> wire_symbol(std::string_view symbol) {
  std::string out;
  for (const char c : symbol) {
    if (c == '/' || c == '-' || c == '_') continue;
    if (!is_letter_or_digit(c)) {
      out.clear();
      break;
    }
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  if (out.empty() || out.size() > 20) {
    return {errc::invalid_argument,
            "'" + std::string(symbol.substr(0, 64)) + "' is no symbol",
            {},
            "write it like BTC/USDT or BTCUSDT"};
  }
  return out;
}

bool is_order_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 36 && std::all_of(id.begin(), id.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view(".:/_-").find(c) != std::string_view::npos;
  });
}

std::string order_parameters(const std::string& client_order_id, const std::string& symbol,
                             const order_request& order) {
  std::string out =
      "symbol=" + symbol + "&side=" + (order.side == order_side::buy ? "BUY" : "SELL");
  if (order.kind == order_kind::market) {
    out += "&type=MARKET";
  } else {
    out += "&type=LIMIT&timeInForce=";
    out += order.kind == order_kind::fok ? "FOK" : order.kind == order_kind::ioc ? "IOC" : "GTC";
    out += "&price=" + order.price.to_string();
  }
  return out + "&quantity=" + order.amount.to_string() + "&newClientOrderId=" + client_order_id +
         "&newOrderRespType=FULL";
}

std::string stamped(std::string parameters, std::int64_t timestamp_ms, milliseconds recv_window,
                    const std::optional<api_key>& key) {
  if (!parameters.empty()) parameters += '&';
  parameters += "recvWindow=" + std::to_string(recv_window.count()) +
                "&timestamp=" + std::to_string(timestamp_ms);
  if (key) parameters += "&signature=" + hmac_sha256_hex(key->secret, parameters);
  return parameters;
}

// ---- answers

result<order_word> parse_order(std::string_view body) {
  PITWALL_TRY(whole, parse(body));
  return word_of(whole, body);
}

result<std::vector<order_word>> parse_orders(std::string_view body) {
  PITWALL_TRY(all, list_in(body, {}));
  std::vector<order_word> out;
  for (const value& v : all.as_list()) {
    PITWALL_TRY(word, word_of(v, body));
    out.push_back(std::move(word));
  }
  return out;
}

result<trade_page> parse_trades(std::string_view body) {
  PITWALL_TRY(all, list_in(body, {}));
  std::map<std::pair<decimal, std::size_t>, order_fill> by_id;
  for (const value& v : all.as_list()) {
    members m(v);
    const decimal id = m.number("id");
    if (!m.lacks().empty()) return unreadable(m.lacks(), body);
    PITWALL_TRY(fill, fill_of(v, body));
    by_id.emplace(std::pair(id, by_id.size()), std::move(fill));
  }
  trade_page out;
  for (auto& [id, fill] : by_id) {
    PITWALL_TRY(number, id.first.to_int());
    out.last_id = number;
    out.fills.push_back(std::move(fill));
  }
  return out;
}

result<std::int64_t> parse_time(std::string_view body) {
  PITWALL_TRY(whole, parse(body));
  members m(whole);
  const decimal time = m.number("serverTime");
  if (!m.lacks().empty()) return unreadable(m.lacks(), body);
  return time.to_int();
}

result<decimal> parse_step(std::string_view body) {
  PITWALL_TRY(symbols, list_in(body, "symbols"));
  if (symbols.as_list().size() != 1) return unreadable("it is not about one symbol", body);
  const value* filters = symbols.as_list().front().find("filters");
  if (filters == nullptr || !filters->is_list()) return unreadable("it has no filters", body);
  for (const value& f : filters->as_list()) {
    const value* type = f.find("filterType");
    if (type == nullptr || !type->is_text() || type->as_text() != "LOT_SIZE") continue;
    members m(f);
    const decimal step = m.number("stepSize");
    if (!m.lacks().empty()) return unreadable(m.lacks(), body);
    if (step.is_zero() || step.is_negative()) return unreadable("its step is not above 0", body);
    return step;
  }
  return unreadable("it has no LOT_SIZE filter", body);
}

result<decimal> parse_mid(std::string_view body) {
  PITWALL_TRY(whole, parse(body));
  members m(whole);
  const decimal bid = m.number("bidPrice"), ask = m.number("askPrice");
  if (!m.lacks().empty()) return unreadable(m.lacks(), body);
  if (bid <= decimal{} || ask < bid) {
    return {errc::unavailable, "the venue quotes no price on both sides", std::string(body), {}};
  }
  PITWALL_TRY(sum, add(bid, ask));
  return div(sum, 2);
}

result<decimal> parse_minute_volume(std::string_view body) {
  PITWALL_TRY(rows, parse(body));
  if (!rows.is_list()) return unreadable("it is no list of candles", body);
  if (rows.as_list().size() < 2) return decimal{};
  const auto& candle = rows.as_list().front();
  if (candle.is_list() && candle.as_list().size() > 5 && candle.as_list()[5].is_text())
    if (auto volume = decimal::parse(candle.as_list()[5].as_text()); volume.ok()) return *volume;
  return unreadable("a candle has no volume", body);
}

result<value> parse_depth(std::string_view body, timestamp seen) {
  PITWALL_TRY(whole, parse(body));
  PITWALL_TRY(bids, levels_of(whole, "bids", body));
  PITWALL_TRY(asks, levels_of(whole, "asks", body));
  return value(value::object{
      {"bids", std::move(bids)}, {"asks", std::move(asks)}, {"time", value(to_iso8601(seen))}});
}

result<value> parse_balances(std::string_view body) {
  PITWALL_TRY(all, list_in(body, "balances"));
  value::object out;
  for (const value& v : all.as_list()) {
    members m(v);
    std::string asset = m.text("asset");
    const decimal free = m.number("free");
    if (!m.lacks().empty()) return unreadable(m.lacks(), body);
    out.emplace_back(std::move(asset), value(free));
  }
  return value(std::move(out));
}

std::optional<refusal> parse_refusal(std::string_view body) {
  const auto parsed = parse_json(body);
  if (!parsed.ok()) return std::nullopt;
  members m(*parsed);
  const auto code = m.number("code").to_int();
  std::string text = m.text("msg");
  if (!m.lacks().empty() || !code.ok() || *code >= 0) return std::nullopt;
  return refusal{*code, std::move(text)};
}

std::string refusal::word() const {
  const auto says = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  switch (code) {
    case -1003:
    case -1015:
      return "rate_limited";
    case -1013:
      if (says("PRICE")) return "invalid_price";
      if (says("LOT_SIZE") || says("NOTIONAL")) return "invalid_amount";
      return "filter_failure";
    case clock_refused:
      return "timestamp_refused";
    case -1002:
    case -1022:
    case -2014:
    case -2015:
      return "unauthorized";
    case unknown_symbol:
      return "unknown_symbol";
    case -2010:
      if (says("insufficient balance")) return "insufficient_balance";
      if (says("Duplicate order")) return "duplicate_order";
      return "order_refused";
    case -1000:
    case -1001:
    case -1006:
    case -1007:
      return "unknown_outcome";
    default:
      if (code <= -1100 && code >= -1139) return "invalid_parameter";
      return "venue_" + std::to_string(-code);
  }
}

bool refusal::leaves_doubt() const {
  const std::string w = word();
  return w == "unknown_outcome" || w == "duplicate_order";
}

// ---- reports

result<order_report> report_of(const order_word& word, std::vector<order_fill> fills,
                               timestamp now) {
  order_report out;
  out.client_order_id = word.client_order_id;
  out.venue_order_id = word.venue_order_id;
  out.fills = std::move(fills);
  out.at = now;
  const decimal filled = out.filled_quantity();
  const bool open = word.status == "NEW" || word.status == "PENDING_NEW" ||
                    word.status == "PARTIALLY_FILLED" || word.status == "PENDING_CANCEL";
  // Trades are asked for after the order: of an open one they may know more already.
  if (word.asked <= decimal{} || filled < word.executed || filled > word.asked ||
      (!open && filled != word.executed) || (word.status == "FILLED" && filled != word.asked)) {
    return {errc::unavailable,
            "the venue says that " + word.executed.to_string() + " of " + word.asked.to_string() +
                " are filled, but its trades add up to " + filled.to_string(),
            word.client_order_id, "ask again"};
  }
  if (filled == word.asked) {
    out.state = order_state::filled;
  } else if (open) {
    out.state = filled.is_zero() ? order_state::accepted : order_state::partially_filled;
  } else if (word.status == "CANCELED") {
    out.state = order_state::canceled;
    out.code = "canceled";
    out.reason = "cancelled at the venue";
  } else if (word.status == "EXPIRED" || word.status == "EXPIRED_IN_MATCH") {
    out.state = order_state::canceled;
    out.code = "expired";
    out.reason = "the venue dropped what was left: nothing more was there within the order's terms";
  } else if (word.status == "REJECTED") {
    out.state = order_state::rejected;
    out.code = "order_refused";
    out.reason = "the venue has rejected the order";
  } else {
    return {errc::unavailable,
            "the venue gives the order a status that is not known",
            word.status.substr(0, 60),
            {}};
  }
  return out;
}

bool is_open(order_state s) noexcept {
  return s == order_state::accepted || s == order_state::partially_filled;
}

}  // namespace pitwall::binance
