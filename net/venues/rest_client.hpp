// Job: asks one HTTP server over a few keep-alive connections, and says of every request whether
//      its bytes have left: what an adapter needs to tell a rejection from a doubt.
// Owns: one I/O thread, on which every completion runs (save what ask() refuses at once).
// Effects: a request is written at most once; nothing is ever sent again.
// Threads: ask(), cancel(), post() and every() from any thread; stop() from any, also from a
//      completion.
// Bounds: max_connections (more_for_first); the caller bounds what waits. Every request has a
// deadline that counts
//      from ask(): waiting, connecting, writing and reading.
// Tests: tests/net/rest_client_test.cpp, tests/net/binance_desk_test.cpp
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/client/dialer.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {

struct rest_options {
  wire_place at;
  std::string name;     ///< In the Host header.
  std::string headers;  ///< Further lines of every request, each with its end.
  std::size_t max_connections = 4;
  std::size_t max_body_bytes = 16U << 20U;
  /// Connections beyond max_connections, for rank `first`, which then uses no others; 0: it uses
  /// those of all, before all.
  std::size_t more_for_first = 0;
  std::vector<std::string> wanted{};  ///< Headers of answers to hand on.
};

enum class rest_rank : unsigned char { first, normal, last };

struct rest_question {
  std::string method;
  /// Path and query. Called once, on the I/O thread, on an open connection right before the bytes
  /// leave; nothing: they do not leave.
  std::function<std::optional<std::string>()> target;
  milliseconds patience{5'000};
  rest_rank rank = rest_rank::normal;
};

/// not_sent: not a byte of the request was written. withheld: its target() gave nothing. lost: it
/// was written, in part or whole, and no answer came.
enum class rest_fate : unsigned char { answered, not_sent, withheld, lost };

struct rest_answer {
  rest_fate fate = rest_fate::not_sent;
  unsigned status = 0;
  std::string body, retry_after;
  std::string reason;                 ///< Why there is no answer.
  bool late = false;                  ///< Because its patience was over.
  std::string age{}, date{};          ///< Those headers' text, or empty.
  std::vector<std::string> wanted{};  ///< Those that the options name, in that order; or empty.
};

struct rest_job {
  rest_question asked;
  std::function<void(rest_answer)> then;
  boost::asio::steady_timer deadline;
  bool late = false, ended = false;
  std::atomic<bool> unwanted = false;  ///< Any thread. Not a byte of it may leave from now on.
};
/// A request that was asked, for as long as it has not ended.
using rest_call = std::weak_ptr<rest_job>;

class rest_connection;

class rest_client : public std::enable_shared_from_this<rest_client> {
 public:
  /// The thread runs until stop().
  static std::shared_ptr<rest_client> start(rest_options options);
  ~rest_client();
  rest_client(const rest_client&) = delete;
  rest_client& operator=(const rest_client&) = delete;

  rest_call ask(rest_question asked, std::function<void(rest_answer)> then);
  /// Ends it as not_sent or lost: one that has not left does not leave from here on, and the
  /// connection of one that has left is closed. Nothing happens to one that has ended.
  void cancel(const rest_call& call);
  /// Runs it on the I/O thread, after what was posted before. False: stopped, it will not run.
  bool post(std::function<void()> call);
  /// Calls it on the I/O thread again and again until stop().
  void every(milliseconds interval, std::function<void()> call);
  /// On the I/O thread only: calls it once, unless the timer is cancelled before. Until one of the
  /// two the thread does not end.
  std::shared_ptr<boost::asio::steady_timer> after(milliseconds wait, std::function<void()> call);
  /// Answers everything that waits or is under way, and ends the thread; later questions are
  /// answered not_sent at once. Idempotent.
  void stop();

 private:
  explicit rest_client(rest_options options);
  void loop();
  void accept(const std::shared_ptr<rest_job>& job);
  void dispatch();
  std::shared_ptr<rest_connection> idle_connection(bool first);
  void drop(const std::shared_ptr<rest_job>& job, const std::string& reason);
  static void end(rest_job& job, rest_answer answer);
  void arm(const std::shared_ptr<boost::asio::steady_timer>& timer, milliseconds interval,
           std::function<void()> call);
  void shut_down();

  const rest_options options_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_;
  std::mutex mutex_;
  bool stopped_ = false;  // under mutex_
  std::thread thread_;

  // On the I/O thread only.
  bool shut_ = false;
  std::array<std::deque<std::shared_ptr<rest_job>>, 3> waiting_;  // by rank
  std::vector<std::shared_ptr<rest_connection>> connections_;
  std::vector<std::shared_ptr<boost::asio::steady_timer>> timers_;
};

}  // namespace pitwall
