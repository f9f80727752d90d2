// Job: how the Binance adapter is set up.
// Threads: plain values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "net/signature.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall {

struct binance_options {
  std::string name = "binance";
  std::string url;                ///< http[s]://HOST[:PORT]
  std::filesystem::path ca_file;  ///< Whose certificates to believe; none: the system's.
  std::optional<api_key> key;     ///< None: private requests are not signed.
  /// False: dry run. Orders are rejected (dry_run) before anything leaves; all else works.
  bool live = true;
  /// From the call to the answer of one request: waiting, connecting, writing, reading.
  milliseconds timeout{5'000};
  /// How long after its timestamp the venue may still accept a request.
  milliseconds recv_window{2'000};
  /// How long after this adapter's first look at its clock the venue may still accept what a
  /// process before this one has signed; less is as much as recv_window.
  milliseconds earlier_window{};
  /// Beyond recv_window, before "unknown there" counts as "never accepted": the venue's own
  /// bookkeeping may lag behind its clock.
  milliseconds proof_margin{1'000};
  milliseconds poll_interval{500};      ///< Of open orders.
  milliseconds clock_interval{60'000};  ///< How often the venue's clock is read.
  std::size_t max_connections = 4;
  /// More of them, for cancels alone: many orders at once are over soon, also where a lease is
  /// short and the venue slow. A cancel counts little there: 1 of 6,000 a minute.
  std::size_t cancel_connections = 16;
  /// Orders, queries and fetches under way at once; cancels may be as many again.
  std::size_t max_pending = 1'024;
  /// Open orders that are watched. One that might rest beyond them is not sent.
  std::size_t max_watched = 10'000;
  std::size_t polls_at_once = 8;  ///< Orders that are asked for one by one, after a list.
  /// What polling may take, in the venue's units of weight, of 6,000 a minute there.
  unsigned poll_units_a_second = 50;
  /// After a 429, or a 418, that names no time.
  milliseconds pause{10'000}, ban{120'000};
  /// Told once of each pause that the venue asks for, on the I/O thread.
  std::function<void(const std::string&)> paused{};
  std::size_t max_doubts = 16'384;  ///< Orders in doubt whose timestamps are remembered.
  unsigned depth = 10;              ///< Levels per side of the order book.
  /// Market data and, with a key, what becomes of orders come by WebSocket too.
  bool stream = false;
  milliseconds stale_after{10'000};         ///< Without news for so long a price is not tradable.
  milliseconds keep_listen_key{1'800'000};  ///< How often: it lasts for an hour.
  /// ws[s]://HOST[:PORT] of a WebSocket API, where orders' fates come by that and not by listen
  /// keys. Empty: the one of api.binance.com where `url` is that, else listen keys.
  std::string ws_api{};
  /// Told why the stream of what becomes of orders is not open: once of each reason in a row.
  std::function<void(const std::string&)> warn{};
  unsigned polls_passed_over = 10;  ///< Of so many one is made while the stream is open.
};

}  // namespace pitwall
