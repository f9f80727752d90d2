#include "net/exchange/stream_hub.hpp"

#include <algorithm>

#include "net/exchange/views.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::sim {

namespace {

std::int64_t to_ms(timestamp t) {
  return std::chrono::floor<milliseconds>(t).time_since_epoch().count();
}

}  // namespace

stream_hub::stream_hub(trading_floor& floor, market_view& view, const listen_keys& keys,
                       fault_die& die)
    : floor_(floor), view_(view), keys_(keys), die_(die) {
  floor_.watch([this](const book_event& e) { on_event(e); });
}

// ---- subscribers

verdict stream_hub::check(const std::vector<std::string>& wanted, std::int64_t now_ms,
                          std::vector<stream_name>& out) const {
  for (const auto& text : wanted) {
    auto name = parse_stream(text);
    if (!name) return refusal{2, "Invalid request: there is no stream of this name", 400};
    if (name->kind == stream_kind::user) {
      if (!keys_.is_valid(text, now_ms)) return listen_keys::unknown();
    } else if (floor_.rules(name->symbol) == nullptr) {
      return unknown_symbol();
    }
    out.push_back(std::move(*name));
  }
  return {};
}

verdict stream_hub::add(subscriber& s, const std::vector<std::string>& wanted,
                        std::int64_t now_ms) {
  std::vector<stream_name> names;
  if (auto bad = check(wanted, now_ms, names)) return bad;
  std::set<std::string> all(s.streams.begin(), s.streams.end());
  for (const auto& n : names) all.insert(n.text);
  if (all.size() > max_streams) return refusal{2, "Invalid request: too many streams", 400};
  for (auto& n : names) {
    if (std::ranges::find(s.streams, n.text) != s.streams.end()) continue;
    s.streams.push_back(n.text);
    auto [at, fresh] = streams_.try_emplace(n.text);
    at->second.readers.insert(s.sink.get());
    if (!fresh) continue;
    stream& opened = at->second;
    opened.name = std::move(n);
    if (opened.name.kind == stream_kind::user) {
      ++users_;
    } else {
      ++read_[opened.name.symbol];
    }
    if (opened.name.kind == stream_kind::kline) open_candle(opened, now_ms);
    if (opened.name.kind != stream_kind::book_ticker) continue;
    const auto& d = view_.look(*floor_.rules(opened.name.symbol)).now();
    if (!d.bids.empty()) opened.bid = d.bids.front();
    if (!d.asks.empty()) opened.ask = d.asks.front();
  }
  return {};
}

void stream_hub::remove(subscriber& s, const std::string& name) {
  const auto at = streams_.find(name);
  if (at == streams_.end()) return;
  at->second.readers.erase(s.sink.get());
  std::erase(s.streams, name);
  if (!at->second.readers.empty()) return;
  const stream_name& gone = at->second.name;
  if (gone.kind == stream_kind::user) {
    if (--users_ == 0) moved_.clear();
  } else if (--read_[gone.symbol] == 0) {
    read_.erase(gone.symbol);
  }
  streams_.erase(at);
}

verdict stream_hub::join(std::shared_ptr<stream_sink> sink, const std::vector<std::string>& streams,
                         bool combined, std::int64_t now_ms) {
  subscriber s{std::move(sink), {}, combined};
  if (auto bad = add(s, streams, now_ms)) return bad;
  const who id = s.sink.get();
  subscribers_.emplace(id, std::move(s));
  return {};
}

void stream_hub::leave(who id) {
  const auto at = subscribers_.find(id);
  if (at == subscribers_.end()) return;
  for (const auto& name : std::vector(at->second.streams)) remove(at->second, name);
  subscribers_.erase(at);
}

void stream_hub::hear(who id, std::string_view frame, std::int64_t now_ms) {
  const auto at = subscribers_.find(id);
  if (at == subscribers_.end()) return;
  const auto asked = read_stream_request(frame);
  const auto* r = std::get_if<stream_request>(&asked);
  const value out = r != nullptr ? answer(at->second, *r, now_ms) : std::get<value>(asked);
  tell(at->second, std::make_shared<const std::string>(to_json(out)));
  forget_lost();
}

value stream_hub::answer(subscriber& s, const stream_request& r, std::int64_t now_ms) {
  using method = stream_request::method;
  switch (r.what) {
    case method::subscribe:
      if (const auto bad = add(s, r.streams, now_ms)) {
        return stream_refusal(bad->code, bad->text, &r.id);
      }
      break;
    case method::unsubscribe:
      for (const auto& name : r.streams) {
        if (std::ranges::find(s.streams, name) != s.streams.end()) remove(s, name);
      }
      break;
    case method::list:
      return stream_answer(value::list(s.streams.begin(), s.streams.end()), r.id);
    case method::set_combined:
      s.combined = r.combined;
      break;
    case method::get_combined:
      return stream_answer(s.combined, r.id);
  }
  return stream_answer({}, r.id);
}

void stream_hub::tell(subscriber& s, stream_sink::message m) {
  const who id = s.sink.get();
  if (std::ranges::find(lost_, id) != lost_.end()) return;
  if (!s.sink->send(std::move(m))) lost_.push_back(id);
}

void stream_hub::forget_lost() {
  for (const who id : std::exchange(lost_, {})) leave(id);
}

void stream_hub::send(stream& to, const value& v) {
  const auto plain = std::make_shared<const std::string>(to_json(v));
  stream_sink::message wrapped;
  for (const who id : to.readers) {
    subscriber& s = subscribers_.at(id);
    if (die_.cuts_stream()) {
      s.sink->cut();
      lost_.push_back(id);
    }
    if (s.combined && !wrapped) {
      wrapped = std::make_shared<const std::string>("{\"stream\":\"" + to.name.text +
                                                    "\",\"data\":" + *plain + "}");
    }
    tell(s, s.combined ? wrapped : plain);
  }
}

void stream_hub::send_market(stream& to, const value& v) {
  if (!die_.drops_update()) send(to, v);
}

void stream_hub::close_all(const std::string& why) {
  for (auto& [_, s] : subscribers_) s.sink->end(why);
  subscribers_.clear();
  streams_.clear();
  read_.clear();
  users_ = 0;
}

// ---- what happens on the floor

void stream_hub::on_event(const book_event& e) {
  if (const auto* t = std::get_if<order_traded>(&e)) {
    const order_record& o = *floor_.book().find(t->id);
    // Both parts of a trade between two orders here are one trade.
    if (trades_.empty() || trades_.back().part.trade != t->trade) {
      trades_.push_back({*t, o.as.symbol, o.as.way});
    }
  }
  if (users_ == 0) return;
  value report = execution_report(e, floor_.book());
  if (report.is_null()) return;
  const auto assets = matching::split_symbol(report.find("s")->as_text());
  const auto* payer = report.find("N");
  const bool pays = payer != nullptr && payer->is_text();
  for (const auto& asset :
       {assets.base, assets.quote, pays ? std::string(payer->as_text()) : assets.quote}) {
    if (std::ranges::find(moved_, asset) == moved_.end()) moved_.push_back(asset);
  }
  told_.push_back(std::move(report));
}

void stream_hub::settle(std::int64_t now_ms) {
  if (moved_.empty()) return;
  told_.push_back(account_position(floor_.balances(), moved_, now_ms));
  moved_.clear();
}

stream_hub::beat stream_hub::next_beat(timestamp now) {
  const auto step = matching::price_process::step_of(now);
  const auto before = step_ == 0 ? step : step_;
  step_ = step;
  return {step_ != before, step_ / 10 != before / 10, step_ / 20 != before / 20};
}

void stream_hub::publish(timestamp now) {
  const std::int64_t now_ms = to_ms(now);
  const beat b = next_beat(now);
  std::map<std::string_view, changes> all;
  for (const auto& r : floor_.symbols()) {
    const bool read = read_.contains(r.symbol);
    if (!read && !b.fast) continue;
    // Without readers only what snapshots have left is let go.
    book_feed& feed = read ? view_.look(r) : view_.last(r);
    changes& c = all[r.symbol];
    if (b.fast) c.fast = feed.take(pace::fast);
    if (b.second) c.slow = feed.take(pace::slow);
  }
  for (auto& [_, s] : streams_) {
    if (s.name.kind == stream_kind::user) {
      publish_user(s, now_ms);
    } else {
      publish_market(s, all[s.name.symbol], b, now_ms);
    }
  }
  told_.clear();
  trades_.clear();
  forget_lost();
}

void stream_hub::publish_user(stream& s, std::int64_t now_ms) {
  for (const value& v : told_) send(s, v);
  if (keys_.is_valid(s.name.text, now_ms)) return;
  send(s, listen_key_expired(s.name.text, now_ms));
  for (const who id : s.readers) {
    subscribers_.at(id).sink->end("the listen key is no longer valid");
    lost_.push_back(id);
  }
}

void stream_hub::publish_market(stream& s, const changes& c, const beat& b, std::int64_t now_ms) {
  const auto& name = s.name;
  const bool due = name.fast ? b.fast : b.second;
  const auto& diff = name.fast ? c.fast : c.slow;
  switch (name.kind) {
    case stream_kind::depth:
      if (diff) send_market(s, depth_event(name.symbol, *diff, now_ms));
      return;
    case stream_kind::partial_depth:
      if (due) {
        send_market(s, partial_depth(view_.last(*floor_.rules(name.symbol)), name.levels));
      }
      return;
    case stream_kind::book_ticker:
      return publish_ticker(s);
    case stream_kind::trade:
      for (const auto& t : trades_) {
        if (t.symbol == name.symbol && !view_.frozen()) send_market(s, trade_event(t, now_ms));
      }
      return;
    case stream_kind::kline:
      return publish_kline(s, name.interval_text == "1s" ? b.second : b.two_seconds, now_ms);
    case stream_kind::user:
      return;
  }
}

void stream_hub::publish_ticker(stream& s) {
  const auto& feed = view_.last(*floor_.rules(s.name.symbol));
  const auto& d = feed.now();
  const matching::level none{};
  const auto& bid = d.bids.empty() ? none : d.bids.front();
  const auto& ask = d.asks.empty() ? none : d.asks.front();
  const auto same = [](const matching::level& a, const matching::level& b) {
    return a.price == b.price && a.quantity == b.quantity;
  };
  if (same(bid, s.bid) && same(ask, s.ask)) return;
  s.bid = bid;
  s.ask = ask;
  send_market(s, ticker_event(s.name.symbol, feed));
}

void stream_hub::open_candle(stream& s, std::int64_t now_ms) const {
  const auto& trades = floor_.book().trades();
  const auto now = candles(trades, s.name.symbol, {s.name.interval, {}, {}, 1}, now_ms);
  s.has_candle = !now.empty();
  if (!s.has_candle) return;
  s.candle.so_far = now.front();
  for (auto t = trades.rbegin(); t != trades.rend(); ++t) {
    if (t->part.time_ms < now.front().open_ms) break;
    if (t->symbol != s.name.symbol) continue;
    s.candle.first = t->part.trade;
    s.candle.last = std::max(s.candle.last, t->part.trade);
  }
}

void stream_hub::publish_kline(stream& s, bool due, std::int64_t now_ms) {
  const auto& every = s.name.interval;
  candle& c = s.candle.so_far;
  // What has ended is told as such; spans without a trade in between are passed over.
  const auto move_to = [&](std::int64_t time_ms) {
    if (s.has_candle && time_ms <= c.close_ms) return;
    if (s.has_candle && !view_.frozen()) send_market(s, kline_event(s.name, s.candle, now_ms));
    candle next;
    next.open_ms = every.start_of(time_ms);
    next.close_ms = every.next(next.open_ms) - 1;
    next.open = next.high = next.low = next.close = c.close;
    c = next;
    s.has_candle = true;
  };
  for (const auto& t : trades_) {
    if (t.symbol != s.name.symbol || t.part.trade <= s.candle.last) continue;
    move_to(t.part.time_ms);
    if (c.trades == 0) s.candle.first = t.part.trade;
    add_to(c, t);
    s.candle.last = t.part.trade;
  }
  if (!due || !s.has_candle) return;
  move_to(now_ms);
  if (!view_.frozen()) send_market(s, kline_event(s.name, s.candle, now_ms));
}

}  // namespace pitwall::sim
