// replay: recorded quotes in the place of a venue, one row an execution.
#include "runtime/blocks/replay_file.hpp"

#include <utility>

#include "runtime/blocks/declare.hpp"
#include "runtime/blocks/families.hpp"
#include "runtime/blocks/reading.hpp"

namespace pitwall::blocks {
namespace {

value book_side(decimal price, const value& quantity) {
  return value(value::list{value(value::list{value(price), quantity})});
}

class replay final : public block {
 public:
  replay(quotes rows, std::string file) : quotes_(std::move(rows)), file_(std::move(file)) {}

  result<step> evaluate(const evaluation& in) const override {
    const std::size_t row = taken(in.state);
    if (row >= quotes_.rows.size()) {
      return error{errc::out_of_range,
                   "the replay is past its end: all " + std::to_string(quotes_.rows.size()) +
                       " rows of " + quotes_.symbol + " have been taken",
                   file_, "add rows, or start with a new data directory"};
    }
    const quote& q = quotes_.rows[row];
    PITWALL_TRY(sum, add(q.bid, q.ask));
    PITWALL_TRY(mid, div(sum, decimal(2)));
    const value volume = q.volume ? value(*q.volume) : value();
    value time = to_iso8601(q.time);
    value::object book;
    book.reserve(3);
    book.emplace_back("bids", book_side(q.bid, volume));
    book.emplace_back("asks", book_side(q.ask, volume));
    book.emplace_back("time", time);
    completion c = outputs(mid, nullptr, nullptr, std::move(book), volume, std::move(time));
    value::object state;
    state.emplace_back("row", decimal(static_cast<std::int64_t>(row + 1)));
    c.new_state = value(std::move(state));
    c.observed_at = in.now;
    return step(std::move(c));
  }

 private:
  static std::size_t taken(const value& state) {
    const auto row = state_number(state, "row");
    if (!row) return 0;
    const auto n = row->to_int();
    return n.ok() && *n > 0 ? static_cast<std::size_t>(*n) : 0;
  }

  quotes quotes_;
  std::string file_;
};

result<block_ptr> make_replay(const block_config& config) {
  const property_reader properties(config);
  PITWALL_TRY(name, properties.required_text("file"));
  PITWALL_TRY(symbol, properties.text("symbol", ""));
  const auto file = (config.base_directory / name).lexically_normal();
  PITWALL_TRY(rows, read_replay(file, symbol));
  return built<replay>(std::move(rows), file.string());
}

}  // namespace

std::vector<block_type> replay_types() {
  using namespace declare;
  block_type t;
  t.name = "replay";
  t.category = "providers";
  t.summary =
      "Recorded quotes in the place of a venue: each execution takes the next row of its symbol. "
      "The position in the file is kept across restarts; past the last row it fails and says so.";
  t.outputs = {
      {"price_feed", port_kind::number, "(bid + ask) / 2."},
      {"balance", port_kind::object, "Null: a file has none."},
      {"positions", port_kind::any, "Null: a file has none."},
      {"orderbook", port_kind::object, "{bids: [[bid, volume]], asks: [[ask, volume]], time}."},
      {"volume", port_kind::number, "Null where the row has none."},
      {"time", port_kind::text, "The row's time. The values count as observed now."}};
  t.properties = {required("file", port_kind::text,
                           "CSV with the columns time,symbol,bid,ask[,volume], UTC, with or "
                           "without a header; relative to the workflow file."),
                  optional("symbol", port_kind::text, "Absent: the only one in the file.")};
  t.stateful = true;
  t.make = make_replay;
  return {t};
}

}  // namespace pitwall::blocks
