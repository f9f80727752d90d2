#include "net/venues/binance_execution.hpp"

#include "net/venues/binance_messages.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::binance {

namespace {

std::string text_in(const value& v, std::string_view name) {
  const value* found = v.find(name);
  if (found == nullptr) return {};
  if (found->is_text()) return found->as_text();
  return found->is_number() ? found->as_number().to_string() : std::string{};
}

std::optional<decimal> number_in(const value& v, std::string_view name) {
  const auto parsed = decimal::parse(text_in(v, name));
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

error unreadable(std::string what, std::string_view frame) {
  return {errc::unavailable,
          "the venue's event cannot be read: " + std::move(what),
          std::string(frame.substr(0, 120)),
          {}};
}

result<user_event> read_answer(const value& whole) {
  user_event out;
  out.subscribed = text_in(whole, "status") == "200";
  if (out.subscribed) return out;
  const value* why = whole.find("error");
  out.refused = error{errc::unavailable,
                      "the venue refuses to tell of orders: " +
                          (why != nullptr ? text_in(*why, "code") + " " + text_in(*why, "msg")
                                          : text_in(whole, "status")),
                      {},
                      "look at the key's rights"};
  return out;
}

result<user_event> read_event(const value& event, std::string_view frame) {
  const std::string kind = text_in(event, "e");
  user_event out;
  out.ends = kind == "listenKeyExpired" || kind == "eventStreamTerminated";
  if (kind != "executionReport") return out;
  execution e;
  // A cancel has an id of its own in `c`, and the order's in `C`.
  e.client_order_id = text_in(event, "C");
  if (e.client_order_id.empty()) e.client_order_id = text_in(event, "c");
  e.venue_order_id = text_in(event, "i");
  e.status = text_in(event, "X");
  const auto asked = number_in(event, "q"), executed = number_in(event, "z");
  if (e.client_order_id.empty() || e.status.empty() || !asked || !executed)
    return unreadable("it lacks what an executionReport has", frame);
  e.asked = *asked;
  e.executed = *executed;
  if (text_in(event, "x") == "TRADE") {
    const auto price = number_in(event, "L"), quantity = number_in(event, "l"),
               fee = number_in(event, "n");
    if (!price || !quantity || !fee) return unreadable("it lacks what a trade has", frame);
    if (*price <= decimal{} || *quantity <= decimal{})
      return unreadable("a fill's price or quantity is not above 0", frame);
    e.fill = order_fill{*price, *quantity, *fee, text_in(event, "N")};
  }
  out.order = std::move(e);
  return out;
}

}  // namespace

result<user_event> parse_user_event(std::string_view frame) {
  const auto whole = parse_json(frame);
  if (!whole.ok() || !whole->is_object()) return unreadable("it is no JSON object", frame);
  if (const value* wrapped = whole->find("event"); wrapped != nullptr && wrapped->is_object())
    return read_event(*wrapped, frame);
  if (whole->find("status") != nullptr) return read_answer(*whole);
  return read_event(*whole, frame);
}

std::string subscribe_frame(const api_key& key, milliseconds recv_window, std::int64_t venue_ms) {
  const auto window = std::to_string(recv_window.count()), at = std::to_string(venue_ms);
  // Signed is what is sent, by name.
  const auto signature = hmac_sha256_hex(
      key.secret, "apiKey=" + key.key + "&recvWindow=" + window + "&timestamp=" + at);
  return R"({"id":1,"method":"userDataStream.subscribe.signature","params":{"apiKey":")" + key.key +
         R"(","recvWindow":)" + window + R"(,"timestamp":)" + at + R"(,"signature":")" + signature +
         R"("}})";
}

result<std::optional<order_report>> after(const order_report& last, const execution& e,
                                          timestamp now) {
  using news = std::optional<order_report>;
  const decimal known = last.filled_quantity();
  const bool open =
      e.status == "NEW" || e.status == "PENDING_NEW" || e.status == "PARTIALLY_FILLED";
  if (e.executed < known || (e.executed == known && open)) return news{};
  auto fills = last.fills;
  if (e.executed != known) {
    const auto sum = e.fill ? add(known, e.fill->quantity) : result<decimal>(known);
    if (!sum.ok() || *sum != e.executed) {
      return error{errc::unavailable, "fills before this one were not told", e.client_order_id,
                   "ask for the order"};
    }
    fills.push_back(*e.fill);
  }
  order_word word;
  word.client_order_id = last.client_order_id;
  word.venue_order_id = e.venue_order_id;
  word.status = e.status;
  word.asked = e.asked;
  word.executed = e.executed;
  PITWALL_TRY(report, report_of(word, std::move(fills), now));
  return news(std::move(report));
}

}  // namespace pitwall::binance
