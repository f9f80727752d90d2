#include "net/workers/worker_dial.hpp"

#include <openssl/err.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <optional>

#include "net/client/dialer.hpp"
#include "net/client/io_thread.hpp"
#include "net/workers/relay.hpp"

namespace pitwall::remote {

namespace asio = boost::asio;
using code = boost::system::error_code;

namespace {

/// In TLS 1.3 a client has ended its handshake before the server has looked at its certificate: the
/// refusal comes instead of the first word.
error of_first_word(const code& ec, const std::string& where) {
  if (ec.category() == asio::error::get_ssl_category()) {
    const char* reason = ERR_reason_error_string(static_cast<unsigned long>(ec.value()));
    const std::string said = reason != nullptr ? reason : ec.message();
    return {errc::unavailable, "the host refuses this worker's certificate: " + said, where,
            "have it issued by the authority that the host believes: `pitwall cert issue`; the "
            "host's log says more"};
  }
  return {errc::unavailable, "the host closed the connection without a word", where,
          "look at the port and at the host's log: it may have too many connections"};
}

error too_late(const std::string& where) {
  return {errc::deadline_exceeded, "the host did not answer in time", where,
          "look whether it runs, and at the way to it"};
}

error given_up() { return {errc::cancelled, "the connection was given up", {}, {}}; }

}  // namespace

class worker_dial::inside {
 public:
  explicit inside(dial_options options)
      : options_(std::move(options)), patience_(std::in_place, thread_.io()) {
    place_.host = options_.host;
    place_.port = options_.port;
    place_.trust = options_.tls;
  }

  void dial(dialled then) {
    thread_.post([this, then = std::move(then)]() mutable {
      drop(given_up());
      then_ = std::move(then);
      const auto round = round_;
      patience_->expires_after(options_.patience);
      patience_->async_wait([this, round](code cancelled) {
        if (!cancelled && round == round_) drop(too_late(place_.shown()));
      });
      dialer_ = dialer::start(thread_.io(), place_, [this, round](auto got) {
        if (round == round_) on_stream(std::move(got));
      });
    });
  }
  void hang_up() {
    thread_.post([this] { drop(given_up()); });
  }
  void set_silence(milliseconds silence) {
    thread_.post([this, silence] {
      if (line_) line_->set_silence(silence);
    });
  }
  void try_no_more() {
    std::promise<void> done;
    auto tried = done.get_future();
    thread_.post([this, &done] {
      if (then_) drop(given_up());
      done.set_value();
    });
    tried.wait();
  }
  void finish(milliseconds patience) {
    const auto over = std::make_shared<std::promise<void>>();
    auto ended = over->get_future();
    thread_.post([this, over] {
      if (line_) return void(over_ = over);
      over->set_value();
    });
    ended.wait_for(patience);
    stop();
  }
  void stop() {
    hang_up();
    thread_.stop();
  }

 private:
  /// What is under way fails with `why`; what is open ends.
  void drop(const error& why) {
    ++round_;
    patience_->cancel();
    if (dialer_) std::exchange(dialer_, nullptr)->cancel();
    if (stream_) {
      code ignored;
      stream_->next_layer().close(ignored);
      // Its handler still refers to it.
      stream_.reset();
    }
    if (line_) std::exchange(line_, nullptr)->end(why);
    if (const auto then = std::exchange(then_, nullptr)) then(why);
  }

  void on_stream(result<http::wire_stream> got) {
    dialer_ = nullptr;
    if (!got.ok()) return drop(got.error());
    stream_ = std::make_shared<http::wire_stream>(std::move(*got));
    watch_silence(stream_->next_layer(), options_.silence);
    const auto round = round_;
    const auto word = std::make_shared<std::array<char, 4'096>>();
    stream_->async_read_some(asio::buffer(*word),
                             [this, round, word, kept = stream_](code ec, std::size_t n) {
                               if (round != round_) return;
                               if (ec) return drop(of_first_word(ec, place_.shown()));
                               on_word({word->data(), n});
                             });
  }

  void on_word(std::string_view begun) {
    link_socket ours(thread_.io());
    auto theirs = std::make_shared<descriptor>(open_link(ours));
    if (!*theirs)
      return drop(
          {errc::resource_exhausted, "no file descriptors are left", {}, "raise the limit"});
    patience_->cancel();
    relay_options o;
    o.who = peer::listens;
    o.greeting = options_.patience;
    o.silence = options_.silence;
    o.max_message = options_.max_message;
    o.ended = [this, round = round_](const error& why) {
      if (round == round_) line_ = nullptr;
      if (const auto waiting = std::exchange(over_, nullptr)) waiting->set_value();
      if (options_.lost) options_.lost(why);
    };
    line_ = std::make_shared<relay>(std::move(*stream_), std::move(ours), std::move(o));
    stream_.reset();
    std::shared_ptr(line_)->start(begun);
    if (const auto then = std::exchange(then_, nullptr)) then(std::move(theirs));
  }

  const dial_options options_;
  wire_place place_;
  io_thread thread_;
  // Below: the I/O thread's.
  std::optional<asio::steady_timer> patience_;
  std::shared_ptr<dialer> dialer_;
  std::shared_ptr<http::wire_stream> stream_;
  std::shared_ptr<relay> line_;
  dialled then_;
  std::shared_ptr<std::promise<void>> over_;  ///< Who waits for the line's end.
  std::uint64_t round_ = 0;
};

worker_dial::worker_dial(dial_options options)
    : in_(std::make_unique<inside>(std::move(options))) {}
worker_dial::~worker_dial() { stop(); }
void worker_dial::dial(dialled then) { in_->dial(std::move(then)); }
void worker_dial::hang_up() { in_->hang_up(); }
void worker_dial::set_silence(milliseconds silence) { in_->set_silence(silence); }
void worker_dial::try_no_more() { in_->try_no_more(); }
void worker_dial::finish(milliseconds patience) { in_->finish(patience); }
void worker_dial::stop() { in_->stop(); }

}  // namespace pitwall::remote
