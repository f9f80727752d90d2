#include "net/exchange/record_codec.hpp"

#include <array>

#include "net/exchange/views.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::sim {

namespace {

// ---- writing

value view(const asset_opened& e) {
  return value::object{{"e", "asset"}, {"asset", e.asset}, {"amount", e.amount.to_string()}};
}

value view(const order_accepted& e) {
  return value::object{{"e", "order"},
                       {"id", number(e.id)},
                       {"c", e.client_id},
                       {"s", e.symbol},
                       {"side", to_string(e.way)},
                       {"type", to_string(e.kind)},
                       {"tif", to_string(e.lasts)},
                       {"own", e.meets_own},
                       {"q", e.quantity.to_string()},
                       {"p", e.price.to_string()},
                       {"t", number(e.time_ms)}};
}

value view(const order_traded& e) {
  return value::object{{"e", "trade"},
                       {"id", number(e.id)},
                       {"n", number(e.trade)},
                       {"p", e.price.to_string()},
                       {"q", e.quantity.to_string()},
                       {"fee", e.fee.to_string()},
                       {"maker", e.maker},
                       {"t", number(e.time_ms)}};
}

value view(const order_ended& e) {
  value::object out{{"e", "end"},
                    {"id", number(e.id)},
                    {"status", to_string(e.status)},
                    {"t", number(e.time_ms)}};
  if (!e.canceled_by.empty()) out.emplace_back("c", e.canceled_by);
  return value(std::move(out));
}

// ---- reading

class members {
 public:
  explicit members(const value& of) : of_(of) {}

  std::string text(const char* name) {
    const value* v = of_.find(name);
    if (v != nullptr && v->is_text()) return v->as_text();
    whole_ = false;
    return {};
  }
  decimal amount(const char* name) {
    const auto parsed = decimal::parse(text(name));
    whole_ = whole_ && parsed.ok();
    return parsed.ok() ? *parsed : decimal{};
  }
  std::int64_t integer(const char* name) {
    const value* v = of_.find(name);
    const auto n = v != nullptr && v->is_number() ? v->as_number().to_int()
                                                  : result<std::int64_t>(errc::data_loss, "");
    whole_ = whole_ && n.ok() && *n >= 0;
    return n.ok() ? *n : 0;
  }
  std::uint64_t count(const char* name) { return static_cast<std::uint64_t>(integer(name)); }
  bool flag(const char* name) {
    const value* v = of_.find(name);
    whole_ = whole_ && v != nullptr && v->is_bool();
    return whole_ && v->as_bool();
  }
  template <class T, std::size_t N>
  T word(const char* name, const std::array<T, N>& all) {
    const std::string wanted = text(name);
    for (const T each : all) {
      if (to_string(each) == wanted) return each;
    }
    whole_ = false;
    return all.front();
  }
  bool whole() const noexcept { return whole_; }

 private:
  const value& of_;
  bool whole_ = true;
};

constexpr std::array sides = {matching::side::buy, matching::side::sell};
constexpr std::array kinds = {order_kind::limit, order_kind::market, order_kind::limit_maker};
constexpr std::array lifetimes = {lifetime::gtc, lifetime::ioc, lifetime::fok};
constexpr std::array ends = {order_status::canceled, order_status::expired,
                             order_status::expired_in_match};

order_accepted read_order_event(members& m) {
  order_accepted e;
  e.id = m.count("id");
  e.client_id = m.text("c");
  e.symbol = m.text("s");
  e.way = m.word("side", sides);
  e.kind = m.word("type", kinds);
  e.lasts = m.word("tif", lifetimes);
  e.meets_own = m.flag("own");
  e.quantity = m.amount("q");
  e.price = m.amount("p");
  e.time_ms = m.integer("t");
  return e;
}

order_traded read_trade_event(members& m) {
  order_traded e;
  e.id = m.count("id");
  e.trade = m.count("n");
  e.price = m.amount("p");
  e.quantity = m.amount("q");
  e.fee = m.amount("fee");
  e.maker = m.flag("maker");
  e.time_ms = m.integer("t");
  return e;
}

result<book_event> read_event(const value& v) {
  members m(v);
  const std::string kind = m.text("e");
  book_event out;
  if (kind == "asset") {
    asset_opened e{m.text("asset"), m.amount("amount")};
    out = std::move(e);
  } else if (kind == "order") {
    out = read_order_event(m);
  } else if (kind == "trade") {
    out = read_trade_event(m);
  } else if (kind == "end") {
    order_ended e;
    e.id = m.count("id");
    e.status = m.word("status", ends);
    e.time_ms = m.integer("t");
    if (v.find("c") != nullptr) e.canceled_by = m.text("c");
    out = std::move(e);
  } else {
    return {errc::data_loss, "an event is of no known kind", kind.substr(0, 40), {}};
  }
  if (!m.whole()) return {errc::data_loss, "an event is not whole", to_json(v).substr(0, 200), {}};
  return out;
}

}  // namespace

std::string encode_events(std::span<const book_event> events) {
  value::list out;
  for (const auto& e : events) {
    out.push_back(std::visit([](const auto& event) { return view(event); }, e));
  }
  return to_json(value(std::move(out)));
}

result<std::vector<book_event>> decode_events(std::string_view line) {
  const auto parsed = parse_json(line);
  if (!parsed.ok() || !parsed->is_list()) {
    return {errc::data_loss, "a line is no list of events", {}, {}};
  }
  std::vector<book_event> out;
  for (const value& v : parsed->as_list()) {
    PITWALL_TRY(e, read_event(v));
    out.push_back(std::move(e));
  }
  return out;
}

}  // namespace pitwall::sim
