// Job: trades on an exchange outside this process that speaks the public Binance Spot REST
//      conventions, over HTTP/1.1, with TLS or without. docs/venues.md
// Orders (code of a rejection: nothing was accepted): dry_run, halted, not_sent (not a byte has
// left),
//      rate_limited, invalid_order_id, unknown_symbol, invalid_amount, invalid_price,
//      insufficient_balance, order_refused, filter_failure, invalid_parameter, timestamp_refused,
//      unauthorized, venue_<number>. In doubt: no_answer, server_error, unreadable_answer,
//      unknown_outcome, duplicate_order (an order of that id is open or under way).
// Leases: under a gate that is a worker's an order's recvWindow ends when the gate does.
// Doubts: query() answers not_found only with a proof (runtime/ports/venue.hpp): the venue's own
//      clock is past the order's timestamp + recv_window + proof_margin, and after that it does not
//      know the id. Of an order that an earlier process sent, the timestamp is taken to be the
//      venue's time when this adapter first read it, and recv_window that process's
//      (earlier_window). Until the proof: unavailable.
// Listener: open orders are watched, from the answer that accepted one, or from a query() that
// found
//      it open, until it is over, by polling the venue's lists of open orders. Cancels are
//      answered, not reported, save fills on the way.
// Market: price_feed is the mid price, positions are null. observed_at is when the answer was
//      received, of several answers the first: the network's delay is not taken off. A fetch has
//      `timeout` for all its requests together. Cancelled, it gives up its place among the calls,
//      its requests that wait, and the connections of those that left; not those that others share.
// Streams (`stream`): price and book come from the feed while it may be believed (market_feed.hpp),
//      else by REST; the first fetch of a symbol subscribes it. With a key, executions come by the
//      user data stream (a listen key's, or the WebSocket API's): reports are told as they happen,
//      polls become rare, and whenever the stream opens, every open order is asked for. Both are
//      best-effort: without them all is REST.
// Pauses: after a 429 or 418 nothing but cancels leaves before the time that the venue names is
//      over (binance_link.hpp): orders end as not_sent, questions as resource_exhausted.
// Quantity step: of a symbol that no fetch_market() has named yet, the smallest of all (1e-8); the
//      venue refuses what does not fit (invalid_amount).
// Owns: one I/O thread; with streams a second one.
// Threads: any; completions run on the I/O thread, or before the call returns.
// Bounds: max_watched open orders, beyond which one that may rest is not_sent; max_pending calls at
//      once, beyond which an order is rejected as not_sent and other calls end as
//      resource_exhausted; max_connections, and cancel_connections; every request has a time-out.
// Durable: nothing. Tests: tests/net/binance_venue_test.cpp, tests/net/binance_desk_test.cpp,
//      tests/net/binance_calls_test.cpp
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/venues/binance_options.hpp"
#include "net/venues/feed_health.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/ports/order_gate.hpp"
#include "runtime/ports/venue.hpp"

namespace pitwall {

class binance_desk;
class binance_link;
class binance_market;
class binance_user_stream;
class io_thread;
class market_feed;
class rest_client;
struct web_socket_options;

class binance_venue final : public venue {
 public:
  /// Whether open() would take them. invalid_argument: the URL. ca_file: may be empty.
  static status check_url(const std::string& url, const std::string& ca_file);
  /// Errors as check_url(). Connects later: a venue that is down is no error here.
  static result<std::shared_ptr<binance_venue>> open(const binance_options& options,
                                                     std::shared_ptr<const order_gate> gate,
                                                     std::shared_ptr<const wall_clock> clock);
  ~binance_venue() override;
  binance_venue(const binance_venue&) = delete;
  binance_venue& operator=(const binance_venue&) = delete;

  const std::string& name() const noexcept override { return options_.name; }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override;
  void submit(const std::string& client_order_id, const order_request& order,
              const order_permit& permit, std::function<void(order_report)> then) override;
  void query(const std::string& client_order_id, const order_request& order,
             completion<order_report> then) override;
  void cancel(const cancel_request& request, const std::vector<std::string>& client_order_ids,
              completion<cancel_report> then) override;
  std::vector<std::string> unanswered() const override;
  void expect(const std::string& client_order_id) override;
  void settled_elsewhere(const std::string& client_order_id) override;
  decimal quantity_step(const std::string& symbol) const override;
  void on_report(std::function<void(order_report)> listener) override;
  void on_regained(std::function<void()> listener) override;
  bool lists_open_orders() const noexcept override { return true; }
  void open_orders(completion<std::vector<std::string>> then) override;

  /// Of its market streams; nothing where there are none.
  std::optional<feed_health> feed() const;
  /// Whether executions come by a stream now.
  bool streams_orders() const noexcept;

  /// Why nothing but cancels leaves: the venue has asked for a pause. Empty: it has not. Any
  /// thread.
  std::string pause() const;

  /// Answers everything that waits and ends the thread; later calls fail at once. Idempotent.
  void stop();

 private:
  binance_venue(const binance_options& options, std::shared_ptr<rest_client> client,
                std::shared_ptr<const order_gate> gate, std::shared_ptr<const wall_clock> clock);
  /// `api`: where the WebSocket API is; null: orders' fates come by listen keys.
  void open_streams(const web_socket_options& socket, const web_socket_options* api,
                    std::shared_ptr<const wall_clock> clock);
  class place;
  /// A place among the calls under way, until it is left; null: there is none.
  std::shared_ptr<place> enter(std::size_t limit) const;
  error too_many() const;
  error closed() const;

  const binance_options options_;
  const std::shared_ptr<rest_client> client_;
  const std::shared_ptr<binance_link> link_;
  const std::shared_ptr<binance_market> market_;
  const std::shared_ptr<binance_desk> desk_;
  // Null without streams.
  std::shared_ptr<io_thread> streams_;
  std::shared_ptr<market_feed> feed_;
  std::shared_ptr<binance_user_stream> user_;
  const std::shared_ptr<std::atomic<std::size_t>> pending_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace pitwall
