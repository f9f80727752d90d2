#include "net/exchange/record_codec.hpp"

#include <algorithm>
#include <array>
#include <iterator>

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
  value::object out{{"e", "trade"},
                    {"id", number(e.id)},
                    {"n", number(e.trade)},
                    {"p", e.price.to_string()},
                    {"q", e.quantity.to_string()},
                    {"fee", e.fee.to_string()},
                    {"maker", e.maker},
                    {"t", number(e.time_ms)}};
  if (!e.fee_asset.empty()) out.emplace_back("fa", e.fee_asset);
  return value(std::move(out));
}

value view(const order_ended& e) {
  value::object out{{"e", "end"},
                    {"id", number(e.id)},
                    {"status", to_string(e.status)},
                    {"t", number(e.time_ms)}};
  if (!e.canceled_by.empty()) out.emplace_back("c", e.canceled_by);
  return value(std::move(out));
}

value view(const book_kept& e) {
  return value::object{{"e", "book"},
                       {"order", number(e.last_order)},
                       {"trade", number(e.last_trade)},
                       {"t", number(e.last_time_ms)}};
}

value view(const order_record& o) {
  value::list trades;
  for (const trade_id id : o.trades) trades.push_back(number(id));
  return value::object{{"e", "kept"},
                       {"of", view(o.as)},
                       {"status", to_string(o.status)},
                       {"q", o.executed.to_string()},
                       {"v", o.notional.to_string()},
                       {"t", number(o.updated_ms)},
                       {"trades", std::move(trades)}};
}

value view(const trade_record& t) {
  return value::object{
      {"e", "part"}, {"of", view(t.part)}, {"s", t.symbol}, {"side", to_string(t.way)}};
}

constexpr std::string_view snapshot_head = "snapshot ";
constexpr std::size_t events_a_line = 500;

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
  /// Left out where it says nothing.
  std::string text_or_none(const char* name) {
    return of_.find(name) != nullptr ? text(name) : std::string();
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
  /// An object; of none every member is missing.
  value part(const char* name) {
    const value* v = of_.find(name);
    return v != nullptr ? *v : value{};
  }
  std::vector<trade_id> ids(const char* name) {
    std::vector<trade_id> out;
    const value* v = of_.find(name);
    whole_ = whole_ && v != nullptr && v->is_list();
    if (!whole_) return out;
    for (const value& each : v->as_list()) {
      const auto n =
          each.is_number() ? each.as_number().to_int() : result<std::int64_t>(errc::data_loss, "");
      whole_ = whole_ && n.ok() && *n >= 0;
      if (whole_) out.push_back(static_cast<trade_id>(*n));
    }
    return out;
  }
  void fits(bool does) { whole_ = whole_ && does; }
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

constexpr std::array statuses = {order_status::fresh,   order_status::partially_filled,
                                 order_status::filled,  order_status::canceled,
                                 order_status::expired, order_status::expired_in_match};

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
  e.fee_asset = m.text_or_none("fa");
  return e;
}

order_record read_kept_order(members& m) {
  const value as = m.part("of");
  members of(as);
  order_record o;
  o.as = read_order_event(of);
  o.status = m.word("status", statuses);
  o.executed = m.amount("q");
  o.notional = m.amount("v");
  o.updated_ms = m.integer("t");
  o.trades = m.ids("trades");
  m.fits(of.whole());
  return o;
}

trade_record read_kept_trade(members& m) {
  const value as = m.part("of");
  members of(as);
  trade_record t{read_trade_event(of), m.text("s"), m.word("side", sides)};
  m.fits(of.whole());
  return t;
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
  } else if (kind == "book") {
    out = book_kept{m.count("order"), m.count("trade"), m.integer("t")};
  } else if (kind == "kept") {
    out = read_kept_order(m);
  } else if (kind == "part") {
    out = read_kept_trade(m);
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

std::vector<std::string> encode_snapshot(const records& all) {
  std::vector<std::string> out(1);
  std::vector<book_event> gathered;
  const auto flush = [&] {
    if (!gathered.empty()) out.push_back(encode_events(gathered));
    gathered.clear();
  };
  all.tell([&](const book_event& e) {
    gathered.push_back(e);
    if (gathered.size() == events_a_line) flush();
  });
  flush();
  out.front() = std::string(snapshot_head) + std::to_string(out.size());
  return out;
}

result<std::vector<book_event>> decode_log(std::span<const std::string> lines) {
  std::vector<book_event> out;
  std::size_t first = 0;
  if (!lines.empty() && lines.front().starts_with(snapshot_head)) {
    // Its lines came into the file together: none of them can be one that was torn.
    const auto count = decimal::parse(lines.front().substr(snapshot_head.size()));
    if (!count.ok() || *count > decimal(static_cast<std::int64_t>(lines.size()))) {
      return {errc::data_loss, "the log's snapshot is not all there", "line 1", {}};
    }
    first = 1;
  }
  for (std::size_t i = first; i < lines.size(); ++i) {
    auto line = decode_events(lines[i]);
    if (!line.ok()) {
      return {errc::data_loss, line.error().message, "line " + std::to_string(i + 1),
              line.error().remedy};
    }
    std::ranges::move(*line, std::back_inserter(out));
  }
  return out;
}

}  // namespace pitwall::sim
