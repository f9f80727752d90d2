// Job: a feed_state with the model's dialect and a clock that a test sets; what it wants done, as
// text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/venues/feed_state.hpp"
#include "tests/net/feed_fixture.hpp"

namespace pitwall::test {

struct feed {
  explicit feed(const model_style& style = {}, feed_limits limits = {})
      : dialect(std::make_shared<model_dialect>(style)), state(dialect, limits) {}

  /// What was to be done, as text.
  std::string did(const feed_state::actions& todo) {
    std::string out;
    for (const auto& a : todo) {
      if (!out.empty()) out += "; ";
      if (const auto* f = std::get_if<feed_state::send_frame>(&a)) out += f->text;
      if (const auto* s = std::get_if<feed_state::ask_snapshot>(&a)) {
        out += "ask " + s->symbol;
        if (s->deep) out += " deeply";
        attempt = s->attempt;
      }
      if (const auto* r = std::get_if<feed_state::reconnect>(&a)) out += "reconnect: " + r->why;
    }
    return out;
  }
  std::string want(const std::string& symbol) {
    feed_state::actions todo;
    return state.want(symbol, now(), todo) ? did(todo) : "full";
  }
  std::string open() {
    state.opening();
    return did(state.on_open(now()));
  }
  std::string hear(const feed_update& u) { return did(state.on_frame({u}, now())); }
  std::string tick() { return did(state.tick(now())); }
  std::string price(const std::string& symbol) {
    const auto got = state.latest(symbol, true, false, now());
    return got.ok() ? got->price_feed.as_number().to_string() : got.error().message;
  }
  feed_time now() const { return at_ms(ms); }
  feed_phase phase(const std::string& symbol) { return state.phase(symbol, now()); }

  std::shared_ptr<model_dialect> dialect;
  feed_state state;
  std::int64_t ms = 0;
  std::uint64_t attempt = 0;
};

inline book_snapshot book(int bid, int ask) {
  book_snapshot s;
  s.bids = {level(bid, 1)};
  s.asks = {level(ask, 1)};
  return s;
}
inline book_delta bid(int price, int quantity) {
  book_delta d;
  d.bids = {level(price, quantity)};
  return d;
}

}  // namespace pitwall::test
