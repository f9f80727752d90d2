// Requests that nobody waits for any more, against a server that stays silent.
#include "net/venues/rest_client.hpp"

#include <atomic>

#include "tests/net/binance_fixture.hpp"
#include "tests/net/scripted_server.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// Targets that begin with /mute are never answered.
std::optional<std::string> mute(const std::string& target) {
  if (target.starts_with("/mute")) return std::nullopt;
  return http_answer(200, target);
}

struct caller {
  scripted_server server{mute};
  std::shared_ptr<rest_client> client;

  explicit caller(std::size_t connections = 1, std::size_t more_for_first = 0)
      : client(rest_client::start({.at = {.host = "127.0.0.1", .port = server.number()},
                                   .name = "127.0.0.1",
                                   .headers = {},
                                   .max_connections = connections,
                                   .more_for_first = more_for_first})) {}
  ~caller() { client->stop(); }

  std::pair<rest_call, awaited<rest_answer>> ask(const std::string& target,
                                                 milliseconds patience = milliseconds(60'000),
                                                 rest_rank rank = rest_rank::normal) {
    awaited<rest_answer> out;
    auto call = client->ask({"GET", [target] { return std::optional(target); }, patience, rank},
                            out.completion());
    return {call, std::move(out)};
  }
};

}  // namespace

TEST_CASE("a request that has left is cancelled: its connection is closed", "[rest]") {
  caller k;
  auto [call, answer] = k.ask("/mute");
  REQUIRE(k.server.await_arrived("/mute"));
  REQUIRE(k.server.open() == 1);
  k.client->cancel(call);
  const auto a = answer.get();
  CHECK(a.fate == rest_fate::lost);
  CHECK_FALSE(a.late);
  CHECK(k.server.await_open(0));
  CHECK(k.ask("/next").second.get().body == "/next");
  // Again, and of one that was answered: nothing happens.
  k.client->cancel(call);
  auto [done, answered] = k.ask("/done");
  CHECK(answered.get().body == "/done");
  k.client->cancel(done);
  CHECK(k.ask("/after").second.get().body == "/after");
  CHECK(k.server.open() == 1);
}

TEST_CASE("a request that waits for a connection is cancelled: it never leaves", "[rest]") {
  caller k;
  auto [first, never] = k.ask("/mute");
  REQUIRE(k.server.await_arrived("/mute"));
  auto [second, waiting] = k.ask("/waiting");
  auto [third, served] = k.ask("/served");
  k.client->cancel(second);
  CHECK(waiting.get().fate == rest_fate::not_sent);
  CHECK_FALSE(never.is_there());
  CHECK(k.server.open() == 1);
  k.client->cancel(first);
  CHECK(never.get().fate == rest_fate::lost);
  CHECK(served.get().body == "/served");
  CHECK(k.server.arrived("/waiting") == 0);
}

TEST_CASE("what comes first has connections besides those that all others wait for", "[rest]") {
  caller k(1, 2);
  const auto first = [&](const std::string& target) {
    return k.ask(target, milliseconds(60'000), rest_rank::first).second;
  };
  auto held = k.ask("/mute").second;
  REQUIRE(k.server.await_arrived("/mute"));
  auto waiting = k.ask("/waiting").second;
  CHECK(first("/one").get().body == "/one");
  CHECK_FALSE(waiting.is_there());  // An idle one is not for it.
  auto second = first("/mute-2"), third = first("/mute-3"), fourth = first("/four");
  REQUIRE(k.server.await_arrived("/mute-2"));
  REQUIRE(k.server.await_arrived("/mute-3"));
  CHECK(k.server.open() == 3);
  CHECK_FALSE(fourth.is_there());
  k.server.release("/mute-2", http_answer(200, "now"));
  CHECK(second.get().body == "now");
  CHECK(fourth.get().body == "/four");
  CHECK(k.server.arrived("/waiting") == 0);
  k.server.release("/mute", http_answer(200, "now"));
  CHECK(held.get().body == "now");
  CHECK(third.get().body == "now");
  CHECK(waiting.get().body == "/waiting");
}

TEST_CASE("what comes first takes no connection from the others, where it has its own", "[rest]") {
  caller k(1, 1);
  auto first = k.ask("/mute", milliseconds(60'000), rest_rank::first).second;
  REQUIRE(k.server.await_arrived("/mute"));
  auto behind = k.ask("/behind", milliseconds(60'000), rest_rank::first).second;
  CHECK(k.ask("/order").second.get().body == "/order");
  CHECK_FALSE(behind.is_there());
  k.server.release("/mute", http_answer(200, "now"));
  CHECK(first.get().body == "now");
  CHECK(behind.get().body == "/behind");
}

TEST_CASE("a request that the client has not seen yet is cancelled: it never leaves", "[rest]") {
  caller k;
  REQUIRE(k.ask("/before").second.get().body == "/before");  // A connection stands ready.
  awaited<rest_answer> answer;
  k.client->post([&] {
    k.client->cancel(k.client->ask({"GET", [] { return std::optional<std::string>("/early"); }},
                                   answer.completion()));
  });
  CHECK(answer.get().fate == rest_fate::not_sent);
  CHECK(k.ask("/next").second.get().body == "/next");
  CHECK(k.server.arrived("/early") == 0);
}

TEST_CASE("what a cut connection still has to say is no part of the next answer", "[rest]") {
  caller k;
  awaited<rest_answer> first, second;
  rest_call call;
  // While the request leaves, the client's thread is kept until its answer is there; it is read,
  // and before that is seen, the call is cancelled and the next one asked.
  const auto leave = [&]() -> std::optional<std::string> {
    k.client->post([&] {
      k.server.await_answered(1);
      k.client->cancel(call);
      k.client->ask({"GET", [] { return std::optional<std::string>("/second"); }},
                    second.completion());
    });
    return "/first";
  };
  k.client->post([&] { call = k.client->ask({"GET", leave}, first.completion()); });
  CHECK(second.get().body == "/second");
  CHECK(first.get().fate == rest_fate::lost);
}

TEST_CASE("a request may be cancelled after the client's end", "[rest]") {
  rest_call call;
  {
    caller k;
    auto [asked, answer] = k.ask("/mute");
    call = asked;
    REQUIRE(k.server.await_arrived("/mute"));
    k.client->stop();
    CHECK(answer.get().fate == rest_fate::lost);
    k.client->cancel(call);
    k.client->cancel(k.ask("/late").first);
  }
  CHECK(call.expired());
}

TEST_CASE("a request that is too late says so, and its connection is not used again", "[rest]") {
  caller k;
  auto late = k.ask("/mute", milliseconds(2'000)).second.get();
  CHECK(late.late);
  CHECK(late.fate == rest_fate::lost);
  CHECK(k.server.await_open(0));
  auto [first, never] = k.ask("/mute");
  late = k.ask("/waiting", milliseconds(30)).second.get();
  CHECK(late.late);
  CHECK(late.fate == rest_fate::not_sent);
  CHECK_FALSE(never.is_there());
}

TEST_CASE("cancels that race with answers: one word each, and the right one", "[rest]") {
  caller k(4);
  constexpr int callers = 3, calls = 400;
  std::atomic<int> answered{0}, ended{0}, wrong{0}, words{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < callers; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) {
        const std::string target = "/" + std::to_string(t) + "/" + std::to_string(i);
        awaited<rest_answer> out;
        const auto call = k.client->ask({"GET", [target] { return std::optional(target); }},
                                        [&words, then = out.completion()](rest_answer a) {
                                          ++words;
                                          then(std::move(a));
                                        });
        const auto until = std::chrono::steady_clock::now() + microseconds(i % 100);
        while (std::chrono::steady_clock::now() < until) continue;
        if (i % 2 == 0) k.client->cancel(call);
        const auto a = out.get();
        const bool whole = a.fate == rest_fate::answered;
        ++(whole ? answered : ended);
        if (whole ? a.body != target : i % 2 != 0) ++wrong;
      }
    });
  }
  for (auto& t : threads) t.join();
  k.client->stop();
  CHECK(words == callers * calls);
  CHECK(answered >= callers * calls / 2);
  CHECK(ended > 0);
  CHECK(wrong == 0);
  CHECK(k.server.await_open(0));
}
