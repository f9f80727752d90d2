// What a venue may send by its stream, a frame a line: read or refused, and nothing that is shown
// as live is crossed, negative or out of order. A line with '{"lastUpdateId"' is the answer to a
// question for a snapshot.
#include <algorithm>
#include <memory>

#include "net/venues/binance_dialect.hpp"
#include "net/venues/binance_execution.hpp"
#include "net/venues/feed_state.hpp"
#include "tests/fuzz/target.hpp"

namespace pitwall::fuzz {

namespace {

void look_at(const value& book) {
  const auto& bids = book.find("bids")->as_list();
  const auto& asks = book.find("asks")->as_list();
  const auto price = [](const value& level) { return level.as_list()[0].as_number(); };
  for (std::size_t i = 0; i < bids.size(); ++i) {
    must(bids[i].as_list()[1].as_number() > decimal{}, "something rests at a level");
    must(i == 0 || price(bids[i]) < price(bids[i - 1]), "the best bid is first");
  }
  for (std::size_t i = 1; i < asks.size(); ++i)
    must(price(asks[i]) > price(asks[i - 1]), "the best ask is first");
  must(bids.empty() || asks.empty() || price(bids[0]) < price(asks[0]), "no book is crossed");
}

}  // namespace

void try_one(std::string_view bytes) {
  const auto dialect = std::make_shared<binance_dialect>();
  feed_limits limits;
  limits.max_levels = 4;
  limits.depth = 2;
  limits.max_held = 8;
  feed_state state(dialect, limits);
  const auto reader = dialect->reader();
  feed_time now{};
  std::uint64_t attempt = 0;
  const auto obey = [&](const feed_state::actions& todo) {
    for (const auto& a : todo)
      if (const auto* q = std::get_if<feed_state::ask_snapshot>(&a)) attempt = q->attempt;
  };
  feed_state::actions todo;
  must(state.want("BTCUSDT", now, todo), "there is room for one");
  must(state.opening().size() == 1, "it is opened for that");
  obey(state.on_open(now));
  while (!bytes.empty()) {
    const auto line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    now.steady += milliseconds(500);
    now.wall += milliseconds(500);
    (void)binance::parse_user_event(line).ok();
    if (line.find("{\"lastUpdateId\"") == 0) {
      obey(state.on_snapshot("BTCUSDT", attempt, dialect->read_snapshot("BTCUSDT", line), now));
    } else if (const auto read = reader->read(line); read.ok()) {
      obey(state.on_frame(*read, now));
    } else {
      must(read.error().code == errc::unavailable, "what cannot be read is no answer");
    }
    obey(state.tick(now));
    if (const auto got = state.latest("BTCUSDT", false, true, now); got.ok())
      look_at(got->orderbook);
  }
}

}  // namespace pitwall::fuzz
