#include "net/venues/order_book_view.hpp"

#include <iterator>

namespace pitwall {

namespace {

/// Better than every price there is.
constexpr decimal before_all(std::greater<>) { return decimal::from_raw(~(int128{1} << 127)); }
constexpr decimal before_all(std::less<>) { return {}; }

}  // namespace

template <class Better>
void order_book_view::side<Better>::set(const book_levels& all, bool whole, std::size_t most,
                                        bool windowed) {
  levels.clear();
  edge.reset();
  for (const auto& l : all) {
    if (l.quantity > decimal{}) levels.insert_or_assign(l.price, l);
  }
  if (!whole && !windowed) {
    edge = levels.empty() ? before_all(Better{}) : std::prev(levels.end())->first;
  }
  trim(most, windowed);
}

template <class Better>
status order_book_view::side<Better>::apply(const book_level& l, bool relative) {
  if (edge && Better{}(*edge, l.price)) return done{};
  book_level now = l;
  if (relative) {
    const auto at = levels.find(l.price);
    const auto sum = add(at == levels.end() ? decimal{} : at->second.quantity, l.quantity);
    if (!sum.ok()) return sum.error();
    now.quantity = *sum;
  }
  if (now.quantity.is_negative()) {
    return error{errc::failed_precondition,
                 "more was taken from a level than rested there",
                 l.price.to_string(),
                 {}};
  }
  if (now.quantity.is_zero()) {
    levels.erase(now.price);
  } else {
    levels.insert_or_assign(now.price, now);
  }
  return done{};
}

template <class Better>
void order_book_view::side<Better>::trim(std::size_t most, bool windowed) {
  if (levels.size() <= most) return;
  levels.erase(std::next(levels.begin(), static_cast<std::ptrdiff_t>(most)), levels.end());
  if (!windowed && !levels.empty()) edge = std::prev(levels.end())->first;
}

template <class Better>
book_levels order_book_view::side<Better>::best(std::size_t most) const {
  book_levels out;
  for (auto it = levels.begin(); it != levels.end() && out.size() < most; ++it) {
    out.push_back(it->second);
  }
  return out;
}

void order_book_view::set(const book_snapshot& s) {
  bids_.set(s.bids, s.bids_whole, max_levels_, window_ > 0);
  asks_.set(s.asks, s.asks_whole, max_levels_, window_ > 0);
}

status order_book_view::apply(const book_delta& d) {
  for (const auto& l : d.bids) PITWALL_CHECK(bids_.apply(l, d.relative));
  for (const auto& l : d.asks) PITWALL_CHECK(asks_.apply(l, d.relative));
  bids_.trim(max_levels_, window_ > 0);
  asks_.trim(max_levels_, window_ > 0);
  return done{};
}

void order_book_view::clear() {
  bids_ = {};
  asks_ = {};
}

book_levels order_book_view::bids(std::size_t most) const { return bids_.best(most); }
book_levels order_book_view::asks(std::size_t most) const { return asks_.best(most); }

bool order_book_view::is_crossed() const {
  return !bids_.levels.empty() && !asks_.levels.empty() &&
         bids_.levels.begin()->first >= asks_.levels.begin()->first;
}

}  // namespace pitwall
