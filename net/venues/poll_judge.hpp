// Job: whether an answer of a venue that is polled is news, and how its symbols are: one that is
//      older than the answer before, or too old by itself, is none, and gives no price.
// Old: by the time that the venue says of it; where it says none, by its `Date`, which names a
//      second, and comes from one server or another: by more than a second, that is.
// Health: a symbol is live while its last question brought news, or news is younger than
//      stale_after; one that nobody asks for is neither ill nor well, and is left out after a
//      while.
// Time: given. Threads: one owner.
// Errors: unavailable, with the status 304: the venue did answer, and no breaker counts it. Ask
//      again.
// Bounds: max_symbols, beyond which the one that was not asked for the longest is forgotten.
// Tests: tests/net/poll_judge_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "net/venues/feed_health.hpp"
#include "net/venues/feed_state.hpp"
#include "runtime/base/result.hpp"

namespace pitwall {

/// When what an answer says was so, in the venue's own words.
struct told_times {
  std::optional<timestamp> told;  ///< In what it says.
  std::optional<timestamp> date;  ///< The header.
};

class poll_judge {
 public:
  static constexpr std::size_t max_symbols = 1'000;
  static constexpr milliseconds date_slack{1'000};
  /// A symbol that was not asked for so long is nobody's concern.
  static constexpr milliseconds forgotten_after{300'000};

  explicit poll_judge(milliseconds stale_after) : stale_after_(stale_after) {}

  /// A question about the symbol begins.
  void begin(const std::string& symbol, const feed_time& now);
  /// Of one answer to one of its requests, which was so at `observed`.
  status judge(const std::string& symbol, const std::string& target, const told_times& times,
               timestamp observed, const feed_time& now);
  /// All its requests brought news, the oldest of `observed`.
  void succeed(const std::string& symbol, timestamp observed, const feed_time& now);
  void fail(const std::string& symbol, const error& why);
  /// Nobody waits for it any more.
  void leave(const std::string& symbol);

  /// connections is 0: there is no stream.
  feed_health health(const feed_time& now) const;

 private:
  using steady_time = std::chrono::steady_clock::time_point;
  struct polled {
    steady_time first{}, last{};             ///< Asked for.
    std::optional<steady_time> asked{};      ///< The question that is under way.
    std::optional<steady_time> news{};       ///< When the last news was so.
    bool failed = false;                     ///< The last question.
    std::map<std::string, told_times> at{};  ///< The latest, by target.
  };
  bool is_live(const polled& p, const feed_time& now) const;

  const milliseconds stale_after_;
  std::map<std::string, polled> symbols_;
  std::uint64_t gaps_ = 0;
  std::string last_error_;
};

}  // namespace pitwall
