// A small exchange in a process of its own, by the public Binance Spot REST conventions: the
// independent witness of crash tests. It accepts a repeated client order id once the first order is
// over, so that an order that was sent twice shows up twice in its log.
//
// Usage: witness_exchange [--log FILE] [--seed N] [--still] [--port N] [--faults JSON]
//                         [--clock-offset-ms N] [--with-parent]
// Prints `listening PORT` and `control PORT` (both on 127.0.0.1). The control port, and the other
// while it is up, take POST /witness/faults, /witness/fill, /witness/clock {"advance_ms"}, and
// GET /witness/state.
#include <sys/prctl.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "tests/support/witness_book.hpp"
#include "tests/support/witness_faults.hpp"

namespace pitwall::test {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using tcp = asio::ip::tcp;
using request = beast_http::request<beast_http::string_body>;
using response = beast_http::response<beast_http::string_body>;
/// Nothing: the connection is closed without an answer.
using answer_function = std::function<void(std::optional<witness_answer>)>;

constexpr std::string_view order_start = "POST /api/v3/order";

struct witness_setup {
  witness_book::options book;
  std::int64_t clock_offset_ms = 0;
  std::uint16_t port = 0;
  std::string faults = "{}";
  bool with_parent = false;
};

class session;

class exchange {
 public:
  explicit exchange(const witness_setup& setup)
      : book_(setup.book),
        dice_(setup.book.seed),
        offset_ms_(setup.clock_offset_ms),
        control_(io_, {asio::ip::address_v4::loopback(), 0}),
        holder_(io_),
        acceptor_(io_) {
    // Holds the port while the exchange is down: bound, but not listening, it refuses connections.
    holder_.open(tcp::v4());
    holder_.set_option(asio::socket_base::reuse_address(true));
    holder_.bind({asio::ip::address_v4::loopback(), setup.port});
    port_ = holder_.local_endpoint().port();
    faults_.merge(json::parse(setup.faults));
    book_.split_fills(faults_.split_fills);
    if (!faults_.down) open_port();
    accept(control_, false);
  }

  void run() {
    std::cout << "listening " << port_ << "\ncontrol " << control_.local_endpoint().port()
              << std::endl;
    io_.run();
  }

  asio::io_context& io() { return io_; }
  bool hits(double probability, bool places_order) {
    return (places_order || faults_.all) && dice_.roll(probability);
  }
  const witness_faults& faults() const { return faults_; }
  std::set<session*>& sessions() { return sessions_; }
  void handle(const request& asked, const answer_function& answer);

 private:
  static parameters parse_query(std::string_view target);
  std::int64_t now_ms() const;
  void open_port();
  void close_port();
  void accept(tcp::acceptor& from, bool open_to_faults);
  std::optional<witness_answer> control(const request& asked, const std::string& path);
  witness_answer serve(const std::string& method, const std::string& path, const parameters& p);
  std::optional<witness_answer> check_time(const parameters& p) const;
  void place(const parameters& p, const answer_function& answer);
  void answer_other(witness_answer served, const answer_function& answer);
  void later(std::int64_t ms, std::function<void()> call);
  void change_faults(const json& wanted);

  asio::io_context io_{1};
  witness_book book_;
  witness_faults faults_;
  witness_dice dice_;
  std::int64_t offset_ms_;
  tcp::acceptor control_, holder_, acceptor_;
  std::uint16_t port_ = 0;
  std::set<session*> sessions_;
  std::vector<std::function<void()>> held_;
  std::uint64_t requests_ = 0;
};

/// One connection.
class session : public std::enable_shared_from_this<session> {
 public:
  session(exchange& home, tcp::socket socket, bool open_to_faults)
      : home_(home), socket_(std::move(socket)), open_to_faults_(open_to_faults) {
    home_.sessions().insert(this);
  }
  ~session() { home_.sessions().erase(this); }

  bool open_to_faults() const { return open_to_faults_; }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  void next() {
    asked_ = {};
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](auto ec) {
      if (!ec) self->on_readable();
    });
  }

 private:
  void on_readable() {
    char start[order_start.size()];
    const auto n = ::recv(socket_.native_handle(), start, sizeof start, MSG_PEEK | MSG_DONTWAIT);
    // Waited for what an earlier socket of this number had ready: nothing is here yet.
    if (n < 0 && errno == EAGAIN) return next();
    if (n <= 0) return;
    const bool places_order = std::string_view(start, static_cast<std::size_t>(n)) == order_start;
    if (open_to_faults_ && home_.hits(home_.faults().close_unread, places_order)) {
      boost::system::error_code ignored;
      socket_.set_option(asio::socket_base::linger(true, 0), ignored);
      close();
      return;
    }
    beast_http::async_read(socket_, buffer_, asked_,
                           [self = shared_from_this()](auto ec, std::size_t) {
                             if (!ec) self->on_request();
                           });
  }
  void on_request() {
    home_.handle(asked_, [self = shared_from_this()](std::optional<witness_answer> answer) {
      if (answer) {
        self->write(*answer);
      } else {
        self->close();
      }
    });
  }
  void write(const witness_answer& answer) {
    answered_ = response(static_cast<beast_http::status>(answer.status), 11);
    answered_.set(beast_http::field::content_type, "application/json");
    if (const auto wait = home_.faults().retry_after; answer.status == 429 && wait > 0)
      answered_.set(beast_http::field::retry_after, std::to_string(wait));
    // A text is no answer of ours: garbage on demand, as it is.
    answered_.body() =
        answer.body.is_string() ? answer.body.get<std::string>() : answer.body.dump();
    answered_.keep_alive(asked_.keep_alive());
    answered_.prepare_payload();
    beast_http::async_write(socket_, answered_, [self = shared_from_this()](auto ec, std::size_t) {
      if (!ec && self->answered_.keep_alive()) self->next();
    });
  }

  exchange& home_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  request asked_;
  response answered_;
  bool open_to_faults_;
};

std::int64_t exchange::now_ms() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() + offset_ms_;
}

void exchange::open_port() {
  acceptor_ = tcp::acceptor(io_);
  acceptor_.open(tcp::v4());
  acceptor_.set_option(asio::socket_base::reuse_address(true));
  acceptor_.bind({asio::ip::address_v4::loopback(), port_});
  acceptor_.listen();
  accept(acceptor_, true);
}

void exchange::close_port() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (session* s : sessions_) {
    if (s->open_to_faults()) s->close();
  }
}

void exchange::accept(tcp::acceptor& from, bool open_to_faults) {
  from.async_accept([this, &from, open_to_faults](auto ec, tcp::socket socket) {
    if (ec) return;
    // Taken as it went down: gone, as those that were open.
    if (open_to_faults && faults_.down) return;
    std::make_shared<session>(*this, std::move(socket), open_to_faults)->next();
    accept(from, open_to_faults);
  });
}

parameters exchange::parse_query(std::string_view target) {
  parameters out;
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return out;
  target.remove_prefix(mark + 1);
  while (!target.empty()) {
    const auto part = target.substr(0, target.find('&'));
    const auto equals = part.find('=');
    if (equals != std::string_view::npos)
      out[std::string(part.substr(0, equals))] = part.substr(equals + 1);
    target.remove_prefix(std::min(target.size(), part.size() + 1));
  }
  return out;
}

void exchange::later(std::int64_t ms, std::function<void()> call) {
  const auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::milliseconds(ms));
  timer->async_wait([timer, call = std::move(call)](auto) { call(); });
}

void exchange::handle(const request& asked, const answer_function& answer) {
  ++requests_;
  const std::string target(asked.target().data(), asked.target().size());
  const std::string method(asked.method_string().data(), asked.method_string().size());
  const std::string path = target.substr(0, target.find('?'));
  if (path.starts_with("/witness/")) {
    answer(control(asked, path));
    return;
  }
  const parameters p = parse_query(target);
  const bool places_order = method == "POST" && path == "/api/v3/order";
  if (hits(faults_.unavailable, places_order)) {
    answer(refuse(-1000, "Service unavailable.", 503));
  } else if (hits(faults_.rate_limited, places_order)) {
    answer(refuse(-1015, "Too many new orders.", 429));
  } else if (places_order) {
    if (faults_.hold) {
      held_.push_back([this, p, answer] { place(p, answer); });
    } else {
      place(p, answer);
    }
  } else {
    answer_other(serve(method, path, p), answer);
  }
}

std::optional<witness_answer> exchange::check_time(const parameters& p) const {
  if (!p.contains("timestamp")) {
    return refuse(-1102,
                  "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.");
  }
  const auto sent = std::stoll(p.at("timestamp"));
  const auto window = p.contains("recvWindow") ? std::stoll(p.at("recvWindow")) : 5'000;
  if (window > 60'000) return refuse(-1131, "recvWindow must be less than 60000");
  const auto now = now_ms();
  if (sent >= now + 1'000) {
    return refuse(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (now - sent > window) {
    return refuse(-1021, "Timestamp for this request is outside of the recvWindow.");
  }
  return std::nullopt;
}

void exchange::place(const parameters& p, const answer_function& answer) {
  if (auto refused = check_time(p)) {
    answer(std::move(refused));
    return;
  }
  auto placed = book_.place(p, now_ms());
  if (placed.status != 200) {
    answer(std::move(placed));
    return;
  }
  if (dice_.roll(faults_.drop_answer)) {
    answer(std::nullopt);
  } else if (dice_.roll(faults_.unsure)) {
    answer(refuse(-1007,
                  "Timeout waiting for response from backend server. Send status unknown; "
                  "execution status unknown.",
                  408));
  } else if (dice_.roll(faults_.garbage)) {
    answer(witness_answer{200, "<html>what?</html>"});
  } else if (dice_.roll(faults_.delay_answer)) {
    later(faults_.delay_ms, [answer, placed] { answer(placed); });
  } else {
    answer(std::move(placed));
  }
}

// What is not an order's placement, with the faults that hit everything.
void exchange::answer_other(witness_answer served, const answer_function& answer) {
  if (hits(faults_.drop_answer, false)) {
    answer(std::nullopt);
  } else if (hits(faults_.garbage, false)) {
    answer(witness_answer{200, "<html>what?</html>"});
  } else if (hits(faults_.delay_answer, false)) {
    later(faults_.delay_ms, [answer, served] { answer(served); });
  } else {
    answer(std::move(served));
  }
}

witness_answer exchange::serve(const std::string& method, const std::string& path,
                               const parameters& p) {
  const std::string asked = method + " " + path;
  if (asked == "GET /api/v3/time") return {200, {{"serverTime", now_ms()}}};
  if (asked == "GET /api/v3/exchangeInfo") return book_.exchange_info(p);
  if (asked == "GET /api/v3/ticker/bookTicker") return book_.book_ticker(p, now_ms());
  if (asked == "GET /api/v3/depth") return book_.depth(p, now_ms());
  if (auto refused = check_time(p)) return *refused;
  if (asked == "GET /api/v3/account") return book_.account();
  if (asked == "GET /api/v3/order") return book_.find(p);
  if (asked == "GET /api/v3/openOrders") return book_.open_orders(p);
  if (asked == "GET /api/v3/myTrades") return book_.trades(p);
  if (asked == "DELETE /api/v3/order") return book_.cancel(p);
  return refuse(-1100, "There is no " + asked, 404);
}

void exchange::change_faults(const json& wanted) {
  const bool was_down = faults_.down;
  faults_.merge(wanted);
  book_.split_fills(faults_.split_fills);
  if (faults_.down && !was_down) asio::post(io_, [this] { close_port(); });
  if (!faults_.down && was_down) open_port();
  if (faults_.hold) return;
  for (const auto& call : std::exchange(held_, {})) call();
}

std::optional<witness_answer> exchange::control(const request& asked, const std::string& path) {
  json wanted = json::object();
  if (!asked.body().empty()) wanted = json::parse(asked.body(), nullptr, false);
  if (!wanted.is_object()) return refuse(-1, "the body is no JSON object");
  if (path == "/witness/faults") {
    change_faults(wanted);
  } else if (path == "/witness/fill") {
    return book_.fill(wanted);
  } else if (path == "/witness/clock") {
    offset_ms_ += wanted.value("advance_ms", std::int64_t{0});
  } else if (path != "/witness/state") {
    return refuse(-1, "there is no " + path, 404);
  }
  return witness_answer{200,
                        {{"serverTime", now_ms()},
                         {"requests", requests_},
                         {"held", held_.size()},
                         {"connections", sessions_.size()},
                         {"accepted", book_.accepted()}}};
}

witness_setup read_arguments(int count, char** given) {
  witness_setup out;
  for (int i = 1; i < count; ++i) {
    const std::string name = given[i];
    if (name == "--still") {
      out.book.still = true;
      continue;
    }
    if (name == "--with-parent") {
      out.with_parent = true;
      continue;
    }
    if (i + 1 == count) throw std::invalid_argument("what does " + name + " mean?");
    const std::string text = given[++i];
    if (name == "--log") {
      out.book.log = text;
    } else if (name == "--seed") {
      out.book.seed = std::stoull(text);
    } else if (name == "--port") {
      out.port = static_cast<std::uint16_t>(std::stoul(text));
    } else if (name == "--faults") {
      out.faults = text;
    } else if (name == "--clock-offset-ms") {
      out.clock_offset_ms = std::stoll(text);
    } else {
      throw std::invalid_argument("what does " + name + " mean?");
    }
  }
  return out;
}

}  // namespace
}  // namespace pitwall::test

int main(int count, char** given) try {
  const auto setup = pitwall::test::read_arguments(count, given);
  if (setup.with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGPIPE, SIG_IGN);
  pitwall::test::exchange(setup).run();
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "witness_exchange: %s\n", failure.what());
  return 64;
}
