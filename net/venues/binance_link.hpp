// Job: requests to a Binance-like venue: public and private ones, the venue's clock, and what a
//      failure means.
// Time: private requests carry the venue's own time, reckoned from its last answer by the
//      monotonic clock. The reckoning is never ahead of the venue (an answer is older than its
//      receipt), whatever the wall clock here does.
// Threads: the client's I/O thread. Tests: tests/net/binance_venue_test.cpp
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/venues/binance_messages.hpp"
#include "net/venues/binance_options.hpp"
#include "net/venues/rest_client.hpp"

namespace pitwall {

struct binance_reply {
  rest_answer raw;
  std::optional<binance::refusal> refused;  ///< Of an answer that is no success.

  bool ok() const noexcept { return raw.fate == rest_fate::answered && raw.status / 100 == 2; }
  bool refused_with(std::int64_t code) const noexcept { return refused && refused->code == code; }
  bool rate_limited() const noexcept {
    return raw.fate == rest_fate::answered && (raw.status == 429 || raw.status == 418);
  }
  /// What happened, in one sentence. Precondition: not ok().
  std::string explain() const;
  /// unavailable, resource_exhausted (rate limits), invalid_argument (unknown symbol).
  error to_error(const std::string& where) const;
};

class binance_link : public std::enable_shared_from_this<binance_link> {
 public:
  using completion = std::function<void(binance_reply)>;

  binance_link(const binance_options& options, std::shared_ptr<rest_client> client);

  /// A public request.
  void get(const std::string& path, const std::string& parameters, completion then);
  /// A private one; reads the venue's clock first where it is not known.
  void ask(const char* method, const std::string& path, const std::string& parameters,
           rest_rank rank, completion then);
  /// The question as it is.
  void send(rest_question question, completion then);

  /// Reads the venue's clock now.
  void read_time(std::function<void(result<std::int64_t>)> then);
  /// Calls it as soon as the venue's clock is known, or with the reason why it is not.
  void with_time(std::function<void(status)> then);
  /// Milliseconds, not ahead of the venue's own. Precondition: with_time() has succeeded.
  std::int64_t venue_now() const;
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

  const binance_options options_;
  const std::shared_ptr<rest_client> client_;
  std::optional<reading> last_;
  std::optional<std::int64_t> first_;
  steady::time_point tried_;
  std::vector<std::function<void(status)>> waiting_for_time_;
};

}  // namespace pitwall
