#include "net/venues/binance_dialect.hpp"

#include <utility>

#include "net/venues/binance_link.hpp"
#include "net/venues/binance_messages.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall {

namespace {

// They weigh 5 and 50 of the 6,000 units a minute that orders and cancels need, too.
constexpr std::size_t shallow = 100, deepest = 1'000;

error unreadable(std::string what, std::string_view text) {
  return {errc::unavailable,
          "the venue's frame cannot be read: " + std::move(what),
          std::string(text.substr(0, 120)),
          {}};
}

std::optional<decimal> number_in(const value& v, std::string_view name) {
  const value* found = v.find(name);
  if (found == nullptr) return {};
  if (found->is_number()) return found->as_number();
  if (!found->is_text()) return {};
  const auto parsed = decimal::parse(found->as_text());
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

std::optional<std::uint64_t> count_in(const value& v, std::string_view name) {
  const auto n = number_in(v, name);
  if (!n || n->is_negative()) return {};
  const auto whole = n->to_int();
  return whole.ok() ? std::optional(static_cast<std::uint64_t>(*whole)) : std::nullopt;
}

bool levels_in(const value& v, std::string_view name, book_levels& out) {
  const value* found = v.find(name);
  if (found == nullptr || !found->is_list()) return false;
  for (const value& row : found->as_list()) {
    if (!row.is_list() || row.as_list().size() < 2 || !row.as_list()[0].is_text() ||
        !row.as_list()[1].is_text())
      return false;
    const auto price = decimal::parse(row.as_list()[0].as_text());
    const auto quantity = decimal::parse(row.as_list()[1].as_text());
    if (!price.ok() || !quantity.ok()) return false;
    out.push_back({*price, *quantity});
  }
  return true;
}

std::string depth_channel(const std::string& symbol) { return symbol + "@depth"; }

class frame_reader final : public stream_reader {
 public:
  result<std::vector<feed_update>> read(std::string_view frame) override {
    const auto whole = parse_json(frame);
    if (!whole.ok() || !whole->is_object()) return unreadable("it is no JSON object", frame);
    const value* data = whole->find("data");
    return read_event(data != nullptr ? *data : *whole, frame);
  }

 private:
  using updates = std::vector<feed_update>;

  static result<updates> read_event(const value& v, std::string_view frame) {
    const value* kind = v.find("e");
    if (kind != nullptr && kind->is_text()) {
      if (kind->as_text() == "depthUpdate") return depth(v, frame);
      if (kind->as_text() == "trade") return trade(v, frame);
      return updates{};
    }
    if (v.find("b") != nullptr && v.find("a") != nullptr) return ticker(v, frame);
    return service(v, frame);
  }
  static std::string symbol_of(const value& v) {
    const value* s = v.find("s");
    return s != nullptr && s->is_text() ? s->as_text() : std::string{};
  }
  static result<updates> depth(const value& v, std::string_view frame) {
    const auto first = count_in(v, "U"), last = count_in(v, "u");
    const auto symbol = symbol_of(v);
    book_delta d;
    if (symbol.empty() || !first || !last || !levels_in(v, "b", d.bids) ||
        !levels_in(v, "a", d.asks))
      return unreadable("it is no depthUpdate", frame);
    const sequence_facts facts{
        sequence_rule::counted, depth_channel(symbol), *first, *last, 0, false};
    feed_update out{symbol, facts, std::move(d)};
    constexpr std::uint64_t year_9999 = 253'402'300'799'000;
    if (const auto at = count_in(v, "E"); at && *at < year_9999) {
      out.at = timestamp(milliseconds(static_cast<std::int64_t>(*at)));
    }
    return updates{std::move(out)};
  }
  static result<updates> ticker(const value& v, std::string_view frame) {
    const auto number = count_in(v, "u");
    const auto bid = number_in(v, "b"), bids = number_in(v, "B"), ask = number_in(v, "a"),
               asks = number_in(v, "A");
    const auto symbol = symbol_of(v);
    if (symbol.empty() || !number || !bid || !bids || !ask || !asks)
      return unreadable("it is no bookTicker", frame);
    price_news p;
    // A side where nothing rests is told as zeros; that is a quote, too.
    if (*bid > decimal{}) p.bid = book_level{*bid, *bids};
    if (*ask > decimal{}) p.ask = book_level{*ask, *asks};
    p.book_number = *number;
    const sequence_facts facts{
        sequence_rule::rising, symbol + "@bookTicker", *number, *number, 0, false};
    return updates{{symbol, facts, p}};
  }
  static result<updates> trade(const value& v, std::string_view frame) {
    const auto number = count_in(v, "t");
    const auto price = number_in(v, "p");
    const auto symbol = symbol_of(v);
    if (symbol.empty() || !number || !price) return unreadable("it is no trade", frame);
    price_news p;
    p.last = *price;
    const sequence_facts facts{
        sequence_rule::rising, symbol + "@trade", *number, *number, 0, false};
    return updates{{symbol, facts, p}};
  }
  /// The answer to a request: {"result":null,"id":1}, {"code":2,"msg":"..."}, or the same in
  /// "error".
  static result<updates> service(const value& v, std::string_view frame) {
    if (v.find("result") != nullptr) return updates{{{}, {}, subscribed{}}};
    const value* inner = v.find("error");
    const value* text = (inner != nullptr ? *inner : v).find("msg");
    if (text == nullptr || !text->is_text()) return unreadable("it is of no known kind", frame);
    return updates{
        {{},
         {},
         subscription_refused{{errc::invalid_argument,
                               "the venue refused the stream: " + text->as_text().substr(0, 200),
                               {},
                               "give a symbol that the venue lists"}}}};
  }
};

}  // namespace

result<std::string> binance_dialect::wire_symbol(std::string_view house) const {
  return binance::wire_symbol(house);
}

std::vector<market_question> binance_dialect::ask(const std::string& symbol, bool price, bool book,
                                                  unsigned depth) const {
  std::vector<market_question> out;
  if (price) out.push_back({"/api/v3/ticker/bookTicker?symbol=" + symbol, true, false, 2});
  if (book) {
    out.push_back(
        {"/api/v3/depth?symbol=" + symbol + "&limit=" + std::to_string(depth), false, true, 5});
  }
  return out;
}

status binance_dialect::read(const market_question& asked, std::string_view body,
                             market_reading& into) const {
  if (asked.price) {
    PITWALL_TRY(mid, binance::parse_mid(body));
    into.price = mid;
  }
  if (asked.book) {
    PITWALL_TRY(snapshot, read_snapshot({}, body));
    into.book = std::get<book_snapshot>(std::move(snapshot.says));
  }
  return done{};
}

error binance_dialect::refusal(unsigned status, std::string_view body, std::string_view retry_after,
                               timestamp now) const {
  binance_reply reply;
  reply.raw = {rest_fate::answered, status, std::string(body), std::string(retry_after), {}};
  reply.read_refusal(now);
  return reply.to_error("binance");
}

stream_traits binance_dialect::stream() const {
  stream_traits t;
  t.url = "wss://stream.binance.com:9443";
  t.symbols_per_connection = 200;  // Of 1,024 streams, two each.
  t.confirms = true;
  t.snapshot_by_rest = true;
  return t;
}

result<stream_opening> binance_dialect::open(const std::vector<std::string>& /*symbols*/,
                                             timestamp /*now*/) const {
  return stream_opening{"/ws", {}, {}};
}

std::vector<std::string> binance_dialect::subscribe(const std::vector<std::string>& symbols) const {
  std::string out = R"({"method":"SUBSCRIBE","params":[)";
  for (const auto& symbol : symbols) {
    std::string lower = symbol;
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (out.back() != '[') out += ',';
    out += '"' + lower + R"(@bookTicker",")" + lower + R"(@depth@100ms")";
  }
  return {out + R"(],"id":1})"};
}

std::unique_ptr<stream_reader> binance_dialect::reader() const {
  return std::make_unique<frame_reader>();
}

std::string binance_dialect::snapshot_target(const std::string& symbol, bool deep) const {
  return "/api/v3/depth?symbol=" + symbol + "&limit=" + std::to_string(deep ? deepest : shallow);
}

result<feed_update> binance_dialect::read_snapshot(const std::string& symbol,
                                                   std::string_view body) const {
  const auto whole = parse_json(body);
  if (!whole.ok()) return unreadable(whole.error().message, body);
  const auto last = count_in(*whole, "lastUpdateId");
  book_snapshot s;
  if (!last || !levels_in(*whole, "bids", s.bids) || !levels_in(*whole, "asks", s.asks))
    return unreadable("it is no depth", body);
  s.bids_whole = s.bids.size() < shallow;
  s.asks_whole = s.asks.size() < shallow;
  const sequence_facts facts{sequence_rule::counted, depth_channel(symbol), *last, *last, 0, true};
  return feed_update{symbol, facts, std::move(s)};
}

}  // namespace pitwall
