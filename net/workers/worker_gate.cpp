#include "net/workers/worker_gate.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <mutex>
#include <optional>

#include "net/access/failure_limit.hpp"
#include "net/client/io_thread.hpp"
#include "net/server/tcp_door.hpp"
#include "net/workers/relay.hpp"

namespace pitwall::remote {

namespace asio = boost::asio;
using code = boost::system::error_code;
using tcp = asio::ip::tcp;

namespace {

std::string name_of(SSL* tls) {
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(tls),
                                                          &X509_free);
  if (shown == nullptr) return {};
  std::array<char, 256> name{};
  const int n = X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName,
                                          name.data(), static_cast<int>(name.size()));
  return n > 0 ? std::string(name.data(), static_cast<std::size_t>(n)) : std::string();
}

std::string why_refused(const code& ec, SSL* tls) {
  const long verdict = SSL_get_verify_result(tls);
  if (verdict != X509_V_OK)
    return std::string("its certificate is not accepted: ") +
           X509_verify_cert_error_string(verdict);
  if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
    return "it left during the TLS handshake";
  return "no mutual TLS: " + ec.message();
}

/// A connection that has shown no certificate yet.
struct stranger {
  stranger(http::wire_stream s, std::string from)
      : stream(std::move(s)), address(std::move(from)), patience(stream.get_executor()) {}
  void close() {
    if (std::exchange(over, true)) return;
    patience.cancel();
    code ignored;
    stream.next_layer().close(ignored);
  }
  http::wire_stream stream;
  std::string address;
  asio::steady_timer patience;
  bool over = false;
};

struct guest {
  std::string name, address;
  std::shared_ptr<relay> line;
};

/// In which CAF learns that an older connection of the same node has ended.
constexpr milliseconds after_the_older{100};

}  // namespace

class worker_gate::inside {
 public:
  inside(gate_options options, hand_over to, log_port* log)
      : options_(std::move(options)), to_(std::move(to)), log_(log) {}

  status open() {
    PITWALL_TRY(opened, http::open_tcp(thread_.io(), options_.address, options_.port));
    acceptor_.emplace(std::move(opened));
    port = acceptor_->local_endpoint().port();
    pause_.emplace(thread_.io());
    thread_.post([this] { accept(); });
    return done{};
  }

  void stop() {
    thread_.post([this] { close(); });
    thread_.stop();
  }

  gate_counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

  std::uint16_t port = 0;

 private:
  void close() {
    if (std::exchange(closed_, true)) return;
    code ignored;
    if (acceptor_) acceptor_->close(ignored);
    if (pause_) pause_->cancel();
    for (const auto& s : std::exchange(strangers_, {})) s->close();
    for (const auto& g : std::exchange(guests_, {})) g.line->end({errc::cancelled, "stop", {}, {}});
  }

  void accept() {
    if (closed_) return;
    acceptor_->async_accept([this](code ec, tcp::socket socket) {
      if (closed_ || ec == asio::error::operation_aborted) return;
      if (ec) return back_off(ec.message());
      try {
        meet(std::move(socket));
      } catch (const std::exception& failure) {
        return back_off(failure.what());
      }
      wait_ = shortest_wait;
      accept();
    });
  }

  void back_off(const std::string& why) {
    if (wait_ == shortest_wait) say(log_level::warning, "cannot accept connections: " + why);
    pause_->expires_after(wait_);
    wait_ = std::min(wait_ * 2, longest_wait);
    pause_->async_wait([this](code cancelled) {
      if (!cancelled) accept();
    });
  }

  void meet(tcp::socket socket) {
    code gone;
    const auto address = socket.remote_endpoint(gone).address().to_string();
    count(&gate_counts::accepted);
    make_room(address);
    http::stream_socket plain(std::move(socket));
    watch_silence(plain, options_.silence);
    auto s = std::make_shared<stranger>(http::wire_stream(std::move(plain), options_.tls), address);
    strangers_.push_back(s);
    show_places();
    s->patience.expires_after(options_.handshake);
    s->patience.async_wait([this, s](code cancelled) {
      if (!cancelled) refuse(s, "no TLS handshake in time");
    });
    s->stream.async_handshake([this, s](code ec) {
      if (s->over || closed_) return;
      if (ec) return refuse(s, why_refused(ec, s->stream.tls()));
      let_in(s);
    });
  }

  void make_room(const std::string& address) {
    const auto of_address = [&](const auto& s) { return s->address == address; };
    const auto his = std::count_if(strangers_.begin(), strangers_.end(), of_address);
    if (static_cast<std::size_t>(his) >= options_.max_strangers_of_address)
      refuse(*std::find_if(strangers_.begin(), strangers_.end(), of_address), crowded);
    if (strangers_.size() >= options_.max_strangers) refuse(strangers_.front(), crowded);
  }

  void refuse(std::shared_ptr<stranger> s, const std::string& why) {
    if (s->over) return;
    s->close();
    strangers_.remove(s);
    show_places();
    count(&gate_counts::refused);
    tell(s->address, why);
  }

  void let_in(const std::shared_ptr<stranger>& s) {
    if (guests_.size() >= options_.max_workers)
      return refuse(s, "there are " + std::to_string(guests_.size()) + " workers already");
    link_socket ours(thread_.io());
    auto theirs = open_link(ours);
    if (!theirs) return refuse(s, "no file descriptors are left");
    s->patience.cancel();
    s->over = true;
    strangers_.remove(s);
    guests_.push_back({name_of(s->stream.tls()), s->address, nullptr});
    const auto at = std::prev(guests_.end());
    relay_options o;
    o.greeting = options_.greeting;
    o.silence = options_.silence;
    o.max_message = options_.max_message;
    o.greeted = [this, at](const std::string& node) { return replace_older(at, node); };
    o.ended = [this, at](const error& why) { on_ended(at, why); };
    at->line = std::make_shared<relay>(std::move(s->stream), std::move(ours), std::move(o));
    show_places();
    count(&gate_counts::let_in);
    to_(std::move(theirs), at->name);
    std::shared_ptr(at->line)->start();
  }

  /// CAF answers a node by its oldest connection, also where that is dead and nobody knows.
  milliseconds replace_older(std::list<guest>::iterator at, const std::string& node) {
    std::vector<std::shared_ptr<relay>> older;
    for (const auto& g : guests_) {
      if (g.line == at->line || g.line->greeting() != node) continue;
      if (g.name != at->name) {
        tell(at->address, "'" + at->name + "' says that it is the node of '" + g.name + "'");
        return milliseconds(-1);
      }
      older.push_back(g.line);
    }
    for (const auto& line : older)
      line->end({errc::cancelled, "the worker came back by another connection", {}, {}});
    return older.empty() ? milliseconds(0) : after_the_older;
  }

  void on_ended(std::list<guest>::iterator at, const error& why) {
    if (closed_) return;
    const bool broken = why.code == errc::invalid_argument || why.code == errc::deadline_exceeded;
    if (broken) tell(at->address, "'" + at->name + "' was let go: " + why.message);
    guests_.erase(at);
    show_places();
    count(&gate_counts::ended);
  }

  void tell(const std::string& address, const std::string& why) {
    if (!said_.failed(address, std::chrono::steady_clock::now()).retry_after.count())
      say(log_level::warning, address + " was refused: " + why);
  }
  void say(log_level level, const std::string& what) const {
    if (log_ != nullptr) log_->write(level, "workers", what);
  }
  void count(std::uint64_t gate_counts::*which) {
    const std::lock_guard lock(mutex_);
    ++(counts_.*which);
  }
  void show_places() {
    const std::lock_guard lock(mutex_);
    counts_.strangers = strangers_.size();
    counts_.workers = guests_.size();
  }

  static constexpr milliseconds shortest_wait{10};
  static constexpr milliseconds longest_wait{1'000};
  static constexpr const char* crowded = "too many connections without a certificate";

  const gate_options options_;
  const hand_over to_;
  log_port* const log_;
  io_thread thread_;
  // Below: the I/O thread's.
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
  milliseconds wait_ = shortest_wait;
  bool closed_ = false;
  std::list<std::shared_ptr<stranger>> strangers_;  ///< The oldest first.
  std::list<guest> guests_;
  access::failure_limit said_{{1, 1'024, std::chrono::seconds(60)}};
  mutable std::mutex mutex_;
  gate_counts counts_;  // under mutex_
};

worker_gate::worker_gate(std::unique_ptr<inside> in) : in_(std::move(in)) {}
worker_gate::~worker_gate() { stop(); }

result<std::unique_ptr<worker_gate>> worker_gate::open(gate_options options, hand_over to,
                                                       log_port* log) {
  auto in = std::make_unique<inside>(std::move(options), std::move(to), log);
  PITWALL_CHECK(in->open());
  return std::unique_ptr<worker_gate>(new worker_gate(std::move(in)));
}

std::uint16_t worker_gate::port() const noexcept { return in_->port; }
gate_counts worker_gate::counts() const { return in_->counts(); }
void worker_gate::stop() { in_->stop(); }

}  // namespace pitwall::remote
