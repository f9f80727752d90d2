#include "runtime/risk/emergency.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "tests/support/catch.hpp"

using namespace pitwall;

namespace {

using level = emergency_level;
using action = emergency_action;

emergency_command command(action a, std::string scope = "global") {
  return {a, std::move(scope), "because", "ada", "manual"};
}

// Decides and applies; gives back what was decided.
result<emergency_change> run(emergency_book& book, const emergency_command& c) {
  auto change = book.decide(c);
  if (change.ok()) book.apply(*change);
  return change;
}

void must(emergency_book& book, const emergency_command& c) { REQUIRE(run(book, c).ok()); }

emergency_book book_at(level l) {
  emergency_book book;
  book.apply({"global", level::normal, l});
  return book;
}

}  // namespace

TEST_CASE("states and actions have texts") {
  for (auto l : {level::normal, level::alert, level::halt, level::shutdown}) {
    CHECK(*emergency_level_from_string(to_string(l)) == l);
  }
  CHECK(to_string(level::halt) == "halt");
  CHECK(*emergency_action_from_string("alert") == action::alert);
  CHECK(*emergency_action_from_string("halt") == action::halt);
  CHECK(*emergency_action_from_string("resume") == action::resume);
  CHECK(*emergency_action_from_string("shutdown") == action::shutdown);
  for (const char* text : {"", "Halt", "normal ", "HALT", "stop"}) {
    CAPTURE(text);
    CHECK(emergency_level_from_string(text).error().code == errc::invalid_argument);
    CHECK_FALSE(emergency_action_from_string(text).error().remedy.empty());
  }
}

TEST_CASE("what trades and what operates") {
  CHECK(can_trade(level::normal));
  CHECK(can_trade(level::alert));
  CHECK_FALSE(can_trade(level::halt));
  CHECK_FALSE(can_trade(level::shutdown));
  CHECK(can_operate(level::halt));
  CHECK_FALSE(can_operate(level::shutdown));
}

TEST_CASE("scopes are global or a kind and a name") {
  for (const char* scope :
       {"global", "venue:paper", "bot:b 1", "strategy:a:b", "venue:nowhere", "bot:\xc3\xa4"}) {
    CAPTURE(scope);
    CHECK(emergency_book::check_scope(scope).ok());
  }
  for (const auto& scope : {std::string(), std::string("Global"), std::string("global "),
                            std::string("venue"), std::string("venue:"), std::string("venue:  "),
                            std::string("host:a"), std::string("bot :a"), std::string("bot:a\nb"),
                            std::string("bot:a\0b", 7), "bot:" + std::string(300, 'a')}) {
    CAPTURE(scope);
    auto checked = emergency_book::check_scope(scope);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().code == errc::invalid_argument);
    CHECK_FALSE(checked.error().remedy.empty());
    CHECK_FALSE(emergency_book().decide(command(action::halt, scope)).ok());
  }
}

TEST_CASE("every action from every state") {
  struct row {
    level from;
    action what;
    bool allowed;
    level to;
  };
  for (const auto& r : {row{level::normal, action::alert, true, level::alert},
                        row{level::normal, action::halt, true, level::halt},
                        row{level::normal, action::resume, true, level::normal},
                        row{level::normal, action::shutdown, true, level::shutdown},
                        row{level::alert, action::alert, true, level::alert},
                        row{level::alert, action::halt, true, level::halt},
                        row{level::alert, action::resume, true, level::normal},
                        row{level::alert, action::shutdown, true, level::shutdown},
                        row{level::halt, action::alert, false, level::halt},
                        row{level::halt, action::halt, true, level::halt},
                        row{level::halt, action::resume, true, level::normal},
                        row{level::halt, action::shutdown, true, level::shutdown},
                        row{level::shutdown, action::alert, false, level::shutdown},
                        row{level::shutdown, action::halt, true, level::shutdown},
                        row{level::shutdown, action::resume, false, level::shutdown},
                        row{level::shutdown, action::shutdown, true, level::shutdown}}) {
    CAPTURE(to_string(r.from), static_cast<int>(r.what));
    auto book = book_at(r.from);
    auto change = run(book, command(r.what));
    REQUIRE(change.ok() == r.allowed);
    CHECK(book.level("global") == r.to);
    if (r.allowed) {
      CHECK(*change == emergency_change{"global", r.from, r.to});
    } else {
      CHECK(change.error().code == errc::failed_precondition);
      CHECK(change.error().where == "global");
      CHECK_FALSE(change.error().remedy.empty());
    }
  }
}

TEST_CASE("resume asks for an operator and a reason") {
  auto book = book_at(level::halt);
  auto c = command(action::resume);
  c.operator_name = " ";
  CHECK(run(book, c).error().code == errc::invalid_argument);
  c = command(action::resume);
  c.reason = "";
  CHECK(run(book, c).error().code == errc::invalid_argument);
  CHECK(book.level("global") == level::halt);
  CHECK(run(book, command(action::resume)).ok());
  CHECK(book.level("global") == level::normal);
  // A halt never waits for explanations.
  CHECK(run(book, {action::halt, "global", "", "", "limit"}).ok());
  CHECK(book.level("global") == level::halt);
}

TEST_CASE("the strictest scope that applies counts") {
  emergency_book book;
  book.apply({"venue:v", level::normal, level::alert});
  book.apply({"bot:b", level::normal, level::halt});
  CHECK(book.effective("v", "", "") == level::alert);
  CHECK(book.effective("v", "b", "s") == level::halt);
  CHECK(book.effective("w", "c", "s") == level::normal);
  CHECK(book.effective("b", "v", "") == level::normal);
  book.apply({"strategy:s", level::normal, level::shutdown});
  CHECK(book.effective("v", "b", "s") == level::shutdown);
  CHECK(book.effective("v", "b", "") == level::halt);
  book.apply({"global", level::normal, level::halt});
  CHECK(book.effective("", "", "") == level::halt);
  CHECK(book.effective("w", "c", "t") == level::halt);
}

TEST_CASE("names that begin alike are different scopes") {
  emergency_book book;
  book.apply({"bot:ab", level::normal, level::halt});
  for (const char* other : {"a", "abc", "", "b", "bot:ab"}) {
    CAPTURE(other);
    CHECK(book.effective("", other, "") == level::normal);
  }
  CHECK(book.effective("", "ab", "") == level::halt);
  CHECK(book.effective("ab", "", "ab") == level::normal);
}

TEST_CASE("a permit dies with the next closing of what applies to it, and stays dead") {
  emergency_book book;
  const auto before = book.grant("v", "b", "s");
  CHECK(book.allows(before));
  must(book, command(action::alert));
  CHECK(book.allows(before));
  must(book, command(action::halt, "bot:other"));
  CHECK(book.allows(before));
  must(book, command(action::halt, "bot:b"));
  CHECK_FALSE(book.allows(before));
  const auto while_closed = book.grant("v", "b", "s");
  CHECK_FALSE(book.allows(while_closed));
  must(book, command(action::resume, "bot:b"));
  CHECK_FALSE(book.allows(before));
  CHECK_FALSE(book.allows(while_closed));
  CHECK(book.allows(book.grant("v", "b", "s")));
}

TEST_CASE("a permit nobody granted is never good") {
  CHECK_FALSE(emergency_book().allows({}));
  CHECK_FALSE(emergency_book().allows({0, "v", "b", "s"}));
}

TEST_CASE("idempotent commands change nothing, not even the epoch") {
  auto book = book_at(level::halt);
  const auto epoch = book.epoch();
  for (int i = 0; i < 3; ++i) {
    auto change = run(book, command(action::halt));
    REQUIRE(change.ok());
    CHECK(change->previous == change->next);
  }
  must(book, command(action::resume, "bot:never_seen"));
  CHECK(book.epoch() == epoch);
  CHECK(book.scopes().size() == 1);
}

namespace {

// The same rules, said another way: every order remembers by itself whether it was cut off.
struct naive_book {
  std::vector<std::pair<std::string, level>> history;
  struct order {
    order_permit permit;
    bool dead;
  };
  std::vector<order> orders;

  level at(const std::string& scope) const {
    auto l = level::normal;
    for (const auto& [s, to] : history) {
      if (s == scope) l = to;
    }
    return l;
  }
  static bool applies(const std::string& scope, const order_permit& p) {
    return scope == "global" || scope == "venue:" + p.venue || scope == "bot:" + p.bot_id ||
           scope == "strategy:" + p.strategy_id;
  }
  level strictest(const order_permit& p) const {
    auto l = level::normal;
    for (const auto& h : history) {
      if (applies(h.first, p)) l = std::max(l, at(h.first));
    }
    return l;
  }
  // Whether the command is accepted.
  bool run(const emergency_command& c) {
    const auto from = at(c.scope);
    auto to = from;
    if (c.action == action::alert) {
      if (!can_trade(from)) return false;
      to = level::alert;
    } else if (c.action == action::halt) {
      to = std::max(from, level::halt);
    } else if (c.action == action::shutdown) {
      to = level::shutdown;
    } else if (c.operator_name.empty() || c.reason.empty() || from == level::shutdown) {
      return false;
    } else {
      to = level::normal;
    }
    history.emplace_back(c.scope, to);
    for (auto& o : orders) {
      if (!can_trade(to) && applies(c.scope, o.permit)) o.dead = true;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("property: the book agrees with a naive history of orders and commands") {
  const std::uint64_t seed = 2'026;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::vector<std::string> scopes = {"global", "venue:x",    "venue:y",   "bot:x",
                                           "bot:y",  "strategy:x", "strategy:y"};
  const std::vector<std::string> names = {"", "x", "y", "z"};
  const auto name = [&] { return names[random() % names.size()]; };
  for (int round = 0; round < 300; ++round) {
    emergency_book book;
    naive_book naive;
    for (int step = 0; step < 40; ++step) {
      CAPTURE(round, step);
      const auto draw = random() % 100;
      auto c = command(draw < 30   ? action::halt
                       : draw < 70 ? action::resume
                       : draw < 98 ? action::alert
                                   : action::shutdown,
                       scopes[random() % scopes.size()]);
      if (random() % 8 == 0) c.operator_name.clear();
      if (random() % 8 == 0) c.reason.clear();
      const auto epoch = book.epoch();
      const auto change = run(book, c);
      REQUIRE(change.ok() == naive.run(c));
      REQUIRE(book.level(c.scope) == naive.at(c.scope));
      const bool closed =
          change.ok() && change->previous != change->next && !can_trade(change->next);
      REQUIRE(book.epoch() == epoch + (closed ? 1 : 0));

      auto permit = book.grant(name(), name(), name());
      REQUIRE(book.effective(permit.venue, permit.bot_id, permit.strategy_id) ==
              naive.strictest(permit));
      naive.orders.push_back({permit, !can_trade(naive.strictest(permit))});
      for (const auto& o : naive.orders) REQUIRE(book.allows(o.permit) == !o.dead);
    }
  }
}

TEST_CASE("a book restored from the last change of each scope is as strict as the live one") {
  const std::uint64_t seed = 9;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::vector<std::string> scopes = {"global", "venue:x", "bot:x", "strategy:x"};
  for (int round = 0; round < 200; ++round) {
    emergency_book live, restored;
    for (int step = 0; step < 10; ++step) {
      const auto c = command(static_cast<action>(random() % 4), scopes[random() % scopes.size()]);
      static_cast<void>(run(live, c));  // What is refused changes nothing.
    }
    for (const auto& [scope, e] : live.scopes()) restored.apply({scope, level::normal, e.level});
    for (const char* venue : {"", "x", "y"}) {
      for (const char* bot : {"", "x", "y"}) {
        REQUIRE(restored.effective(venue, bot, "x") == live.effective(venue, bot, "x"));
        const auto permit = restored.grant(venue, bot, "");
        REQUIRE(restored.allows(permit) == can_trade(live.effective(venue, bot, "")));
      }
    }
  }
}
