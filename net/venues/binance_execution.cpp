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

}  // namespace

result<user_event> parse_user_event(std::string_view frame) {
  const auto whole = parse_json(frame);
  if (!whole.ok() || !whole->is_object()) return unreadable("it is no JSON object", frame);
  const std::string kind = text_in(*whole, "e");
  user_event out;
  out.ends = kind == "listenKeyExpired";
  if (kind != "executionReport") return out;
  execution e;
  // A cancel has an id of its own in `c`, and the order's in `C`.
  e.client_order_id = text_in(*whole, "C");
  if (e.client_order_id.empty()) e.client_order_id = text_in(*whole, "c");
  e.venue_order_id = text_in(*whole, "i");
  e.status = text_in(*whole, "X");
  const auto asked = number_in(*whole, "q"), executed = number_in(*whole, "z");
  if (e.client_order_id.empty() || e.status.empty() || !asked || !executed)
    return unreadable("it lacks what an executionReport has", frame);
  e.asked = *asked;
  e.executed = *executed;
  if (text_in(*whole, "x") == "TRADE") {
    const auto price = number_in(*whole, "L"), quantity = number_in(*whole, "l"),
               fee = number_in(*whole, "n");
    if (!price || !quantity || !fee) return unreadable("it lacks what a trade has", frame);
    e.fill = order_fill{*price, *quantity, *fee, text_in(*whole, "N")};
  }
  out.order = std::move(e);
  return out;
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
