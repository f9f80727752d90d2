// Job: one client of a host's /ws that reads every event and looks at its seq alone: cheap enough
//      for a thousand of them in a process that measures a host.
// Source: RFC 6455, as far as our server speaks it: whole, unmasked frames.
// Threads: one, its io_context's. Lifetime: until the io_context is stopped.
// Errors: a connection that ends is opened again after a while, at the seq where it ended; what was
//      wrong is counted in `tally`.
// Bounds: a frame of max_frame bytes; 200,000 samples in all (`sampler`).
// Tests: tests/process/bench_clients_test.cpp
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/client/view_figures.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {

/// Times of arrival; where there are too many, of every second, fourth, … event.
class sampler {
 public:
  void take(std::uint64_t seq, std::chrono::steady_clock::time_point at) {
    if (seq % stride_ != 0) return;
    taken_.push_back({seq, at.time_since_epoch()});
    if (taken_.size() < most) return;
    stride_ *= 2;
    std::erase_if(taken_, [&](const auto& s) { return s.seq % stride_ != 0; });
  }
  std::vector<arrival> release() { return std::move(taken_); }

 private:
  static constexpr std::size_t most = 200'000;
  std::uint64_t stride_ = 1;
  std::vector<arrival> taken_;
};

/// What all viewers of a process add to.
struct tally {
  std::uint64_t frames = 0, bytes = 0, gaps = 0, duplicates = 0;
  std::size_t cut = 0, lost = 0, expired = 0;
  std::string why;                           ///< Of the first that was lost.
  std::uint64_t target = ~std::uint64_t{0};  ///< From this seq on, each event is told of.
  sampler arrivals;
};

class event_viewer {
 public:
  /// Begins after `after`. `moved`: it has caught up, has reached the target, or was closed.
  event_viewer(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint host,
               std::uint64_t after, bool silent, tally& into, std::function<void()> moved);

  void start();
  /// For a silent one, which has read nothing since it subscribed: reads what there is.
  void wake_up();

  bool is_silent() const noexcept { return silent_; }
  /// Of a silent one: has subscribed.
  bool is_ready() const noexcept { return caught_up_; }
  bool is_closed() const noexcept { return closed_; }
  bool was_cut() const noexcept { return cut_; }
  /// Of the close frame that was read; 0: none was.
  unsigned close_code() const noexcept { return close_code_; }
  std::uint64_t last_seq() const noexcept { return last_; }

 private:
  static constexpr std::size_t first_buffer = 16U << 10U, max_frame = 4U << 20U;

  void shake_hands();
  void read();
  void on_read(std::size_t count);
  /// Of what was read, the bytes that were understood.
  std::size_t take_frames(std::string_view in);
  std::size_t take_handshake(std::string_view in);
  void on_frame(unsigned opcode, std::string_view payload);
  void on_text(std::string_view text);
  void on_event(std::uint64_t seq);
  void on_error(std::string_view text);
  void say(unsigned opcode, std::string_view payload);
  void subscribe();
  void lose(const std::string& why);
  void come_back();

  const boost::asio::ip::tcp::endpoint host_;
  const bool silent_;
  tally& into_;
  const std::function<void()> moved_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer pause_;
  std::vector<char> in_;
  std::size_t filled_ = 0;
  std::chrono::steady_clock::time_point now_;
  std::uint64_t last_;
  unsigned close_code_ = 0;
  bool open_ = false, asleep_ = false, woken_ = false, caught_up_ = false;
  bool closed_ = false, cut_ = false;
  bool anew_ = false;  ///< Where it was is not kept any more: the next event is its beginning.
};

}  // namespace pitwall
