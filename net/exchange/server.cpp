#include "net/exchange/server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <utility>

#include "net/exchange/record_codec.hpp"
#include "net/server/engine.hpp"
#include "net/server/listener.hpp"
#include "net/server/tcp_door.hpp"

namespace pitwall::sim {

namespace {

using tcp = boost::asio::ip::tcp;

server_options bounds() {
  server_options o;
  o.max_body_bytes = 64U << 10U;
  // One: the floor has one owner.
  o.workers = 1;
  return o;
}

http::reply broken_reply() {
  return {
      503,
      "application/json",
      R"({"code":-1001,"msg":"Internal error; unable to process your request. Please try again."})",
      {},
      false};
}

}  // namespace

struct exchange_server::parts {
  explicit parts(exchange_options o)
      : options(std::move(o)),
        floor(options.floor),
        rest(floor, options.api),
        loop(make_router(), {}, bounds(), options.log.get()),
        tick(loop.io()) {}

  http::router make_router() {
    http::router r;
    r.otherwise([this](const http::exchange_ref& ex, const std::vector<std::string>&) {
      // The window of a request is looked at by the time of its arrival, not of its turn.
      ex->work([this, ex, arrived = options.clock->now()] { serve(ex, arrived); });
    });
    return r;
  }

  // ---- on the worker

  struct waiting {
    http::exchange_ref to;
    api::answer what;
  };

  void serve(const http::exchange_ref& ex, timestamp arrived) {
    if (broken) return ex->answer(broken_reply());
    answers.push_back({ex, rest.serve(ex->asked(), arrived)});
    settle();
  }

  void advance() {
    if (!broken) floor.advance(options.clock->now());
    settle();
    loop.gate()->post([this] { arm(); });
  }

  /// What is already in the worker's queue goes into the same commit.
  void settle() {
    if (!floor.has_events() && !flush_is_due) return flush();
    if (std::exchange(flush_is_due, true)) return;
    loop.gate()->work([this] {
      flush_is_due = false;
      flush();
    });
  }

  void flush() {
    const auto events = floor.take_events();
    if (!events.empty() && options.commit && !broken) {
      const auto kept = options.commit(encode_events(events));
      if (!kept.ok()) give_up(kept.error());
    }
    for (auto& w : std::exchange(answers, {})) deliver(std::move(w));
  }

  void give_up(const error& e) {
    broken = true;
    options.log->write(log_level::error, "exchange", e.to_string());
    if (options.failed) options.failed();
  }

  void deliver(waiting w) {
    if (broken) return w.to->answer(broken_reply());
    if (w.what.latency.count() == 0) return w.to->answer(std::move(w.what.reply));
    // The late answer keeps its place: an exchange that is let go answers by itself.
    w.to->answer_after(w.what.latency, [ex = w.to, r = std::move(w.what.reply)] { return r; });
  }

  // ---- on the I/O thread

  void arm() {
    tick.expires_after(matching::price_process::step_length);
    tick.async_wait([this](boost::system::error_code ec) {
      if (!ec) loop.gate()->work([this] { advance(); });
    });
  }

  exchange_options options;
  trading_floor floor;
  api rest;
  std::vector<waiting> answers;
  bool flush_is_due = false, broken = false;
  std::uint16_t port = 0;
  std::size_t open_orders = 0;
  http::engine loop;
  boost::asio::steady_timer tick;
};

exchange_server::exchange_server(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
exchange_server::~exchange_server() { stop(); }
std::uint16_t exchange_server::port() const noexcept { return parts_->port; }
std::size_t exchange_server::open_orders() const noexcept { return parts_->open_orders; }

result<std::unique_ptr<exchange_server>> exchange_server::open(
    exchange_options options, std::span<const std::string> earlier) {
  std::vector<book_event> events;
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    auto line = decode_events(earlier[i]);
    if (!line.ok()) {
      return {errc::data_loss, line.error().message, "line " + std::to_string(i + 1),
              line.error().remedy};
    }
    events.insert(events.end(), line->begin(), line->end());
  }
  try {
    auto p = std::make_unique<parts>(std::move(options));
    PITWALL_CHECK(p->floor.restore(events, p->options.clock->now()));
    p->rest.start(p->options.clock->now());
    p->open_orders = p->floor.book().open_orders({}).size();
    const auto drafted = p->floor.take_events();
    if (!drafted.empty() && p->options.commit) {
      PITWALL_CHECK(p->options.commit(encode_events(drafted)));
    }
    PITWALL_TRY(door, http::open_tcp(p->loop.io(), p->options.address, p->options.port));
    p->port = door.local_endpoint().port();
    p->loop.add(std::make_unique<http::listener<tcp>>(p->loop, std::move(door)));
    p->loop.run();
    p->loop.gate()->post([raw = p.get()] { raw->arm(); });
    return std::unique_ptr<exchange_server>(new exchange_server(std::move(p)));
  } catch (const std::exception& failure) {
    return {
        errc::io_error, std::string("the exchange cannot be opened: ") + failure.what(), {}, {}};
  }
}

void exchange_server::stop() { parts_->loop.stop(); }

}  // namespace pitwall::sim
