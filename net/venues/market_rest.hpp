// Job: prices and order books of one venue by its public REST API, within the limit that it
//      publishes: a question that has to wait for its turn waits, unless it could not leave in
//      time; and none leaves while the venue has asked for a pause.
// Old answers: one that is older than the one before it, or than `stale_after`, is unavailable, and
//      no price (poll_judge).
// Shared: who asks for what is under way already gets that answer, and its error.
// Owns: one I/O thread (rest_client's), on which every completion runs.
// Threads: ask(), stop() and health() from any.
// Errors: as venue::fetch_market(); resource_exhausted without a status: this host kept it back.
// Bounds: the caller bounds the calls under way. A question has `timeout`, from the first call on.
// Tests: tests/net/market_venue_test.cpp
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "net/venues/market_dialect.hpp"
#include "net/venues/poll_judge.hpp"
#include "net/venues/request_window.hpp"
#include "net/venues/rest_client.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

struct market_options {
  std::string name;
  std::string url{};                ///< http[s]://HOST[:PORT]; empty: the venue's own.
  std::filesystem::path ca_file{};  ///< Whose certificates to believe; none: the system's.
  milliseconds timeout{5'000};      ///< Waiting for its turn, connecting, writing, reading.
  /// Without a word of the venue's on how long: no request for so long after a refusal as too many.
  milliseconds pause{1'000};
  std::size_t max_connections = 4;
  std::size_t max_pending = 1'024;   ///< Calls under way at once.
  unsigned depth = 10;               ///< Levels per side of the order book.
  bool stream = false;               ///< Prices and books come by the venue's public stream, too.
  milliseconds stale_after{10'000};  ///< Without news for so long nothing is believed.
};

class market_rest : public std::enable_shared_from_this<market_rest> {
 public:
  using completion = venue::completion<market_data>;

  /// As read_rest_url().
  static result<std::shared_ptr<market_rest>> open(market_options options,
                                                   std::shared_ptr<const market_dialect> dialect,
                                                   std::shared_ptr<const wall_clock> clock);

  /// Precondition: price or book. Empty: it has stopped, `then` will not be called.
  cancel_call ask(const std::string& symbol, bool price, bool book, completion then);
  /// Of what was asked for lately.
  feed_health health() const;
  /// Answers all that wait, and ends the thread. Idempotent.
  void stop();
  rest_client& client() noexcept { return *client_; }

 private:
  struct inquiry;
  using inquiry_ptr = std::shared_ptr<inquiry>;
  using time = request_window::time;
  struct waiter;

  market_rest(market_options options, std::shared_ptr<const market_dialect> dialect,
              std::shared_ptr<const wall_clock> clock, std::shared_ptr<rest_client> client);
  void join(const std::shared_ptr<waiter>& mine);
  void leave(const std::shared_ptr<waiter>& mine);
  void start(const inquiry_ptr& all);
  void send(const inquiry_ptr& all, const market_question& question);
  void on_answer(const inquiry_ptr& all, const market_question& question, rest_answer answer);
  status read(const market_question& question, const rest_answer& answer, market_reading& into);
  void finish_part(const inquiry_ptr& all);
  void end(const inquiry_ptr& all, result<market_data> answer);
  error kept_back(time until) const;
  feed_time now() const;
  status is_news(const inquiry_ptr& all, const market_question& question,
                 const rest_answer& answer);

  const market_options options_;
  const std::shared_ptr<const market_dialect> dialect_;
  const std::shared_ptr<const wall_clock> clock_;
  const std::shared_ptr<rest_client> client_;

  // On the I/O thread only.
  request_window window_;
  std::map<std::tuple<std::string, bool, bool>, inquiry_ptr> asked_;  ///< Under way.

  mutable std::mutex mutex_;
  poll_judge polls_;  // under mutex_
};

}  // namespace pitwall
