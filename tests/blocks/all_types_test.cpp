// What holds for every registered type, whatever it means.
#include <unistd.h>

#include <fstream>
#include <random>
#include <set>

#include "tests/blocks/block_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

using random_source = std::mt19937_64;

/// A replay needs a file; it is removed at the end.
const std::string& replay_path() {
  struct file {
    std::string path = (std::filesystem::temp_directory_path() /
                        ("pitwall_all_types_" + std::to_string(::getpid()) + ".csv"))
                           .string();
    file() {
      std::ofstream out(path);
      for (int i = 1; i <= 40; ++i) out << "2026-03-01T00:00:00Z,BTC/USDT," << i << ",41,7\n";
    }
    ~file() { std::remove(path.c_str()); }
  };
  static const file f;
  return f.path;
}

value sample(const parameter& p) {
  if (p.name == "file") return replay_path();
  if (p.name == "url") return "https://api.example.com/price";
  if (p.kind == port_kind::number) return 5;
  return "BTC/USDT";
}

/// Property sets that cover every choice of every required property.
std::vector<value::object> property_sets(const block_type& t) {
  std::vector<value::object> sets{{}};
  for (const auto& p : t.properties) {
    if (!p.required) continue;
    std::vector<value> choices(p.one_of.begin(), p.one_of.end());
    if (choices.empty()) choices.push_back(sample(p));
    std::vector<value::object> grown;
    for (const auto& set : sets) {
      for (const auto& choice : choices) {
        grown.push_back(set);
        grown.back().emplace_back(p.name, choice);
      }
    }
    sets = std::move(grown);
  }
  return sets;
}

decimal random_decimal(random_source& random) {
  switch (random() % 6) {
    case 0:
      return 0;
    case 1:
      return static_cast<int>(random() % 2'001) - 1'000;
    case 2:
      return decimal::from_raw(static_cast<std::int64_t>(random()));
    case 3:
      return decimal::from_raw(static_cast<int>(random() % 5) - 2);
    case 4:
      return decimal::from_raw((int128{1} << 126) - 1 + (int128{1} << 126));
    default:
      return decimal::from_raw(-(int128{static_cast<std::int64_t>(random() >> 1)} << 60));
  }
}

value random_value(random_source& random, int depth = 0) {
  static const char* const texts[] = {"",     "1.5",   "-3", "NaN",         "inf", "1e400", "buy",
                                      "true", "09:30", "==", "*/5 * * * *", ">",   "\xff"};
  switch (random() % (depth < 2 ? 8 : 6)) {
    case 0:
      return {};
    case 1:
      return random() % 2 == 0;
    case 2:
    case 3:
    case 4:
      return random_decimal(random);
    case 5:
      return texts[random() % std::size(texts)];
    case 6: {
      value::list l;
      for (auto n = random() % 4; n > 0; --n) l.push_back(random_value(random, depth + 1));
      return l;
    }
    default:
      return value::object{{"type", random_value(random, depth + 1)}};
  }
}

answer random_answer(random_source& random, const step& asked) {
  const timestamp t{std::chrono::seconds(1'700'000'000)};
  if (std::holds_alternative<market_request>(asked)) {
    market_data m;
    if (random() % 4 != 0) m.price_feed = random_decimal(random);
    if (random() % 2 == 0) m.balance = value(value::object{{"BTC", 1}});
    m.observed_at = t;
    return m;
  }
  if (std::holds_alternative<web_request>(asked)) {
    static const char* const bodies[] = {"", "1e400", "[1.5, null]", R"({"a": {"b": 7}})", "\xff"};
    return web_reply{200, bodies[random() % std::size(bodies)], t};
  }
  if (std::holds_alternative<figures_request>(asked)) {
    const auto number = [&] { return random_decimal(random); };
    return figures{number(), number(), static_cast<std::int64_t>(random() % 50),
                   number(), number(), number(),
                   number(), number(), number(),
                   t};
  }
  if (std::holds_alternative<order_request>(asked)) {
    order_report r;
    r.client_order_id = "pw-x-1";
    r.state = static_cast<order_state>(random() % 6);
    if (random() % 2 == 0) r.fills = {{random_decimal(random), random_decimal(random), 0, "USDT"}};
    r.at = t;
    return r;
  }
  if (std::holds_alternative<cancel_request>(asked)) return cancel_report{{"a"}};
  return done{};
}

bool fits(const value& v, port_kind kind) {
  if (v.is_null() || kind == port_kind::any) return true;
  return to_string(v.type()) == to_string(kind);
}

void outputs_are_as_declared(const block_type& t, const completion& c) {
  REQUIRE(c.outputs.size() == t.outputs.size());
  for (std::size_t i = 0; i < c.outputs.size(); ++i) {
    INFO("output " << t.outputs[i].name << " is " << to_json(c.outputs[i]));
    CHECK(fits(c.outputs[i], t.outputs[i].kind));
  }
  if (!t.stateful) CHECK_FALSE(c.new_state.has_value());
}

bool same(const result<completion>& a, const result<completion>& b) {
  if (a.ok() != b.ok()) return false;
  if (!a.ok()) return a.error() == b.error();
  return a->outputs == b->outputs && a->new_state == b->new_state &&
         a->observed_at == b->observed_at;
}

/// One evaluation to its end, with the given answers.
result<completion> finished(block_fixture& b, const value::object& given, random_source answers) {
  auto next = b.evaluate(given);
  if (!next.ok()) return next.error();
  if (auto* c = std::get_if<completion>(&*next)) return *c;
  const bool changes = std::holds_alternative<order_request>(*next) ||
                       std::holds_alternative<cancel_request>(*next) ||
                       std::holds_alternative<notification>(*next);
  CHECK(b.type().effect == (changes ? effect_class::effectful : effect_class::idempotent));
  return b.resume(random_answer(answers, *next));
}

value::object random_inputs(const block_type& t, random_source& random) {
  value::object given;
  for (const auto& p : t.inputs) {
    // Mostly of the right kind, so that more than the refusals is reached.
    value v = random_value(random);
    if (p.kind == port_kind::number && random() % 4 != 0) v = random_decimal(random);
    if (p.kind == port_kind::boolean && random() % 4 != 0) v = value(random() % 2 == 0);
    given.emplace_back(p.name, std::move(v));
  }
  return given;
}

}  // namespace

TEST_CASE("the library holds every type of the contract") {
  const std::set<std::string> expected{"polymarket",
                                       "luno",
                                       "kalshi",
                                       "binance",
                                       "coinbase",
                                       "bybit",
                                       "kraken",
                                       "dydx",
                                       "paper",
                                       "http",
                                       "replay",
                                       "price_cross",
                                       "volume_spike",
                                       "rsi_signal",
                                       "time_trigger",
                                       "webhook",
                                       "event_listener",
                                       "manual_trigger",
                                       "and",
                                       "or",
                                       "not",
                                       "compare",
                                       "threshold",
                                       "if",
                                       "switch",
                                       "math",
                                       "venue_price",
                                       "calculate_spread",
                                       "calculate_profit",
                                       "threshold_check",
                                       "buy",
                                       "sell",
                                       "cancel",
                                       "notify",
                                       "stop_loss",
                                       "take_profit",
                                       "position_size",
                                       "max_trades",
                                       "daily_loss",
                                       "max_drawdown",
                                       "risk_check"};
  std::set<std::string> found;
  for (const auto* t : library().all()) CHECK(found.insert(t->name).second);
  CHECK(found == expected);
}

TEST_CASE("every type is well formed and says what it means") {
  for (const auto* t : library().all()) {
    CAPTURE(t->name);
    CHECK(check_block_type(*t).ok());
    CHECK(t->summary.back() == '.');
    for (const auto& p : t->properties) CHECK_FALSE(p.help.empty());
    for (const auto& p : t->inputs) CHECK_FALSE(p.help.empty());
  }
}

TEST_CASE("every type makes a block from its defaults and its required properties") {
  for (const auto* t : library().all()) {
    for (const auto& properties : property_sets(*t)) {
      CAPTURE(t->name, to_json(value(properties)));
      const auto made = block_fixture(t->name, properties).make();
      INFO((made.ok() ? std::string() : made.error().to_string()));
      CHECK(made.ok());
    }
  }
}

TEST_CASE("make() survives properties of every kind") {
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  random_source random(seed);
  for (const auto* t : library().all()) {
    for (int i = 0; i < 30; ++i) {
      value::object properties;
      for (const auto& p : t->properties) properties.emplace_back(p.name, random_value(random));
      for (const auto& p : t->inputs) properties.emplace_back(p.name, random_value(random));
      CAPTURE(t->name, to_json(value(properties)));
      const auto made = block_fixture(t->name, properties).make();
      if (!made.ok()) CHECK_FALSE(made.error().message.empty());
    }
  }
}

TEST_CASE("inputs that are all null fail clearly or complete, and never crash") {
  for (const auto* t : library().all()) {
    for (const auto& properties : property_sets(*t)) {
      block_fixture b(t->name, properties);
      value::object nulls;
      for (const auto& p : t->inputs) nulls.emplace_back(p.name, nullptr);
      CAPTURE(t->name, to_json(value(properties)));
      const auto c = finished(b, nulls, random_source(1));
      if (c.ok()) {
        outputs_are_as_declared(*t, *c);
      } else if (c.error().code == errc::invalid_argument) {
        CHECK(mentions(c.error(), t->name));
      }
    }
  }
}

TEST_CASE("random inputs and states: declared outputs or a clear failure, and the same again") {
  const std::uint64_t seed = 20260301;
  CAPTURE(seed);
  random_source random(seed);
  for (const auto* t : library().all()) {
    for (const auto& properties : property_sets(*t)) {
      block_fixture one(t->name, properties), two(t->name, properties);
      std::size_t completed = 0;
      for (int i = 0; i < 150; ++i) {
        const auto given = random_inputs(*t, random);
        if (random() % 20 == 0) one.state = random_value(random);
        one.trigger = two.trigger = random_value(random);
        two.state = one.state;
        CAPTURE(t->name, i, to_json(value(given)), to_json(one.state));
        const random_source answers(random());
        const auto first = finished(one, given, answers);
        const auto second = finished(two, given, answers);
        CHECK(same(first, second));
        CHECK(one.state == two.state);
        if (!first.ok()) {
          CHECK_FALSE(first.error().message.empty());
          CHECK(first.error().code != errc::internal);
          continue;
        }
        ++completed;
        outputs_are_as_declared(*t, *first);
        std::string stored;
        encode(one.state, stored);
        std::string_view rest = stored;
        const auto restored = decode_value(rest);
        REQUIRE(restored.ok());
        CHECK(*restored == one.state);
      }
      CAPTURE(t->name);
      CHECK(completed > 0);
    }
  }
}
