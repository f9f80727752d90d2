// What is promised of fills and positions, in a whole house of actors whose routers die and whose
// process is killed.
#include "tests/actors/house.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;

std::string trader(const std::string& bot, const std::string& side, const std::string& amount,
                   const std::string& type, const std::string& price = "0") {
  return R"({"bot_id": ")" + bot + R"(", "blocks": [{"id": "order", "type": ")" + side +
         R"(", "category": "actions", "properties": {"symbol": "BTC/USDT", "amount": ")" + amount +
         R"(", "order_type": ")" + type + R"(", "venue": "paper", "signal": true)" +
         (price == "0" ? "" : R"(, "price": ")" + price + "\"") + R"(}}]})";
}

/// Each fill in three, always the same three.
void split(order_report& r) {
  std::vector<order_fill> parts;
  for (const auto& f : r.fills) {
    const auto part = div(f.quantity, 4).value();
    auto rest = f, piece = f;
    piece.quantity = part;
    piece.fee = decimal();
    rest.quantity = sub(f.quantity, add(part, part).value()).value();
    for (const auto& p : {piece, piece, rest}) parts.push_back(p);
  }
  r.fills = std::move(parts);
}

std::map<std::string, decimal> positions(house& h) {
  const auto view = h.risk_view();
  std::map<std::string, decimal> out;
  for (const auto& p : view.find("positions")->as_list())
    out[std::string(p.find("bot_id")->as_text())] = p.find("quantity")->as_number();
  return out;
}

void check_promises(house& h) {
  const auto all = h.storage.events->read({0, 1'000'000, {}, {}});
  REQUIRE(all.ok());
  REQUIRE(all->at_end);
  std::map<std::string, decimal> ordered, filled, held;
  std::set<std::string> sells;
  decimal bought;
  std::map<std::string, int> ends;
  for (const auto& e : all->events) {
    if (const auto* i = std::get_if<order_intent>(&e.what.body)) {
      CHECK(ordered.emplace(i->client_order_id, i->order.amount).second);
      if (i->order.side == order_side::sell) sells.insert(i->client_order_id);
    } else if (const auto* f = std::get_if<order_filled>(&e.what.body)) {
      const auto& id = f->client_order_id;
      CAPTURE(id);
      REQUIRE(ordered.contains(id));
      CHECK(ends[id] == 0);
      filled[id] = add(filled[id], f->fill.quantity).value();
      CHECK(filled[id] <= ordered[id]);
      if (f->complete) {
        CHECK(filled[id] == ordered[id]);
        ++ends[id];
      }
      const bool buys = f->order.side == order_side::buy;
      const auto amount = buys ? f->fill.quantity : -f->fill.quantity;
      held[e.scope->bot_id] = add(held[e.scope->bot_id], amount).value();
      bought = add(bought, amount).value();
    } else if (const auto* c = std::get_if<order_canceled>(&e.what.body)) {
      CHECK(ends[c->client_order_id]++ == 0);
    } else if (const auto* r = std::get_if<order_rejected>(&e.what.body)) {
      CHECK(ends[r->client_order_id]++ == 0);
      CHECK(filled[r->client_order_id].is_zero());
    }
  }
  std::erase_if(held, [](const auto& of) { return of.second.is_zero(); });
  CHECK(positions(h) == held);
  // What rests to be sold is not free.
  auto free = add(decimal(100), bought).value();
  for (const auto& id : sells)
    if (ends[id] == 0) free = sub(free, sub(ordered[id], filled[id]).value()).value();
  CHECK(free.to_string() == h.held("BTC").to_string());
}

}  // namespace

TEST_CASE("property: no order fills beyond its amount, and positions are the sums of the fills") {
  std::size_t fills = 0, deaths = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    estate left;
    constexpr int lives = 3;
    for (int life = 0; life < lives; ++life) {
      left.rules.limits = risk_limits::none();
      house h(seed + static_cast<std::uint64_t>(life) * 1'000, std::move(left));
      *h.door->retell = split;
      std::vector<workflow_actor> all;
      for (const auto& bot : {std::string("a"), std::string("b")})
        for (const auto& text :
             {trader(bot, "buy", "0.4", "market"), trader(bot, "sell", "0.3", "market"),
              trader(bot, "buy", "2", "IOC", "61000"), trader(bot, "buy", "0.2", "limit", "100000"),
              trader(bot, "sell", "0.1", "limit", "90000")})
          all.push_back(h.deploy(text, bot + std::to_string(all.size())));
      h.recover();
      h.pass(1s);
      for (int round = 0; round < 6; ++round) {
        for (int i = 0; i < 3; ++i) h.start(all[random() % all.size()]);
        h.paper->set_deferred_submits(random() % 3 == 0);
        h.run_some(random() % 200);
        if (random() % 3 == 0) h.paper->flush();
        if (random() % 4 == 0) {
          caf::anon_send(h.shared->venues.find("paper")->router, ask_again{});
          if (const auto who = h.next_named("order_router")) {
            ++deaths;
            caf::anon_send_exit(who, caf::exit_reason::kill);
          }
        }
        h.run_some(random() % 100);
        if (random() % 3 == 0) h.pass(2s);
      }
      if (life + 1 < lives) {
        left = h.kill(1s);
        continue;
      }
      h.paper->set_deferred_submits(false);
      h.paper->flush();
      h.pass(2min);
      check_promises(h);
      fills += h.events->all<order_filled>().size();
      *h.door->retell = nullptr;
    }
  }
  CHECK(fills > 200);
  CHECK(deaths > 50);
}

}  // namespace pitwall::test
