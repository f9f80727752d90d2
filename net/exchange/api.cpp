#include "net/exchange/api.hpp"

#include "net/exchange/request_guard.hpp"
#include "net/exchange/views.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::sim {

namespace {

constexpr std::string_view faults_path = "/sim/faults";

http::reply json(const value& v, unsigned status = 200) {
  return {status, "application/json;charset=UTF-8", to_json(v), {}, false};
}

http::reply cut() {
  http::reply r;
  r.cut = true;
  return r;
}

}  // namespace

api::api(trading_floor& floor, api_options options)
    : floor_(floor),
      options_(std::move(options)),
      rates_(options_.rates),
      die_(options_.faults),
      view_(floor) {}

void api::start(timestamp now) {
  view_.start(now);
  view_.freeze(options_.faults.stale_prices);
}

const std::vector<api::route>& api::routes() {
  using enum route::access;
  static const std::vector<route> all{
      {"GET", "/api/v3/ping", 1, open, false, &api::ping},
      {"GET", "/api/v3/time", 1, open, false, &api::time},
      {"GET", "/api/v3/exchangeInfo", 20, open, false, &api::exchange_info},
      {"GET", "/api/v3/ticker/bookTicker", 2, open, false, &api::book_ticker},
      {"GET", "/api/v3/ticker/price", 2, open, false, &api::price_ticker},
      {"GET", "/api/v3/ticker/24hr", 2, open, false, &api::day_ticker},
      {"GET", "/api/v3/trades", 25, open, false, &api::trades},
      {"GET", "/api/v3/aggTrades", 4, open, false, &api::gathered_trades},
      {"GET", "/api/v3/depth", 5, open, false, &api::depth},
      {"GET", "/api/v3/klines", 2, open, false, &api::klines},
      {"GET", "/api/v3/account", 20, signature, false, &api::account},
      {"POST", "/api/v3/order", 1, signature, true, &api::place},
      {"POST", "/api/v3/order/test", 1, signature, false, &api::test_order},
      {"GET", "/api/v3/order", 4, signature, false, &api::find},
      {"DELETE", "/api/v3/order", 1, signature, false, &api::cancel},
      {"GET", "/api/v3/openOrders", 6, signature, false, &api::open_orders},
      {"GET", "/api/v3/allOrders", 20, signature, false, &api::all_orders},
      {"DELETE", "/api/v3/openOrders", 1, signature, false, &api::cancel_all},
      {"GET", "/api/v3/myTrades", 20, signature, false, &api::my_trades},
      {"POST", "/api/v3/userDataStream", 2, key, false, &api::open_stream},
      {"PUT", "/api/v3/userDataStream", 2, key, false, &api::keep_stream},
      {"DELETE", "/api/v3/userDataStream", 2, key, false, &api::close_stream}};
  return all;
}

http::reply api::refused(const refusal& r) {
  return json(value::object{{"code", r.code}, {"msg", r.text}}, r.status);
}

api::answer api::serve(const http::request& asked, timestamp arrived) {
  floor_.advance(arrived);
  if (asked.to.path == faults_path) return {serve_faults(asked), {}};
  const mishap m = die_.roll();
  if (m.disconnect) return {cut(), {}};
  const milliseconds latency = die_.settings().latency;
  if (m.error) return {refused(internal_failure()), latency};
  call c{{}, arrived, std::chrono::floor<milliseconds>(arrived).time_since_epoch().count()};
  bool known = false;
  for (const route& r : routes()) {
    if (r.path != asked.to.path) continue;
    known = true;
    if (r.method != asked.method) continue;
    http::reply reply;
    auto bad = rates_.take(r.weight, r.places_order, c.now_ms);
    const bool limited = bad.has_value();
    if (!bad) bad = parameters::read(asked.to.raw_query, asked.body, c.p);
    const std::string* key = asked.header("X-MBX-APIKEY");
    if (!bad && r.needs == route::access::key) bad = check_key(key, options_.key);
    if (!bad && r.needs == route::access::signature) {
      bad = check_signed(c.p, key, options_.key, c.now_ms);
    }
    reply = bad ? refused(*bad) : serve_route(r, c, m.drop_answer);
    if (reply.cut) return {std::move(reply), latency};
    for (auto& h : rates_.headers(r.places_order)) reply.headers.push_back(std::move(h));
    if (limited) {
      reply.headers.emplace_back("Retry-After", std::to_string(rates_.retry_after_s()));
    }
    return {std::move(reply), latency};
  }
  // The real one answers these with pages of HTML.
  return {known ? refused({-1000, "Request method '" + asked.method + "' not supported.", 405})
                : refused({-1000, "There is nothing at " + asked.to.path, 404}),
          latency};
}

std::optional<http::reply> api::meet_stream() {
  const mishap m = die_.roll();
  if (m.disconnect) return cut();
  return m.error ? std::optional(refused(internal_failure())) : std::nullopt;
}

http::reply api::serve_route(const route& r, call& c, bool drop_answer) {
  const auto out = (this->*r.run)(c);
  if (const auto* bad = std::get_if<refusal>(&out)) return refused(*bad);
  if (r.places_order && drop_answer) return cut();
  return json(std::get<value>(out));
}

// The exchange's own door, not of the conventions: free of faults, and without a signature.
http::reply api::serve_faults(const http::request& asked) {
  if (auto bad = check_key(asked.header("X-MBX-APIKEY"), options_.key)) return refused(*bad);
  if (asked.method == "POST") {
    auto wanted = parse_json(asked.body);
    status changed = wanted.ok() ? die_.change(*wanted) : status(std::move(wanted).error());
    if (!changed.ok()) return refused({-1100, changed.error().to_string(), 400});
    view_.freeze(die_.settings().stale_prices);
  } else if (asked.method != "GET") {
    return refused({-1000, "Request method '" + asked.method + "' not supported.", 405});
  }
  return json(die_.view());
}

}  // namespace pitwall::sim
