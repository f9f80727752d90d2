// Job: a venue of which the house knows the public market data alone: prices and order books.
// Market: price_feed is the mid of the best bid and ask; balance and positions are null, for there
//      is no account here. observed_at is when the answer was received, or what
//      it says itself, where that is before. What is older than stale_after, or than what was told
//      before, is no answer.
// Streams (`stream`): price and book come from the feed while it may be believed (market_feed.hpp),
//      else by REST; the first fetch of a symbol subscribes it.
// Orders: none leave. submit() rejects with code data_only, query() leaves the doubt (another
//      adapter may have sent it, before the configuration changed), cancel() fails.
// Owns: one I/O thread; with streams a second one. Threads: any; completions run on the I/O thread,
// or before the call returns. Bounds: max_pending calls at once, beyond which they end as
// resource_exhausted. Durable: nothing. Tests: tests/net/market_venue_test.cpp
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/venues/feed_health.hpp"
#include "net/venues/market_rest.hpp"

namespace pitwall {

class io_thread;
class market_feed;
struct web_socket_options;

class market_venue final : public venue {
 public:
  /// Whether open() would take them. invalid_argument: the URL, a type that is none, streams of a
  /// type that has none.
  static status check(const std::string& type, const market_options& options);
  /// `type`: of market_types(). Connects later: a venue that is down is no error here.
  static result<std::shared_ptr<market_venue>> open(const std::string& type,
                                                    const market_options& options,
                                                    std::shared_ptr<const wall_clock> clock);
  ~market_venue() override;
  market_venue(const market_venue&) = delete;
  market_venue& operator=(const market_venue&) = delete;

  const std::string& name() const noexcept override { return options_.name; }
  cancel_call fetch_market(const market_request& request, completion<market_data> then) override;
  void submit(const std::string& client_order_id, const order_request& order,
              const order_permit& permit, std::function<void(order_report)> then) override;
  void query(const std::string& client_order_id, const order_request& order,
             completion<order_report> then) override;
  void cancel(const cancel_request& request, const std::vector<std::string>& client_order_ids,
              completion<cancel_report> then) override;
  void on_report(std::function<void(order_report)> /*listener*/) override {}
  std::vector<std::string> unanswered() const override { return {}; }
  decimal quantity_step(const std::string& symbol) const override;

  /// Of its stream, or of its answers where it has none.
  feed_health feed() const;

  /// Answers everything that waits and ends the thread; later calls fail at once. Idempotent.
  void stop();

 private:
  market_venue(market_options options, std::shared_ptr<const market_dialect> dialect,
               std::shared_ptr<market_rest> rest, std::shared_ptr<const wall_clock> clock);
  void open_stream(const web_socket_options& socket);
  result<market_data> without_asking(const market_request& request) const;

  const market_options options_;
  const std::shared_ptr<const market_dialect> dialect_;
  const std::shared_ptr<market_rest> rest_;
  const std::shared_ptr<const wall_clock> clock_;
  // Null without a stream.
  std::shared_ptr<io_thread> streams_;
  std::shared_ptr<market_feed> feed_;
  const std::shared_ptr<std::atomic<std::size_t>> pending_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace pitwall
