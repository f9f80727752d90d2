// Job: who listens to which streams, and what is sent to whom: market streams, the user's own
//      stream, and the answers to subscribers' requests. Without sockets.
// Order: of matching. What operations did goes out in publish(), which is called once it is
//      durable.
// Threads: one owner, that of the trading floor. A sink must never block.
// Bounds: 1024 streams for each subscriber; how many there are, and how much one may leave unread,
//      is for the sinks to say.
// Tests: tests/net/exchange_hub_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/exchange/faults.hpp"
#include "net/exchange/listen_keys.hpp"
#include "net/exchange/stream_request.hpp"
#include "net/exchange/stream_views.hpp"

namespace pitwall::sim {

class stream_sink {
 public:
  using message = std::shared_ptr<const std::string>;
  virtual ~stream_sink() = default;
  /// False: it takes no more, and has cut its connection.
  virtual bool send(message m) = 0;
  /// What was sent goes out first.
  virtual void end(std::string why) = 0;
  /// At once, as if the line had broken.
  virtual void cut() = 0;
};

class stream_hub {
 public:
  static constexpr std::size_t max_streams = 1'024;

  stream_hub(trading_floor& floor, market_view& view, const listen_keys& keys, fault_die& die);

  /// A new subscriber, with the streams of its address.
  verdict join(std::shared_ptr<stream_sink> sink, const std::vector<std::string>& streams,
               bool combined, std::int64_t now_ms);
  void leave(const stream_sink* who);
  /// A text frame of it.
  void hear(const stream_sink* who, std::string_view frame, std::int64_t now_ms);

  /// After every operation on the floor, before the next one: what it did to the balances.
  void settle(std::int64_t now_ms);
  /// Everything that was done on the floor is durable.
  void publish(timestamp now);
  /// Nothing more will be durable.
  void close_all(const std::string& why);
  std::size_t subscribers() const noexcept { return subscribers_.size(); }

 private:
  using who = const stream_sink*;
  struct subscriber {
    std::shared_ptr<stream_sink> sink;
    std::vector<std::string> streams;  ///< In the order they were asked for.
    bool combined = false;
  };
  struct stream {
    stream_name name;
    std::set<who> readers;
    matching::level bid, ask;  ///< Of a bookTicker: as they were told.
    running_candle candle;     ///< Of a kline.
    bool has_candle = false;
  };
  struct changes {
    std::optional<book_feed::diff> fast, slow;
  };
  /// Which paces have come to their end.
  struct beat {
    bool fast = false, second = false, two_seconds = false;
  };

  verdict check(const std::vector<std::string>& wanted, std::int64_t now_ms,
                std::vector<stream_name>& out) const;
  value answer(subscriber& s, const stream_request& r, std::int64_t now_ms);
  verdict add(subscriber& s, const std::vector<std::string>& wanted, std::int64_t now_ms);
  void remove(subscriber& s, const std::string& name);
  void tell(subscriber& s, stream_sink::message m);
  void send(stream& to, const value& v);
  void send_market(stream& to, const value& v);
  void forget_lost();

  void on_event(const book_event& e);
  beat next_beat(timestamp now);
  void publish_market(stream& s, const changes& c, const beat& b, std::int64_t now_ms);
  void publish_ticker(stream& s);
  void publish_kline(stream& s, bool due, std::int64_t now_ms);
  void publish_user(stream& s, std::int64_t now_ms);
  void open_candle(stream& s, std::int64_t now_ms) const;

  trading_floor& floor_;
  market_view& view_;
  const listen_keys& keys_;
  fault_die& die_;
  std::map<who, subscriber> subscribers_;
  std::map<std::string, stream, std::less<>> streams_;
  std::map<std::string, std::size_t, std::less<>> read_;  ///< Streams of each symbol.
  std::vector<who> lost_;                                 ///< Whose sinks take no more.
  std::size_t users_ = 0;                                 ///< Streams of the user that are read.
  std::int64_t step_ = 0;                                 ///< When publish() was last called.
  // Since the last publish():
  std::vector<value> told_;
  std::vector<trade_record> trades_;
  std::vector<std::string> moved_;  ///< Assets, since the last settle().
};

}  // namespace pitwall::sim
