#include "net/live/recent_events.hpp"

#include <algorithm>
#include <utility>

#include "runtime/workflow/event_weight.hpp"

namespace pitwall::live {
namespace {

constexpr std::string_view frame_head = R"({"op":"event","event":)";
// About what a frame has besides the event's own texts: ids, time, names of members.
constexpr std::size_t envelope = 256;

}  // namespace

message event_frame(std::uint64_t seq, const event_scope& scope, const event& e) {
  std::string text;
  text.reserve(384);
  text += frame_head;
  append_event_json(seq, scope, e, text);
  text += '}';
  return std::make_shared<const std::string>(std::move(text));
}

bool is_event_frame(std::string_view frame) noexcept { return frame.starts_with(frame_head); }

std::string_view event_json(std::string_view frame) noexcept {
  frame.remove_prefix(frame_head.size());
  frame.remove_suffix(1);
  return frame;
}

void recent_events::offer(const committed_ref& commit) {
  std::size_t weight = sizeof(committed);
  for (const auto& batch : commit->batches) weight += batch_weight(batch);
  const std::lock_guard lock(mutex_);
  if (!wanted_) {
    inbox_.clear();
    inbox_bytes_ = 0;
  }
  inbox_.emplace_back(commit, weight);
  inbox_bytes_ += weight;
  while (inbox_bytes_ > bounds_.inbox_bytes && inbox_.size() > 1) {
    inbox_bytes_ -= inbox_.front().second;
    inbox_.pop_front();
  }
  offered_ = true;
}

void recent_events::begin(std::uint64_t head) { head_ = std::max(head_, head); }

void recent_events::settle(bool wanted) {
  // Every session asks: all but the first have nothing to wait for.
  if (!offered_.exchange(false) && wanted == settled_wanted_) return;
  settled_wanted_ = wanted;
  decltype(inbox_) fresh;
  {
    const std::lock_guard lock(mutex_);
    fresh.swap(inbox_);
    inbox_bytes_ = 0;
    wanted_ = wanted;
  }
  for (const auto& [commit, weight] : fresh) take(commit, wanted);
  if (!wanted) {
    ring_.clear();
    bytes_ = 0;
  }
  trim();
}

void recent_events::take(const committed_ref& commit, bool wanted) {
  if (commit->last_seq <= head_) return;
  if (!wanted) {
    ring_.clear();
    bytes_ = 0;
    head_ = commit->last_seq;
    return;
  }
  if (commit->first_seq > head_ + 1) {  // The inbox was too small for what came between.
    ring_.clear();
    bytes_ = 0;
    head_ = commit->first_seq - 1;
  }
  std::uint64_t seq = commit->first_seq;
  for (const auto& batch : commit->batches) {
    for (const auto& e : batch.events) {
      if (seq > head_) {
        const auto weight = envelope + event_weight(e);
        ring_.push_back({{batch.scope, type_name(e.body)}, {commit, &e}, {}, weight});
        bytes_ += ring_.back().bytes;
        head_ = seq;
      }
      ++seq;
    }
  }
}

const message& recent_events::frame(std::uint64_t seq) {
  auto& of = ring_[seq - first()];
  if (!of.frame) {
    of.frame = event_frame(seq, *of.scope, *of.what);
    of.what.reset();
    // The event counts on: its commit stays as long as another of it has no frame.
    bytes_ += of.frame->size() - envelope;
    of.bytes += of.frame->size() - envelope;
  }
  return of.frame;
}

void recent_events::trim() {
  while (!ring_.empty() && (ring_.size() > bounds_.events || bytes_ > bounds_.bytes)) {
    bytes_ -= ring_.front().bytes;
    ring_.pop_front();
  }
}

}  // namespace pitwall::live
