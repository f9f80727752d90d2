// Job: an HTTP request, its reply and the exchange between them, as handlers see them: without
//      sockets, without Beast, so that the same handlers serve a Unix socket, TCP and later
//      WebSocket commands.
// Threads: request, reply and chunk are plain values. An exchange may be used from any thread.
// Tests: tests/net/router_test.cpp
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/server/target.hpp"
#include "runtime/base/clock.hpp"

namespace pitwall::http {

struct request {
  std::string method;  ///< Upper case; HEAD arrives as GET.
  target to;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  /// Case-insensitive; null where there is none.
  const std::string* header(std::string_view name) const noexcept;
};

struct reply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};
  bool cut = false;  ///< No answer at all: the connection is closed.
};

struct chunk {
  std::string text;   ///< May be empty: nothing to say yet.
  bool last = false;  ///< The stream ends after this.
};

/// A body without a known end, pulled one chunk at a time: the next is asked for only after the
/// last one was written, so that a slow reader holds one chunk and not more.
class chunk_source {
 public:
  virtual ~chunk_source() = default;
  /// Whether next() has something to look at; else the session waits for a wake. I/O thread.
  virtual bool ready() const noexcept = 0;
  /// What can be said without waiting for anything; nothing: ask next(). I/O thread, never while
  /// next() runs.
  virtual std::optional<chunk> at_once() { return {}; }
  /// May block for the disk: called on a worker thread, never twice at once.
  virtual chunk next() = 0;
  /// Sent while there is nothing else to say.
  virtual std::string keep_alive() const = 0;
};

/// One request and the place for its answer. The first answer or stream counts, later ones are
/// dropped, also when the client has gone. Released without an answer, it answers with a problem.
class exchange {
 public:
  virtual ~exchange() = default;
  virtual const request& asked() const noexcept = 0;
  virtual void answer(reply r) = 0;
  virtual void stream(std::string content_type, std::shared_ptr<chunk_source> source) = 0;
  /// Answers with late() if nothing else did within `patience`; late() runs on the I/O thread.
  virtual void answer_after(milliseconds patience, std::function<reply()> late) = 0;
  /// Runs what may block on a worker thread; an exception becomes a problem.
  virtual void work(std::function<void()> job) = 0;
};
using exchange_ref = std::shared_ptr<exchange>;

}  // namespace pitwall::http
