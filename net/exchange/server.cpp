#include "net/exchange/server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <sstream>
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
  o.private_connections = 0;  // It has no such door.
  o.max_body_bytes = 64U << 10U;
  // One: the floor has one owner.
  o.workers = 1;
  return o;
}

std::int64_t to_ms(timestamp t) {
  return std::chrono::floor<milliseconds>(t).time_since_epoch().count();
}

/// "/ws/a/b", "/stream?streams=a/b".
std::vector<std::string> streams_of(const http::target& to) {
  if (to.segments.front() == "ws") return {to.segments.begin() + 1, to.segments.end()};
  std::vector<std::string> out;
  std::istringstream named(to.parameter_or("streams", {}));
  for (std::string one; std::getline(named, one, '/');) out.push_back(one);
  return out;
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
        tick(loop.io()),
        hub(floor, rest.market(), rest.keys(), rest.die()) {
    loop.take_upgrades(
        [this](const http::wire_request& r, const http::caller&) { return taker_of(r); });
  }

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
    hub.settle(to_ms(arrived));
    settle();
  }

  void join(const std::shared_ptr<stream_peer>& who, const http::target& to, timestamp arrived) {
    if (broken) return who->admit(broken_reply());
    floor.advance(arrived);
    hub.settle(to_ms(arrived));
    auto refused = rest.meet_stream();
    const bool combined = to.segments.front() == "stream";
    if (!refused) {
      const auto bad = hub.join(who, streams_of(to), combined, to_ms(arrived));
      if (bad) refused = api::refused(*bad);
    }
    who->admit(std::move(refused));
    settle();
  }

  void advance() {
    const timestamp now = options.clock->now();
    if (!broken) floor.advance(now);
    hub.settle(to_ms(now));
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
    if (broken) return;
    hub.publish(options.clock->now());
    if (options.wants_snapshot && options.wants_snapshot()) keep_snapshot();
  }

  void keep_snapshot() {
    const auto started = std::chrono::steady_clock::now();
    const auto lines = encode_snapshot(floor.book());
    const auto kept = options.replace(lines);
    const auto took = std::chrono::steady_clock::now() - started;
    if (!kept.ok()) {
      // What is there goes on; if it does not, the next commit says so.
      return options.log->write(log_level::warning, "exchange",
                                "the log was not compacted: " + kept.error().to_string());
    }
    options.log->write(log_level::info, "exchange",
                       "the log was compacted in " +
                           std::to_string(std::chrono::floor<milliseconds>(took).count()) + " ms");
  }

  void give_up(const error& e) {
    broken = true;
    hub.close_all("the exchange has failed");
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

  std::function<void(http::wire_stream, http::wire_request)> taker_of(
      const http::wire_request& asked) {
    auto to = http::parse_target(asked.target());
    if (!to.ok() || to->segments.empty()) return {};
    const auto& first = to->segments.front();
    if (first != "ws" && (first != "stream" || to->segments.size() > 1)) return {};
    return [this, to = std::move(*to)](http::wire_stream stream, http::wire_request request) {
      open_stream_session(loop, std::move(stream), std::move(request), to, events, options.streams);
    };
  }

  stream_events make_events() {
    const auto work = [this](auto job) { loop.gate()->work(std::move(job)); };
    return {[this, work](const auto& who, http::target to) {
              work([this, who, to = std::move(to), arrived = options.clock->now()] {
                join(who, to, arrived);
              });
            },
            [this, work](const auto& who, std::string frame) {
              work([this, who, frame = std::move(frame), arrived = options.clock->now()] {
                hub.hear(who.get(), frame, to_ms(arrived));
              });
            },
            [this, work](const auto& who) { work([this, who] { hub.leave(who.get()); }); }};
  }

  void arm() {
    tick.expires_after(matching::price_process::step_length);
    tick.async_wait([this](boost::system::error_code ec) {
      if (!ec) loop.gate()->work([this] { advance(); });
    });
  }

  exchange_options options;
  const stream_events events = make_events();
  trading_floor floor;
  api rest;
  std::vector<waiting> answers;
  bool flush_is_due = false, broken = false;
  std::uint16_t port = 0;
  std::size_t open_orders = 0;
  http::engine loop;
  boost::asio::steady_timer tick;
  stream_hub hub;  ///< Last: it holds sessions of the loop.
};

exchange_server::exchange_server(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
exchange_server::~exchange_server() { stop(); }
std::uint16_t exchange_server::port() const noexcept { return parts_->port; }
std::size_t exchange_server::open_orders() const noexcept { return parts_->open_orders; }

result<std::unique_ptr<exchange_server>> exchange_server::open(
    exchange_options options, std::span<const std::string> earlier) {
  PITWALL_TRY(events, decode_log(earlier));
  try {
    auto p = std::make_unique<parts>(std::move(options));
    PITWALL_CHECK(p->floor.restore(events, p->options.clock->now()));
    p->rest.start(p->options.clock->now());
    p->open_orders = p->floor.book().open_orders({}).size();
    const auto drafted = p->floor.take_events();
    if (!drafted.empty() && p->options.commit) {
      PITWALL_CHECK(p->options.commit(encode_events(drafted)));
    }
    std::shared_ptr<http::tls_context> tls;
    if (p->options.tls) {
      PITWALL_TRY(opened, http::open_tls(*p->options.tls));
      tls = std::move(opened);
    }
    PITWALL_TRY(door, http::open_tcp(p->loop.io(), p->options.address, p->options.port));
    p->port = door.local_endpoint().port();
    p->loop.add(std::make_unique<http::listener<tcp>>(p->loop, std::move(door), tls));
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
