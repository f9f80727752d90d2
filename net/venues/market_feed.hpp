// Job: one venue's market data as its streams tell it: connections that are kept up, and the latest
//      of each symbol that was ever asked for.
// Decides nothing itself: what is believed is feed_state's, what frames mean the dialect's.
// Owns: its connections; the thread is the caller's (io_thread), and so is the way to snapshots.
// Threads: latest(), health() and stop() from any. Stop it before its thread.
// Bounds: max_symbols, beyond which latest() is resource_exhausted; one frame each 250 ms leaves a
//      connection, and one list of subscriptions waits; snapshots leave as snapshot_queue has it.
// Durable: nothing. Tests: tests/net/market_feed_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "net/client/io_thread.hpp"
#include "net/client/lasting_socket.hpp"
#include "net/venues/feed_health.hpp"
#include "net/venues/feed_state.hpp"
#include "net/venues/snapshot_queue.hpp"

namespace pitwall {

struct market_feed_options {
  std::string name;           ///< Of the venue.
  web_socket_options socket;  ///< Bounds of messages are the dialect's.
  feed_limits limits;         ///< max_symbols of one connection is the dialect's.
  reconnect_limits delays;
  std::size_t max_symbols = 200;
};

class market_feed : public std::enable_shared_from_this<market_feed> {
 public:
  /// GETs a target; the body of a success. Any thread may answer.
  using getter =
      std::function<void(const std::string& target, std::function<void(result<std::string>)> then)>;

  static std::shared_ptr<market_feed> open(std::shared_ptr<io_thread> home,
                                           std::shared_ptr<const market_dialect> dialect,
                                           market_feed_options options, getter get,
                                           std::shared_ptr<const wall_clock> clock);
  ~market_feed();
  market_feed(const market_feed&) = delete;
  market_feed& operator=(const market_feed&) = delete;

  /// Of a symbol in the venue's notation; the first call asks the venue to tell of it.
  /// Precondition: price or book. Errors: unavailable, with why; what the venue said of a symbol
  /// that it refused; resource_exhausted.
  result<market_data> latest(const std::string& symbol, bool price, bool book);
  feed_health health() const;
  /// By the clock of its observations.
  timestamp wall_time() const { return clock_->now(); }
  void stop();

 private:
  struct line;
  using line_ptr = std::shared_ptr<line>;

  market_feed(std::shared_ptr<io_thread> home, std::shared_ptr<const market_dialect> dialect,
              market_feed_options options, getter get, std::shared_ptr<const wall_clock> clock);
  feed_time now() const;
  void add(const std::string& symbol);
  line_ptr line_for(const std::string& symbol);
  void start(const line_ptr& l);
  void tick();
  void prepare(const line_ptr& l, const lasting_socket::prepared& then);
  void on_open(const line_ptr& l);
  void on_text(const line_ptr& l, std::string_view text);
  void on_lost(const line_ptr& l, const error& why);
  void perform(const line_ptr& l, const feed_state::actions& todo);
  void fetch_next();
  void fetch(const line_ptr& l, const feed_state::ask_snapshot& asked);
  void say(const line_ptr& l, std::string frame);
  void send_next(const line_ptr& l);

  const std::shared_ptr<io_thread> home_;
  const std::shared_ptr<const market_dialect> dialect_;
  const market_feed_options options_;
  const stream_traits traits_;
  const getter get_;
  const std::shared_ptr<const wall_clock> clock_;
  boost::asio::steady_timer timer_;
  snapshot_queue<line_ptr> snapshots_;  // on the I/O thread only

  mutable std::mutex mutex_;  // guards what follows, and the states of the lines
  bool stopped_ = false;
  std::vector<line_ptr> lines_;
  std::map<std::string, line_ptr> of_;  // by symbol
  std::set<std::string> adding_;
};

}  // namespace pitwall
