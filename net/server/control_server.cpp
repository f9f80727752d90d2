#include "net/server/control_server.hpp"

#include <sys/stat.h>

#include <algorithm>

#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <exception>
#include <system_error>
#include <vector>

#include "net/access/gate.hpp"
#include "net/live/live_socket.hpp"
#include "net/peers/host_relay.hpp"
#include "net/server/api.hpp"
#include "net/server/client_page.hpp"
#include "net/server/deadline.hpp"
#include "net/server/listener.hpp"
#include "net/server/loopback_guard.hpp"
#include "net/server/tcp_door.hpp"
#include "net/server/unix_path.hpp"

namespace pitwall {
namespace {

using unix_protocol = boost::asio::local::stream_protocol;
using tcp_protocol = boost::asio::ip::tcp;

constexpr milliseconds recheck_every{1'000};

/// Bound, then private, then listening: before listen() nobody can connect.
void open_private(unix_protocol::acceptor& a, const std::filesystem::path& socket) {
  const unix_protocol::endpoint where(socket.native());
  a.open(where.protocol());
  a.bind(where);
  if (::chmod(socket.c_str(), S_IRUSR | S_IWUSR) != 0) {
    throw std::system_error(errno, std::generic_category(), "chmod");
  }
  a.listen();
}

/// Whether there is a token file.
result<bool> looked_at(const control_server::options& opts) {
  if (!opts.tcp) return false;
  const control_server::tcp_place& where = *opts.tcp;
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(where.address, ec);
  if (ec) {
    return {errc::invalid_argument, "this is no IP address", where.address,
            "listen on 127.0.0.1 or ::1"};
  }
  for (const auto& origin : opts.access.allowed_origins) {
    if (http::is_origin(origin)) continue;
    return {errc::invalid_argument, "this is no origin", origin,
            "write https://HOST or https://HOST:PORT, without a path"};
  }
  if (where.tls) {
    if (const auto tls = http::open_tls(*where.tls); !tls.ok()) return tls.error();
  }
  const auto tokens = access::read_tokens(opts.access.tokens);
  if (!tokens.ok() && tokens.error().code != errc::not_found) return tokens.error();
  if (address.is_loopback()) return tokens.ok();
  if (!tokens.ok() || tokens->all().empty()) {
    return {errc::invalid_argument,
            "this address can be reached from elsewhere, and no token is configured", where.address,
            "make one first, with `pitwall token create`, or listen on 127.0.0.1 or ::1"};
  }
  if (where.tls || where.insecure_plain) return true;
  return {errc::invalid_argument,
          "this address can be reached from elsewhere, and tokens would go there in the clear",
          where.address,
          "give --tls-cert and --tls-key; or --insecure-plain, where something in front of it "
          "speaks TLS"};
}

/// A door: a thread of its own, and all that is served on it. Its gate, its sessions and their
/// recent events are used on that thread alone.
struct entrance {
  access::gate gate;
  live::live_service live;  ///< Before the loop, whose sessions are its own.
  http::engine loop;
  http::deadline recheck;

  entrance(control& host, const http::server_figures& own, access::gate_options access,
           live::live_options how, const server_options& bounds, log_port* log)
      : gate(std::move(access), how.clock, log),
        live(loop, gate, host, std::move(how)),
        loop(
            make_router(host, own, live),
            [this, &host, peers = own.peers](const std::function<void()>& wake) {
              auto token = host.on_published([this, wake](const committed_ref& commit) {
                live.offer(commit);
                wake();
              });
              live.begin(host.published_head());
              using both = std::pair<std::shared_ptr<void>, std::shared_ptr<void>>;
              return std::make_shared<both>(std::move(token),
                                            peers ? peers->on_told(wake) : nullptr);
            },
            bounds, log),
        recheck(loop.io().get_executor()) {
    loop.take_upgrades([this](const http::wire_request& asked, const http::caller& from) {
      return live.taker_of(asked, from);
    });
    loop.take_guard(&gate);
  }

  static http::router make_router(control& host, const http::server_figures& own,
                                  live::live_service& recent) {
    auto r = http::make_api(host, own, &recent);
    live::add_live_route(r);
    http::add_client_route(r);
    return r;
  }

  /// A request is looked at when it comes; this is for those who stay, and so that a token file
  /// that comes and goes between two requests was seen.
  void recheck_on() {
    recheck.arm(recheck_every, [this] {
      recheck_on();  // First: what fails once goes on all the same.
      gate.tokens();
      loop.recheck();
    });
  }
};

/// Of all doors together; on any thread.
class counts {
 public:
  void add(const entrance& e) { doors_.push_back(&e); }

  std::size_t web_sockets() const {
    return sum([](const entrance& e) { return e.live.connections(); });
  }
  metric_families figures() const {
    const auto sockets = static_cast<double>(web_sockets());
    const auto connections = sum([](const entrance& e) { return e.loop.connections(); });
    // Who has shown no token holds no place among the streams.
    const auto streams = static_cast<double>(
        sum([](const entrance& e) { return e.loop.streams() + e.live.strangers(); }));
    return {{"pitwall_connections",
             "Open connections, of requests and of viewers.",
             metric_kind::gauge,
             {{{}, static_cast<double>(connections)}}},
            {"pitwall_stream_clients",
             "Viewers that follow events, by kind.",
             metric_kind::gauge,
             {{{{"kind", "websocket"}}, sockets},
              {{{"kind", "sse"}}, std::max(streams - sockets, 0.0)}}},
            cuts()};
  }

 private:
  template <class F>
  std::size_t sum(F of) const {
    std::size_t all = 0;
    for (const auto* e : doors_) all += of(*e);
    return all;
  }
  metric_family cuts() const {
    metric_family cut{"pitwall_stream_clients_cut_total",
                      "Viewers that the server cut off, by kind and reason.", metric_kind::counter};
    for (const auto* e : doors_) {
      std::size_t i = 0;
      for (const auto& c : e->loop.cuts()) {
        if (cut.samples.size() == i)
          cut.samples.push_back(
              {{{"kind", std::string(c.kind)}, {"reason", std::string(c.reason)}}, 0});
        cut.samples[i++].value += static_cast<double>(c.count);
      }
    }
    return cut;
  }

  std::vector<const entrance*> doors_;  ///< All there are, before one runs.
};

}  // namespace

struct control_server::parts {
  unix_path socket;
  std::uint16_t port = 0;
  counts both;
  std::shared_ptr<peers::host_relay> peers;
  const std::string name;
  entrance owners;                    ///< On the Unix socket.
  std::unique_ptr<entrance> viewers;  ///< On the port.

  parts(unix_path claimed, control& host, const options& opts, log_port* log)
      : socket(std::move(claimed)),
        // Nobody who comes by it is asked for a token.
        peers(opts.peers),
        name(opts.live.session.host),
        owners(host, own(), {}, for_owners(opts.live), opts.bounds, log) {
    both.add(owners);
    if (!opts.tcp) return;
    auto bounds = opts.bounds;
    bounds.yields = true;
    viewers = std::make_unique<entrance>(host, own(), opts.access, opts.live, bounds, log);
    both.add(*viewers);
  }

  http::server_figures own() const {
    return {[this] {
              auto all = both.figures();
              for (auto& f : peers ? peers->figures() : metric_families{})
                all.push_back(std::move(f));
              return all;
            },
            [this] { return both.web_sockets(); }, peers, name};
  }
  static live::live_options for_owners(live::live_options how) {
    how.connection_prefix = 'u';
    return how;
  }

  void listen_unix() {
    unix_protocol::acceptor a(owners.loop.io());
    open_private(a, socket.path());
    owners.loop.add(std::make_unique<http::listener<unix_protocol>>(owners.loop, std::move(a)));
  }
  status listen_tcp(const tcp_place& where) {
    std::shared_ptr<http::tls_context> tls;
    if (where.tls) {
      PITWALL_TRY(opened, http::open_tls(*where.tls));
      tls = std::move(opened);
    }
    auto& loop = viewers->loop;
    PITWALL_TRY(door, http::open_tcp(loop.io(), where.address, where.port));
    port = door.local_endpoint().port();
    loop.gate()->post([this] { viewers->recheck_on(); });
    loop.add(std::make_unique<http::listener<tcp_protocol>>(loop, std::move(door), std::move(tls)));
    return done{};
  }
  void run() {
    owners.loop.run();
    if (viewers) viewers->loop.run();
  }
  /// Both at once: each may need its whole grace.
  void stop() {
    if (viewers) viewers->loop.begin_stop();
    owners.loop.stop();
    if (viewers) viewers->loop.stop();
  }
};

status control_server::check(const options& opts) {
  PITWALL_CHECK(looked_at(opts));
  return done{};
}

std::vector<error> control_server::obstacles(const options& opts) {
  std::vector<error> all;
  if (const auto fits = unix_path::check_length(opts.socket); !fits.ok())
    all.push_back(fits.error());
  boost::asio::io_context io;
  if (opts.tcp && opts.tcp->port != 0)
    if (const auto door = http::open_tcp(io, opts.tcp->address, opts.tcp->port); !door.ok())
      all.push_back(door.error());
  return all;
}

control_server::control_server(std::unique_ptr<parts> p) : parts_(std::move(p)) {}

control_server::~control_server() { stop(); }

std::uint16_t control_server::port() const noexcept { return parts_->port; }

result<std::unique_ptr<control_server>> control_server::open(options opts, control& host,
                                                             log_port* log) {
  PITWALL_TRY(guarded, looked_at(opts));
  opts.live.others = opts.peers;
  // A file that goes away from here on opens nothing.
  if (guarded) opts.access.always = true;
  const std::string where = opts.socket.string();
  PITWALL_TRY(claimed, unix_path::claim(std::move(opts.socket)));
  try {
    auto p = std::make_unique<parts>(std::move(claimed), host, opts, log);
    p->listen_unix();
    if (opts.tcp) PITWALL_CHECK(p->listen_tcp(*opts.tcp));
    p->run();
    return std::unique_ptr<control_server>(new control_server(std::move(p)));
  } catch (const std::exception& failure) {
    return {errc::io_error, std::string("the control socket cannot be opened: ") + failure.what(),
            where, "check that the data directory is writable and on a local file system"};
  }
}

void control_server::stop() { parts_->stop(); }

}  // namespace pitwall
