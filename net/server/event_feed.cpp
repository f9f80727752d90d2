#include "net/server/event_feed.hpp"

#include <algorithm>

#include "net/server/problem_reply.hpp"

namespace pitwall::http {

void append_sse(const recorded_event& e, std::string& out) {
  out.append("id: ").append(std::to_string(e.seq));
  out.append("\nevent: ").append(type_name(e.what.body)).append("\ndata: ");
  append_event_json(e.seq, *e.scope, e.what, out);
  out.append("\n\n");
}

event_feed::event_feed(const control& host, event_query from)
    : host_(host), query_(std::move(from)) {
  query_.limit = page_events;
}

bool event_feed::ready() const noexcept {
  return shown_ < page_.events.size() || host_.published_head() > query_.after;
}

status event_feed::open() { return refill(); }

status event_feed::refill() {
  // The head before the page: what was committed in between is shown once it is published.
  const std::uint64_t head = host_.published_head();
  page_ = {};
  shown_ = 0;
  if (head <= query_.after) return done{};
  PITWALL_TRY(page, host_.history().read(query_));
  page_ = std::move(page);
  std::erase_if(page_.events, [head](const recorded_event& e) { return e.seq > head; });
  const std::uint64_t looked_at = std::min(page_.next_after, head);
  if (looked_at <= query_.after) {
    return error{errc::data_loss,
                 "the journal ends at seq " + std::to_string(query_.after) + ", but " +
                     std::to_string(head) + " is published",
                 {},
                 "check it with `pitwall journal verify`"};
  }
  query_.after = looked_at;
  return done{};
}

chunk event_feed::next() {
  chunk c;
  if (shown_ == page_.events.size()) {
    if (const status read = refill(); !read.ok()) {
      c.text = "event: error\ndata: " + problem_reply(read.error()).body + "\n\n";
      c.last = true;
      return c;
    }
  }
  while (shown_ < page_.events.size() && c.text.size() < chunk_bytes) {
    append_sse(page_.events[shown_++], c.text);
  }
  if (shown_ == page_.events.size()) {
    page_.events.clear();
    shown_ = 0;
  }
  return c;
}

}  // namespace pitwall::http
