// Job: one SSE viewer's place in the journal: replays what is published page by page and then
//      follows. Its place is one number, whether an event comes from a page or, for who has caught
//      up, from those in memory that all share: neither gap nor duplicate can arise between them.
// Form: "id: <seq>", "event: <type>", "data: <event JSON>", blank line.
// Owns: at most one page of events.
// Threads: as chunk_source says.
// Errors: a journal that cannot be read ends the stream with `event: error`, data: the problem.
// Bounds: page_events events held, chunks of about chunk_bytes.
// Tests: tests/net/event_feed_test.cpp, event_stream_test.cpp
#pragma once

#include "net/server/message.hpp"
#include "net/server/recent_texts.hpp"
#include "runtime/ports/control.hpp"

namespace pitwall::http {

class event_feed final : public chunk_source {
 public:
  // An event's outputs may be a megabyte: a page of many would not be a bound.
  static constexpr std::size_t page_events = 64;
  static constexpr std::size_t chunk_bytes = 128U << 10U;

  /// `from.after` and the filters count; the limit is the feed's own. `recent` may be null.
  event_feed(const control& host, event_query from, http::recent_texts* recent = nullptr);

  bool ready() const noexcept override;
  std::optional<chunk> at_once() override;
  chunk next() override;
  std::string keep_alive() const override { return ": keep-alive\n\n"; }

  /// Reads the first page now, so that an error can still become an HTTP status.
  status open();

 private:
  status refill();
  bool wants(const recent_texts::one& e) const;

  const control& host_;
  recent_texts* const recent_;
  const std::shared_ptr<void> joined_;
  event_query query_;
  event_page page_;
  std::size_t shown_ = 0;  ///< Of page_.events.
};

/// An event as SSE.
void append_sse(const recorded_event& e, std::string& out);

}  // namespace pitwall::http
