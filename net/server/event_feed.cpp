#include "net/server/event_feed.hpp"

#include <algorithm>

#include "net/server/problem_reply.hpp"

namespace pitwall::http {

namespace {

void append_head(std::uint64_t seq, std::string_view type, std::string& out) {
  out.append("id: ").append(std::to_string(seq));
  out.append("\nevent: ").append(type).append("\ndata: ");
}

}  // namespace

void append_sse(const recorded_event& e, std::string& out) {
  append_head(e.seq, type_name(e.what.body), out);
  append_event_json(e.seq, *e.scope, e.what, out);
  out.append("\n\n");
}

event_feed::event_feed(const control& host, event_query from, recent_texts* recent)
    : host_(host),
      recent_(recent),
      joined_(recent == nullptr ? nullptr : recent->join()),
      query_(std::move(from)) {
  query_.limit = page_events;
}

bool event_feed::wants(const recent_texts::one& e) const {
  return query_.wants(e.scope) &&
         (query_.types.empty() ||
          std::find(query_.types.begin(), query_.types.end(), e.type) != query_.types.end());
}

std::optional<chunk> event_feed::at_once() {
  if (recent_ == nullptr || shown_ < page_.events.size()) return {};
  recent_->settle();
  if (query_.after + 1 < recent_->first() || query_.after >= recent_->last()) return {};
  chunk c;
  while (query_.after < recent_->last() && c.text.size() < chunk_bytes) {
    const auto e = recent_->at(++query_.after);
    if (!wants(e)) continue;
    append_head(query_.after, e.type, c.text);
    c.text.append(recent_->json(query_.after)).append("\n\n");
  }
  return c;
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
