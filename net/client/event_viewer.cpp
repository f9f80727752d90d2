#include "net/client/event_viewer.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstring>
#include <utility>

namespace pitwall {

namespace asio = boost::asio;

namespace {

constexpr std::string_view event_head = R"({"op":"event","event":{"seq":)";
// As a page in a browser waits before it comes back.
constexpr std::chrono::seconds pause{1};
// Of the one that never reads: so that what waits for it waits in the host.
constexpr int small_buffer = 64 << 10;
constexpr unsigned text_frame = 1, close_frame = 8, ping_frame = 9, pong_frame = 10;
constexpr unsigned too_slow = 4008;

unsigned byte_at(std::string_view s, std::size_t at) { return static_cast<unsigned char>(s[at]); }

struct frame_head {
  std::size_t head = 0, payload = 0;  ///< Bytes; head 0: it has not all come.
};

frame_head head_of(std::string_view in) {
  if (in.size() < 2) return {};
  const unsigned length = byte_at(in, 1) & 0x7FU;
  const std::size_t more = length < 126 ? 0 : length == 126 ? 2 : 8;
  if (in.size() < 2 + more) return {};
  std::size_t payload = more == 0 ? length : 0;
  for (std::size_t i = 0; i < more; ++i) payload = payload << 8U | byte_at(in, 2 + i);
  return {2 + more, payload};
}

std::uint64_t number_at(std::string_view text) {
  std::uint64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

}  // namespace

event_viewer::event_viewer(asio::io_context& io, asio::ip::tcp::endpoint host, std::uint64_t after,
                           bool silent, tally& into, std::function<void()> moved)
    : host_(std::move(host)),
      silent_(silent),
      into_(into),
      moved_(std::move(moved)),
      socket_(io),
      pause_(io),
      in_(first_buffer),
      last_(after) {}

void event_viewer::start() {
  boost::system::error_code ec;
  socket_.open(host_.protocol(), ec);
  if (ec) return lose(ec.message());
  if (silent_) socket_.set_option(asio::socket_base::receive_buffer_size(small_buffer), ec);
  socket_.async_connect(host_, [this](boost::system::error_code failure) {
    if (failure) return lose(failure.message());
    shake_hands();
  });
}

void event_viewer::shake_hands() {
  static constexpr std::string_view asked =
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: cGl0d2FsbC12aWV3ZXItMQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  boost::system::error_code ec;
  asio::write(socket_, asio::buffer(asked), ec);
  if (ec) return lose(ec.message());
  filled_ = 0;
  open_ = caught_up_ = false;
  read();
}

void event_viewer::read() {
  if (filled_ == in_.size()) in_.resize(2 * in_.size());
  if (in_.size() > 2 * max_frame) return lose("a frame is too large");
  socket_.async_read_some(asio::buffer(in_.data() + filled_, in_.size() - filled_),
                          [this](boost::system::error_code ec, std::size_t count) {
                            if (ec) return lose(ec.message());
                            on_read(count);
                          });
}

void event_viewer::on_read(std::size_t count) {
  now_ = std::chrono::steady_clock::now();
  filled_ += count;
  const auto taken = take_frames({in_.data(), filled_});
  if (!socket_.is_open()) return;  // A frame has ended it.
  filled_ -= taken;
  std::memmove(in_.data(), in_.data() + taken, filled_);
  asleep_ = silent_ && caught_up_ && !woken_;
  if (!asleep_) read();
}

void event_viewer::wake_up() {
  woken_ = true;
  if (std::exchange(asleep_, false)) read();
}

std::size_t event_viewer::take_handshake(std::string_view in) {
  const auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (!in.starts_with("HTTP/1.1 101")) {
    lose(std::string(in.substr(0, in.find('\r'))));
    return 0;
  }
  open_ = true;
  return end + 4;
}

std::size_t event_viewer::take_frames(std::string_view in) {
  std::size_t at = open_ ? 0 : take_handshake(in);
  while (open_ && socket_.is_open()) {
    const auto [head, payload] = head_of(in.substr(at));
    if (head == 0 || in.size() - at < head + payload) break;
    on_frame(byte_at(in, at) & 0x0FU, in.substr(at + head, payload));
    at += head + payload;
  }
  return at;
}

void event_viewer::on_frame(unsigned opcode, std::string_view payload) {
  if (opcode == text_frame) return on_text(payload);
  if (opcode == ping_frame) return say(pong_frame, payload);
  if (opcode != close_frame) return;
  const unsigned code = payload.size() < 2 ? 0 : byte_at(payload, 0) << 8U | byte_at(payload, 1);
  close_code_ = code;
  if (code != too_slow) return lose("closed with " + std::to_string(code));
  cut_ = true;
  if (!silent_) ++into_.cut;
  come_back();
}

void event_viewer::on_text(std::string_view text) {
  if (text.starts_with(event_head)) {
    ++into_.frames;
    into_.bytes += text.size();
    return on_event(number_at(text.substr(event_head.size())));
  }
  if (text.starts_with(R"({"op":"connected")")) return subscribe();
  if (text.starts_with(R"({"op":"error")")) return on_error(text);
  if (text.starts_with(R"({"op":"caught_up")")) {
    caught_up_ = true;
    moved_();
  }
}

void event_viewer::on_event(std::uint64_t seq) {
  if (std::exchange(anew_, false)) last_ = std::max(last_, seq - 1);
  if (seq <= last_) {
    ++into_.duplicates;
    return;
  }
  into_.gaps += seq - last_ - 1;
  last_ = seq;
  // What is replayed tells nothing of how long news take.
  if (caught_up_ && !silent_) into_.arrivals.take(seq, now_);
  if (seq >= into_.target) moved_();
}

void event_viewer::on_error(std::string_view text) {
  if (text.find(R"("code":"cursor_expired")") == std::string_view::npos)
    return lose(std::string(text));
  ++into_.expired;
  anew_ = true;
  subscribe();
}

void event_viewer::subscribe() {
  const auto from = anew_ ? "" : ",\"after\":" + std::to_string(last_);
  say(text_frame, R"({"op":"subscribe","all":true)" + from + "}");
}

void event_viewer::say(unsigned opcode, std::string_view payload) {
  // Masked with zeros: the payload stays as it is. All of ours fit into the short form.
  std::string frame{static_cast<char>(0x80U | opcode),
                    static_cast<char>(0x80U | static_cast<unsigned>(payload.size()))};
  frame.append(4, '\0').append(payload);
  boost::system::error_code ec;
  asio::write(socket_, asio::buffer(frame), ec);
  if (ec) lose(ec.message());
}

void event_viewer::lose(const std::string& why) {
  if (!silent_) {
    ++into_.lost;
    if (into_.why.empty()) into_.why = why;
  }
  // Cut off, and it did not read the reason in time.
  cut_ = cut_ || silent_;
  come_back();
}

void event_viewer::come_back() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  closed_ = true;
  moved_();
  if (silent_) return;
  pause_.expires_after(pause);
  pause_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    closed_ = false;
    start();
  });
}

}  // namespace pitwall
