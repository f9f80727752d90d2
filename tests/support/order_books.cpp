#include "tests/support/order_books.hpp"

#include <algorithm>

#include "runtime/workflow/json.hpp"

namespace pitwall::test {
namespace {

std::string text_at(const value& v, std::string_view name) {
  const auto* member = v.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : std::string();
}
decimal number_at(const value& v, std::string_view name) {
  const auto* member = v.find(name);
  if (member == nullptr) return {};
  if (member->is_number()) return member->as_number();
  return decimal::parse(member->as_text()).value();
}

std::string plain_symbol(std::string symbol) {
  std::erase(symbol, '/');
  return symbol;
}

told_fill fill_of(const value& v) {
  return {number_at(v, "price"), number_at(v, "quantity"), number_at(v, "fee")};
}

/// One pass over the export.
class journal_reader {
 public:
  void take(const std::string& line) {
    ++expected_;
    auto e = parse_json(line);
    if (!e.ok()) return fault("a line of the export cannot be read: " + line);
    if (number_at(*e, "seq") != decimal(expected_))
      fault("seq " + std::to_string(expected_) + " was expected: " + line);
    const auto type = text_at(*e, "type");
    if (type.starts_with("execution_")) {
      of_execution(type, *e, line);
    } else if (type.starts_with("order_")) {
      of_order(type, *e, line);
    } else if (type == "node_state_changed") {
      auto& version = out_.states[text_at(*e, "workflow_id") + "/" + text_at(*e, "node_id")];
      if (number_at(*e, "version") != decimal(static_cast<std::int64_t>(++version)))
        fault("version " + std::to_string(version) + " was expected: " + line);
      if (!stated_.insert(text_at(*e, "execution_id") + text_at(*e, "node_id")).second)
        fault("a second change of state in one execution: " + line);
    }
    out_.lines.push_back(line);
  }
  journal_facts finish() { return std::move(out_); }

 private:
  void fault(std::string what) { out_.faults.push_back(std::move(what)); }

  void of_execution(const std::string& type, const value& e, const std::string& line) {
    auto [at, is_new] = out_.executions.try_emplace(text_at(e, "execution_id"));
    auto& x = at->second;
    if (is_new != (type == "execution_started")) fault("started twice, or never: " + line);
    if (!is_new && x.ended()) fault("after its end: " + line);
    if (type == "execution_started") {
      x.workflow = text_at(e, "workflow_id");
      x.bot = text_at(e, "bot_id");
      x.key = text_at(e, "idempotency_key");
    }
    if (type == "execution_resumed") ++out_.resumed;
    x.last = type;
  }

  void of_order(const std::string& type, const value& e, const std::string& line) {
    const auto id = text_at(e, "client_order_id");
    if (type == "order_intent") return of_intent(id, e, line);
    const auto at = out_.orders.find(id);
    // Risk refuses before there is an intent; with the prices of a moment ago that may happen.
    if (at == out_.orders.end() && type == "order_rejected" &&
        text_at(e, "code") == "figures_unknown")
      return;
    if (at == out_.orders.end()) return fault("no intent came before: " + line);
    auto& o = at->second;
    if (type == "order_in_doubt") ++out_.doubts;
    if (type == "order_submitted" && !submitted_.insert(id).second)
      fault("submitted twice: " + line);
    if (type == "order_in_doubt" || type == "order_submitted") return;
    if (o.ended) fault("after its end: " + line);
    if (type == "order_filled") {
      o.fills.push_back(fill_of(e));
      o.ended = e.find("complete")->as_bool();
      if (o.ended != (o.filled() == o.quantity)) fault("complete, or not: " + line);
      return;
    }
    o.ended = true;
    if (type == "order_rejected") out_.rejected.insert(id);
    if (type == "order_canceled") ++out_.canceled;
  }

  void of_intent(const std::string& id, const value& e, const std::string& line) {
    told_order o;
    o.symbol = plain_symbol(text_at(e, "symbol"));
    o.buy = text_at(e, "side") == "buy";
    o.rests = text_at(e, "order_type") == "GTC" || text_at(e, "order_type") == "limit";
    o.quantity = number_at(e, "amount");
    if (!out_.orders.emplace(id, std::move(o)).second) fault("a second intent: " + line);
    out_.executed_by[id] = text_at(e, "execution_id");
  }

  journal_facts out_;
  std::set<std::string> stated_, submitted_;
  std::int64_t expected_ = 0;
};

}  // namespace

decimal told_order::filled() const {
  decimal sum;
  for (const auto& f : fills) sum = add(sum, f.quantity).value();
  return sum;
}

std::map<std::string, decimal> balances_moved(const told_orders& orders) {
  std::map<std::string, decimal> out{{"BTC", {}}, {"ETH", {}}, {"USDT", {}}};
  const auto move = [&](const std::string& asset, decimal by, bool in) {
    out[asset] = add(out[asset], in ? by : -by).value();
  };
  for (const auto& [id, o] : orders)
    for (const auto& f : o.fills) {
      move(o.symbol.substr(0, 3), f.quantity, o.buy);
      move("USDT", mul(f.price, f.quantity).value(), !o.buy);
      move("USDT", f.fee, false);
    }
  return out;
}

exchange_account read_exchange_log(const std::vector<std::string>& lines) {
  exchange_account out;
  for (const auto& line : lines) {
    const auto v = parse_json(line);
    if (!v.ok()) {
      out.faults.push_back("a line of the exchange's log cannot be read: " + line);
      continue;
    }
    const auto id = text_at(*v, "clientOrderId");
    if (v->find("n") != nullptr) {
      told_order o;
      o.symbol = text_at(*v, "symbol");
      o.buy = text_at(*v, "side") == "BUY";
      o.rests = text_at(*v, "type") == "LIMIT";
      o.quantity = number_at(*v, "quantity");
      if (!out.orders.emplace(id, std::move(o)).second)
        out.faults.push_back("the exchange got an order twice: " + line);
      out.arrivals.push_back(id);
      continue;
    }
    auto& o = out.orders[id];
    if (v->find("trade") != nullptr) o.fills.push_back(fill_of(*v));
    o.ended = v->find("end") != nullptr || o.filled() == o.quantity;
  }
  return out;
}

std::vector<std::string> journal_facts::unfinished() const {
  std::vector<std::string> out;
  for (const auto& [id, x] : executions)
    if (!x.ended()) out.push_back(id);
  return out;
}

std::vector<std::string> journal_facts::open_orders() const {
  std::vector<std::string> out;
  for (const auto& [id, o] : orders)
    if (!o.ended) out.push_back(id);
  return out;
}

journal_facts read_journal(const std::string& exported) {
  journal_reader reader;
  for (std::size_t at = 0; at < exported.size();) {
    const auto end = std::min(exported.find('\n', at), exported.size());
    reader.take(exported.substr(at, end - at));
    at = end + 1;
  }
  return reader.finish();
}

std::vector<std::string> differences(const journal_facts& journal, const exchange_account& venue) {
  auto out = venue.faults;
  for (const auto& [id, there] : venue.orders) {
    const auto at = journal.orders.find(id);
    if (at == journal.orders.end()) {
      out.push_back("no intent was journaled of the exchange's order " + id);
      continue;
    }
    const auto& here = at->second;
    if (journal.rejected.contains(id))
      out.push_back("rejected in the journal, but the exchange has it: " + id);
    if (here.symbol != there.symbol || here.buy != there.buy || here.quantity != there.quantity)
      out.push_back("not the order that the exchange has: " + id);
    if (here.fills != there.fills)
      out.push_back("the exchange has filled " + there.filled().to_string() + " in " +
                    std::to_string(there.fills.size()) + " trades, the journal " +
                    here.filled().to_string() + " in " + std::to_string(here.fills.size()) + ": " +
                    id);
    if (here.ended != there.ended) out.push_back("over for one of the two alone: " + id);
  }
  for (const auto& [id, o] : journal.orders)
    if (!journal.rejected.contains(id) && !venue.orders.contains(id))
      out.push_back("the exchange never had the order " + id);
  return out;
}

}  // namespace pitwall::test
