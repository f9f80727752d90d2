// Job: the witness exchange's faults on demand: which, how likely, and the seeded dice.
// Threads: one owner.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace pitwall::test {

struct witness_faults {
  /// Probabilities, each rolled once a request.
  double drop_answer = 0;   ///< Accepted, then the connection is closed without an answer.
  double delay_answer = 0;  ///< Accepted, then answered delay_ms later.
  double unsure = 0;        ///< Accepted, then answered -1007: "execution status unknown".
  double garbage = 0;       ///< Accepted, then answered with something that is no JSON.
  double unavailable = 0;   ///< 503 before it is looked at.
  double rate_limited = 0;  ///< 429 before it is looked at.
  double close_unread = 0;  ///< The connection is reset with the request unread.
  std::int64_t delay_ms = 100;
  std::int64_t retry_after = 7;  ///< What a 429 names, in seconds; 0: nothing.
  bool hold = false;  ///< Orders wait, as if still on their way, until this is false again.
  bool down = false;  ///< Connections are refused; those that are open are closed.
  bool all = false;   ///< Faults hit every request; else only those that place an order.
  unsigned split_fills = 1;

  void merge(const nlohmann::ordered_json& from) {
    drop_answer = from.value("drop_answer", drop_answer);
    delay_answer = from.value("delay_answer", delay_answer);
    unsure = from.value("unsure", unsure);
    garbage = from.value("garbage", garbage);
    unavailable = from.value("unavailable", unavailable);
    rate_limited = from.value("rate_limited", rate_limited);
    close_unread = from.value("close_unread", close_unread);
    delay_ms = from.value("delay_ms", delay_ms);
    retry_after = from.value("retry_after", retry_after);
    hold = from.value("hold", hold);
    down = from.value("down", down);
    all = from.value("all", all);
    split_fills = from.value("split_fills", split_fills);
  }
};

class witness_dice {
 public:
  explicit witness_dice(std::uint64_t seed) : random_(seed) {}
  bool roll(double probability) {
    return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace pitwall::test
