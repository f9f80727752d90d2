// Job: requests to a Binance-like venue: public and private ones, the venue's clock, and what a
//      failure means.
// Time: private requests carry the venue's own time, reckoned from its last answer by the
//      monotonic clock. The reckoning is never ahead of the venue (an answer is older than its
//      receipt), whatever the wall clock here does.
// Pauses: after a 429 or 418 nothing leaves before the time that the venue names (else
//      options.pause or options.ban) is over, for it bans who goes on asking; save cancels
//      (rest_rank::first), which are worth the risk. What is kept back ends as not_sent.
// Budget: market data is held back before the venue's limit of weight is reached, and an order
//      while as many as it allows were sent (weight_budget). What is held back ends as not_sent.
// Threads: the client's I/O thread, save what says otherwise.
// Tests: tests/net/binance_venue_test.cpp, tests/net/binance_pause_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/venues/binance_messages.hpp"
#include "net/venues/binance_options.hpp"
#include "net/venues/rest_client.hpp"
#include "net/venues/weight_budget.hpp"

namespace pitwall {

struct binance_reply {
  rest_answer raw;
  std::optional<binance::refusal> refused;  ///< Of an answer that is no success.
  std::uint32_t retry_after_ms = 0;         ///< It asks to wait so long; 0: no wish.
  bool kept_back = false;  ///< The venue was not asked: it wants a pause, or its limit is near.

  bool ok() const noexcept { return raw.fate == rest_fate::answered && raw.status / 100 == 2; }
  bool refused_with(std::int64_t code) const noexcept { return refused && refused->code == code; }
  bool rate_limited() const noexcept {
    return raw.fate == rest_fate::answered && (raw.status == 429 || raw.status == 418);
  }
  /// Of an answer that is no success: what the venue said, and how long it asks to wait.
  void read_refusal(timestamp now);
  /// What happened, in one sentence. Precondition: not ok().
  std::string explain() const;
  /// resource_exhausted (rate limits; without a status: kept back), deadline_exceeded (its patience
  /// was over), invalid_argument (any other 4xx, save 408 and a time that is refused); unavailable:
  /// the rest.
  error to_error(const std::string& where) const;
};

/// Of each answer the link is to be handed these (rest_options::wanted).
std::vector<std::string> budget_headers();

/// What a request is for: what the budget may hold back.
enum class request_use : unsigned char { market, order, other };

class binance_link : public std::enable_shared_from_this<binance_link> {
 public:
  using completion = std::function<void(binance_reply)>;

  binance_link(const binance_options& options, std::shared_ptr<rest_client> client,
               std::shared_ptr<const wall_clock> clock);

  /// A public request, for market data.
  rest_call get(const std::string& path, const std::string& parameters, completion then);
  /// A private one; reads the venue's clock first where it is not known.
  void ask(const char* method, const std::string& path, const std::string& parameters,
           rest_rank rank, completion then);
  /// A private one. Precondition: with_time() has succeeded.
  rest_call ask_now(const char* method, const std::string& path, const std::string& parameters,
                    rest_rank rank, completion then, request_use use = request_use::other);
  /// The question as it is. Any thread; where the venue wants a pause, or the budget does not have
  /// `weight` for this use, it is answered at once.
  rest_call send(rest_question question, completion then, request_use use = request_use::other,
                 unsigned weight = 1);
  /// What the venue's exchangeInfo says of its limits, if anything. Any thread.
  void learn_limits(std::string_view exchange_info);

  /// Any thread. What is said of a question that is kept back now; nothing: none is.
  std::optional<binance_reply> keeps_back() const;

  /// Reads the venue's clock now.
  void read_time(std::function<void(result<std::int64_t>)> then,
                 rest_rank rank = rest_rank::normal);
  /// Calls it as soon as the venue's clock is known, or with the reason why it is not. The number
  /// of the call for forget(); 0: it was called already.
  std::uint64_t with_time(std::function<void(status)> then, rest_rank rank = rest_rank::normal);
  /// Who waits for the clock, waits no more; the question goes on.
  void forget(std::uint64_t waiting) { waiting_for_time_.erase(waiting); }
  /// Milliseconds, not ahead of the venue's own. Precondition: with_time() has succeeded.
  std::int64_t venue_now() const;
  /// How long ago the venue's clock was read. Precondition: with_time() has succeeded.
  std::chrono::nanoseconds reading_age() const;
  /// The first reading: nothing that was written before this link existed has a later timestamp.
  std::optional<std::int64_t> first_time() const noexcept { return first_; }
  /// Reads the clock where the last reading is old; called now and then.
  void keep_time();

  const binance_options& options() const noexcept { return options_; }
  rest_client& client() noexcept { return *client_; }

 private:
  using steady = std::chrono::steady_clock;
  struct reading {
    std::int64_t venue_ms = 0;
    steady::time_point received;
  };
  void learn(std::int64_t venue_ms);
  void heed(const binance_reply& reply);
  std::optional<binance_reply> keeps_back(request_use use, unsigned weight);
  /// Of an answer or none: what the venue says is used by now.
  void settle(const rest_answer& answer, unsigned weight, request_use use);

  const binance_options options_;
  const std::shared_ptr<rest_client> client_;
  const std::shared_ptr<const wall_clock> clock_;
  std::optional<reading> last_;
  std::optional<std::int64_t> first_;
  steady::time_point tried_;
  bool asked_time_ = false;  // for those who wait
  std::map<std::uint64_t, std::function<void(status)>> waiting_for_time_;
  std::uint64_t last_waiting_ = 0;

  mutable std::mutex mutex_;  // guards what follows
  weight_budget budget_;
  steady::time_point told_until_{};  // the budget has been told to hold back, of this window
  steady::time_point closed_until_{};
  unsigned closed_by_ = 0;  // the status that asked for it
};

}  // namespace pitwall
