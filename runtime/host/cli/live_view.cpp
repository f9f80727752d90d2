#include "runtime/host/cli/live_view.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "runtime/host/cli/terminal.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::cli {
namespace {

constexpr std::size_t note_width = 60;

decimal in_milliseconds(microseconds d) {
  return decimal::from_raw(int128{d.count()} * (decimal::one_raw / 1'000));
}

colour colour_of(std::string_view status) noexcept {
  if (status == "completed") return colour::green;
  if (status == "failed" || status == "in doubt") return colour::red;
  if (status == "skipped") return colour::yellow;
  return colour::none;
}

}  // namespace

bool live_view::offer(const committed_ref& commit) {
  std::lock_guard lock(mutex_);
  queue_.push_back(commit);
  return true;
}

live_view::line& live_view::line_of(const node_identity& node) {
  for (auto& l : lines_)
    if (l.id == node.id) return l;
  return lines_.emplace_back(line{node.id, "pending", {}, {}, {}, false});
}

void live_view::take(const event& e) {
  const auto* node = node_of(e.body);
  if (node == nullptr) return;
  auto& l = line_of(*node);
  const auto end = [&](std::string status, std::string note, microseconds duration) {
    l.status = std::move(status);
    l.note = shorten(note, note_width);
    l.duration = duration;
    l.running = false;
  };
  if (std::holds_alternative<node_started>(e.body)) {
    l.status = "running";
    l.started_at = e.at;
    l.running = true;
  } else if (const auto* c = std::get_if<node_completed>(&e.body)) {
    std::string note;
    for (std::size_t i = 0; i < c->outputs->values.size(); ++i) {
      if (c->outputs->values[i].is_null()) continue;
      if (!note.empty()) note += "  ";
      note += (*c->outputs->names)[i] + ' ' + to_json(c->outputs->values[i]);
    }
    end(c->status == node_status::in_doubt ? "in doubt" : "completed", note, c->duration);
  } else if (const auto* f = std::get_if<node_failed>(&e.body)) {
    end("failed", f->error, f->duration);
  } else if (const auto* r = std::get_if<node_retrying>(&e.body)) {
    end("retrying",
        "in " + format_milliseconds(in_milliseconds(r->wait)) + ", attempt " +
            std::to_string(r->attempt) + ": " + r->error,
        {});
  } else if (const auto* s = std::get_if<node_skipped>(&e.body)) {
    end("skipped", s->reason, {});
  } else if (std::holds_alternative<order_intent>(e.body)) {
    l.note = "order journaled, sending";
  } else if (std::holds_alternative<order_submitted>(e.body)) {
    l.note = "order accepted";
  }
}

void live_view::draw(timestamp now) {
  std::vector<committed_ref> news;
  {
    std::lock_guard lock(mutex_);
    news.swap(queue_);
  }
  for (const auto& commit : news)
    for (const auto& batch : commit->batches)
      for (const auto& e : batch.events) take(e);
  if (lines_.empty()) return;
  erase();
  const bool colours = wants_colour(2);
  std::vector<std::vector<std::string>> rows;
  for (const auto& l : lines_) {
    const auto spent = l.running ? now - l.started_at : l.duration;
    rows.push_back({l.id, l.status, format_milliseconds(in_milliseconds(spent)), l.note});
  }
  std::string text = format_table(rows);
  std::size_t start = 0, row = 0;
  std::string painted;
  for (auto stop = text.find('\n'); stop != std::string::npos;
       stop = text.find('\n', start), ++row) {
    painted +=
        paint(text.substr(start, stop - start), colour_of(lines_[row].status), colours) + '\n';
    start = stop + 1;
  }
  fmt::print(stderr, "{}", painted);
  std::fflush(stderr);
  drawn_ = lines_.size();
}

void live_view::erase() {
  if (drawn_ > 0) fmt::print(stderr, "\x1b[{}A\x1b[J", drawn_);
  drawn_ = 0;
}

}  // namespace pitwall::cli
