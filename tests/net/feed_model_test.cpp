// Whatever a connection loses, doubles or brings out of order: a book that is shown as live is one
// that the venue had, later ones follow earlier ones, and in the end it is the venue's own.
#include <algorithm>
#include <deque>
#include <random>

#include "tests/net/feed_fixture.hpp"

namespace pitwall {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::size_t max_levels = 8;
constexpr unsigned depth = 3;
const std::vector<std::string> symbols{"A", "B"};

using sides = std::pair<book_levels, book_levels>;

struct venue_book {
  std::map<decimal, decimal, std::greater<>> bids;
  std::map<decimal, decimal> asks;

  template <class Side>
  static book_levels best(const Side& s, std::size_t most) {
    book_levels out;
    for (const auto& [p, q] : s) {
      if (out.size() == most) break;
      out.push_back({p, q});
    }
    return out;
  }
  sides top(std::size_t most) const { return {best(bids, most), best(asks, most)}; }
};

/// A venue with its line, and a feed at the other end.
class world {
 public:
  world(const model_style& style, unsigned seed)
      : style_(style), random_(seed), feed_(std::make_shared<model_dialect>(style), limits()) {
    for (const auto& s : symbols) {
      history_[s].push_back(books_[s].top(depth));
      number_[channel(s)] = 100;
      feed_state::actions none;
      feed_.want(s, now(), none);
    }
    reconnect();
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      check();
    }
  }
  /// Nothing is lost any more.
  void settle() {
    faults_ = false;
    const auto refused = [this](const std::string& s) {
      return feed_.phase(s, now()) == feed_phase::refused;
    };
    for (int i = 0; i < 400; ++i) {
      ms_ += 500;
      deliver();
      answer_snapshot();
      obey(feed_.tick(now()));
      for (const auto& s : symbols) {
        feed_state::actions todo;
        feed_.want(s, now(), todo);  // As who reads it does.
        obey(todo);
      }
      if (i % 7 == 0) change(symbols[i % 2 == 0 ? 0 : 1]);
    }
    flush();
    for (int i = 0; i < 20 && std::ranges::any_of(symbols, refused); ++i) {
      ms_ += 5'000;
      for (const auto& s : symbols) {
        feed_state::actions todo;
        feed_.want(s, now(), todo);
        obey(todo);
        change(s);
      }
      flush();
    }
    check();
    for (const auto& s : symbols) {
      INFO("symbol " << s);
      CHECK(std::string(to_string(feed_.phase(s, now()))) == "live");
      CHECK(shown(s) == books_[s].top(depth));
    }
  }
  std::uint64_t gaps() const { return feed_.gaps(); }
  std::size_t live() const { return live_; }

 private:
  static feed_limits limits() {
    feed_limits l;
    l.max_levels = max_levels;
    l.depth = depth;
    l.max_held = 16;
    l.refused_for = milliseconds(5'000);
    return l;
  }
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  feed_time now() const { return at_ms(ms_); }
  std::string channel(const std::string& s) const { return style_.shared ? "" : s; }

  void step() {
    ms_ += pick(40);
    switch (pick(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return change(symbols[static_cast<std::size_t>(pick(2))]);
      case 4:
        return answer_snapshot();
      case 5:
        return obey(feed_.tick(now()));
      default:
        return deliver();
    }
  }

  // ---- the venue

  sequence_facts facts(const std::string& s, bool begins) {
    if (style_.rule == sequence_rule::none) return {};
    auto& n = number_[channel(s)];
    const auto before = n;
    n += style_.rule == sequence_rule::linked ? static_cast<std::uint64_t>(1 + pick(5)) : 1;
    return {style_.rule, channel(s), n, n, before, begins && !style_.shared};
  }
  template <class Side>
  void change_side(Side& side, int from, book_levels& absolute, book_levels& relative) {
    const int n = 1 + pick(2);
    for (int i = 0; i < n; ++i) {
      const decimal price(from + pick(12));
      const auto at = side.find(price);
      const decimal before = at == side.end() ? decimal{} : at->second;
      const decimal after(pick(3) == 0 ? 0 : 1 + pick(50));
      if (before == after ||
          std::ranges::any_of(absolute, [&](auto& l) { return l.price == price; }))
        continue;
      if (after.is_zero()) {
        side.erase(price);
      } else {
        side[price] = after;
      }
      absolute.push_back({price, after});
      relative.push_back({price, sub(after, before).value()});
    }
  }
  static void window_change(const book_levels& was, const book_levels& is, book_levels& changes) {
    book_levels out;
    const auto in = [](const book_levels& all, decimal p) {
      return std::ranges::find_if(all, [&](const auto& l) { return l.price == p; });
    };
    for (const auto& l : changes) {
      if (in(was, l.price) != was.end() && l.quantity.is_zero()) out.push_back(l);
    }
    for (const auto& l : is) {
      const auto before = in(was, l.price);
      if (before == was.end() || !(*before == l)) out.push_back(l);
    }
    changes = out;
  }
  void change(const std::string& s) {
    venue_book& b = books_[s];
    const auto was = b.top(style_.window);
    book_delta absolute, relative;
    change_side(b.bids, 80, absolute.bids, relative.bids);
    change_side(b.asks, 101, absolute.asks, relative.asks);
    book_delta d = style_.relative ? relative : absolute;
    d.relative = style_.relative;
    if (style_.window > 0) {
      const auto is = b.top(style_.window);
      window_change(was.first, is.first, d.bids);
      window_change(was.second, is.second, d.asks);
    }
    if (style_.checks) {
      const auto top = b.top(style_.window);
      d.checksum = sum_of(top.first, top.second);
    }
    history_[s].push_back(b.top(depth));
    line_.push_back(update(s, facts(s, false), d));
  }
  book_snapshot snapshot(const std::string& s) const {
    const venue_book& b = books_.at(s);
    const std::size_t most = style_.window > 0 ? style_.window : style_.by_rest ? 8 : 1'000;
    book_snapshot out;
    std::tie(out.bids, out.asks) = b.top(most);
    out.bids_whole = b.bids.size() < most;
    out.asks_whole = b.asks.size() < most;
    if (style_.checks) out.checksum = sum_of(out.bids, out.asks);
    return out;
  }
  void send_snapshot(const std::string& s) {
    line_.push_back(update(s, facts(s, true), snapshot(s)));
  }

  // ---- the line

  void deliver() {
    if (line_.empty()) return;
    const int luck = faults_ ? pick(30) : 29;
    const bool whole = std::holds_alternative<book_snapshot>(line_.front().says);
    if (luck == 0) return line_.pop_front();  // Lost.
    // Without numbers nothing shows the order; and a line keeps it.
    const bool numbered = style_.rule != sequence_rule::none;
    if (luck == 1 && numbered && line_.size() > 1 && !whole &&
        !std::holds_alternative<book_snapshot>(line_[1].says)) {
      std::swap(line_[0], line_[1]);
    }
    const feed_update u = line_.front();
    if (luck != 2 || whole) line_.pop_front();  // Else it comes twice.
    obey(feed_.on_frame({u}, now()));
  }
  void flush() {
    while (!line_.empty() || !owed_.empty()) {
      deliver();
      answer_snapshot();
    }
  }
  void answer_snapshot() {
    if (owed_.empty()) return;
    const auto owed = owed_.front();
    owed_.pop_front();
    if (faults_ && pick(6) == 0) {
      obey(feed_.on_snapshot(owed.symbol, owed.attempt, error{errc::unavailable, "down", {}, {}},
                             now()));
      return;
    }
    // Some were made when they were asked for, others just now.
    auto u = pick(2) == 0 ? owed.made
                          : update(owed.symbol, counted_at(owed.symbol), snapshot(owed.symbol));
    obey(feed_.on_snapshot(owed.symbol, owed.attempt, u, now()));
  }
  sequence_facts counted_at(const std::string& s) const {
    const auto n = number_.at(s);
    return {style_.rule, s, n, n, 0, true};
  }
  void obey(const feed_state::actions& todo) {
    for (const auto& a : todo) {
      if (const auto* f = std::get_if<feed_state::send_frame>(&a)) {
        hear(f->text);
      } else if (const auto* q = std::get_if<feed_state::ask_snapshot>(&a)) {
        owed_.push_back(
            {q->symbol, q->attempt, update(q->symbol, counted_at(q->symbol), snapshot(q->symbol))});
      } else {
        return reconnect();
      }
    }
  }
  void hear(const std::string& frame) {
    if (style_.by_rest) return;
    for (const auto& s : symbols) {
      if (frame.find(" " + s) != std::string::npos) send_snapshot(s);
    }
  }
  void reconnect() {
    feed_.on_lost(now());
    line_.clear();
    feed_.opening();
    obey(feed_.on_open(now()));
  }

  // ---- what is shown

  static book_levels levels_in(const value& book, const char* side) {
    book_levels out;
    for (const auto& row : book.find(side)->as_list())
      out.push_back({row.as_list()[0].as_number(), row.as_list()[1].as_number()});
    return out;
  }
  std::optional<sides> shown(const std::string& s) const {
    const auto got = feed_.latest(s, false, true, now());
    if (!got.ok()) return {};
    return sides{levels_in(got->orderbook, "bids"), levels_in(got->orderbook, "asks")};
  }
  void check() {
    for (const auto& s : symbols) {
      const auto is = shown(s);
      if (!is) continue;
      ++live_;
      auto& from = seen_[s];
      const auto& all = history_[s];
      const auto at = std::find(all.begin() + static_cast<std::ptrdiff_t>(from), all.end(), *is);
      INFO("symbol " << s << ", not before version " << from << " of " << all.size());
      REQUIRE((at != all.end()));
      from = static_cast<std::size_t>(at - all.begin());
    }
  }

  struct owed_snapshot {
    std::string symbol;
    std::uint64_t attempt;
    feed_update made;
  };
  const model_style style_;
  std::mt19937 random_;
  feed_state feed_;
  std::map<std::string, venue_book> books_;
  std::map<std::string, std::vector<sides>> history_;
  std::map<std::string, std::size_t> seen_;
  std::map<std::string, std::uint64_t> number_;
  std::deque<feed_update> line_;
  std::deque<owed_snapshot> owed_;
  std::int64_t ms_ = 0;
  std::size_t live_ = 0;
  bool faults_ = true;
};

model_style style(const char* name, sequence_rule rule,
                  std::initializer_list<bool model_style::*> on, std::size_t window = 0) {
  model_style s;
  s.name = name;
  s.rule = rule;
  s.window = window;
  for (const auto flag : on) s.*flag = true;
  return s;
}

}  // namespace

TEST_CASE("a live book is the venue's, whatever a line loses", "[feed_model]") {
  using m = model_style;
  const auto counted = sequence_rule::counted;
  auto anew = style("counted, opened anew", counted, {});
  anew.resyncs = false;
  const std::vector<model_style> styles{
      style("snapshots by REST", counted, {&m::by_rest}),
      style("counted by symbol", counted, {}),
      style("counted by connection", counted, {&m::shared}),
      style("linked", sequence_rule::linked, {}),
      style("sums", counted, {&m::relative}),
      style("checksums", sequence_rule::none, {&m::checks}, 5),
      anew,
  };
  const unsigned first = std::random_device{}();
  for (const auto& s : styles) {
    std::uint64_t gaps = 0;
    std::size_t live = 0;
    for (unsigned seed = first; seed != first + 150; ++seed) {
      INFO(s.name << ", seed " << seed);
      world w(s, seed);
      w.run(400);
      w.settle();
      gaps += w.gaps();
      live += w.live();
    }
    INFO(s.name);
    CHECK(gaps > 100);
    CHECK(live > 10'000);
  }
}

}  // namespace pitwall
