#include "runtime/schedule/fire_line.hpp"

namespace pitwall {
namespace {

constexpr std::chrono::seconds retry_pause{1};
constexpr std::string_view waited_too_long = "it waited too long";

fire_action action(fire_action::kind what, const fire& f) {
  fire_action a;
  a.what = what;
  a.at = a.until = f.at;
  a.number = f.number;
  return a;
}

}  // namespace

std::string_view to_string(overlap o) noexcept {
  switch (o) {
    case overlap::skip:
      return "skip";
    case overlap::queue:
      return "queue";
    case overlap::cancel_running:
      break;
  }
  return "cancel_running";
}

void add_skip(fire_actions& to, const fire& f, std::string_view why) {
  if (!to.empty() && to.back().what == fire_action::kind::skip && to.back().why == why &&
      to.back().count > 0) {
    ++to.back().count;
    to.back().until = f.at;
    to.back().number = f.number;
    return;
  }
  to.push_back(action(fire_action::kind::skip, f));
  to.back().why = why;
}

void fire_line::offer(fire f, fire_actions& out) {
  if (state_ == state::idle) return start(f, out);
  switch (policy_.when_running) {
    case overlap::skip:
      return add_skip(out, f, "the execution before it still runs");
    case overlap::queue:
      if (queue_.size() >= policy_.queue_limit) {
        return add_skip(out, f,
                        "the execution before it still runs, and " + std::to_string(queue_.size()) +
                            " fires wait already");
      }
      queue_.push_back(f);
      return;
    case overlap::cancel_running:
      drop_waiting("a later fire took its place", out);
      if (state_ == state::retries) {
        add_skip(out, current_, "a later fire took its place");
        return start(f, out);
      }
      queue_.push_back(f);
      if (state_ == state::runs) cancel(out);
  }
}

void fire_line::started(fire_actions& out) {
  if (state_ != state::starts) return;
  state_ = state::runs;
  cancelled_ = false;
  if (policy_.when_running == overlap::cancel_running && !queue_.empty()) cancel(out);
}

void fire_line::refused(bool again, std::string_view why, timestamp now, fire_actions& out) {
  if (state_ != state::starts) return;
  const bool outdated = policy_.when_running == overlap::cancel_running && !queue_.empty();
  if (again && !outdated && now + retry_pause < current_.due + policy_.patience()) {
    state_ = state::retries;
    retry_at_ = now + retry_pause;
    return;
  }
  add_skip(out, current_, why);
  next(now, out);
}

void fire_line::ended(timestamp now, fire_actions& out) {
  if (state_ == state::runs) next(now, out);
}

void fire_line::tick(timestamp now, fire_actions& out) {
  if (!retry_at_) return;
  // A clock that was set back must not hold it up.
  if (now < *retry_at_ && *retry_at_ - now <= retry_pause) return;
  if (now <= current_.due + policy_.patience()) return start(current_, out);
  add_skip(out, current_, waited_too_long);
  next(now, out);
}

void fire_line::drop_waiting(std::string_view why, fire_actions& out) {
  for (const auto& f : queue_) add_skip(out, f, why);
  queue_.clear();
}

std::optional<fire> fire_line::starting() const noexcept {
  if (state_ != state::starts && state_ != state::retries) return std::nullopt;
  return current_;
}

std::optional<fire> fire_line::earliest_open() const noexcept {
  if (const auto f = starting()) return f;
  if (!queue_.empty()) return queue_.front();
  return std::nullopt;
}

void fire_line::next(timestamp now, fire_actions& out) {
  retry_at_.reset();
  state_ = state::idle;
  while (state_ == state::idle && !queue_.empty()) {
    const auto f = queue_.front();
    queue_.pop_front();
    if (too_late(f, now))
      add_skip(out, f, waited_too_long);
    else
      start(f, out);
  }
}

void fire_line::start(const fire& f, fire_actions& out) {
  retry_at_.reset();
  current_ = f;
  state_ = state::starts;
  out.push_back(action(fire_action::kind::start, f));
}

bool fire_line::too_late(const fire& f, timestamp now) const noexcept {
  return now > f.due + policy_.longest_wait();
}

void fire_line::cancel(fire_actions& out) {
  if (cancelled_) return;
  cancelled_ = true;
  out.push_back(action(fire_action::kind::cancel, current_));
}

}  // namespace pitwall
