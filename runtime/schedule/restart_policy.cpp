#include "runtime/schedule/restart_policy.hpp"

#include <algorithm>
#include <utility>

#include "runtime/schedule/notation.hpp"

namespace pitwall {
namespace {

constexpr milliseconds shortest{100}, longest{std::chrono::hours(24)};

error wrong(std::string_view what, std::string remedy) {
  return {errc::invalid_argument,
          "'" + std::string(what) + "' is no restart policy",
          {},
          std::move(remedy)};
}

/// One of the options; false where it is none.
bool read_option(std::string_view name, std::string_view text, restart_policy& out) {
  if (name == "max") {
    const auto n = digits(text, 4);
    if (!n || *n < 1 || *n > restart_policy::most) return false;
    out.max = *n;
    return true;
  }
  if (name != "wait" && name != "max_wait") return false;
  const auto length = length_of_time(text);
  if (!length.ok() || *length < shortest || *length > longest) return false;
  (name == "wait" ? out.wait : out.max_wait) = *length;
  return true;
}

}  // namespace

milliseconds restart_policy::wait_after(std::uint32_t failures) const noexcept {
  auto w = wait;
  for (std::uint32_t i = 1; i < failures && w < max_wait; ++i) w *= 2;
  return std::min(w, max_wait);
}

std::string restart_policy::text() const {
  if (!on_failure) return "never";
  const restart_policy usual;
  std::string out = "on_failure";
  if (max != usual.max) out += " max=" + std::to_string(max);
  if (wait != usual.wait) out += " wait=" + to_text(wait);
  if (max_wait != usual.max_wait) out += " max_wait=" + to_text(max_wait);
  return out;
}

std::optional<restart_policy> parse_restart(std::string_view words, std::vector<error>& problems) {
  const auto all = words_of(words);
  const std::string forms = "write never, or on_failure [max=N] [wait=LENGTH] [max_wait=LENGTH]";
  restart_policy p;
  if (all.empty() || (all[0] != "never" && all[0] != "on_failure")) {
    problems.push_back(wrong(words, forms));
    return std::nullopt;
  }
  p.on_failure = all[0] == "on_failure";
  const auto before = problems.size();
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto equals = std::min(all[i].find('='), all[i].size());
    const auto text = all[i].substr(std::min(equals + 1, all[i].size()));
    if (!p.on_failure || !read_option(all[i].substr(0, equals), text, p))
      problems.push_back(wrong(all[i], p.on_failure
                                           ? "max is 1 to " + std::to_string(restart_policy::most) +
                                                 ", a wait is 100ms to 24h"
                                           : forms));
  }
  if (problems.size() == before && p.max_wait < p.wait)
    problems.push_back(wrong(words, "max_wait may not be less than wait"));
  return problems.size() == before ? std::optional(p) : std::nullopt;
}

bool restart_line::failed(std::uint64_t count, std::string execution_id, std::string workflow_id,
                          timestamp now) {
  if (!policy_.on_failure || count == 0) return true;
  now_.execution_id = std::move(execution_id);
  now_.workflow_id = std::move(workflow_id);
  const auto room = std::uint64_t{policy_.max} + 1 - now_.failures;
  now_.failures += static_cast<std::uint32_t>(std::min(count, room));
  if (now_.failures > policy_.max) {
    forget();
    return false;
  }
  const timestamp due = now + policy_.wait_after(now_.failures);
  now_.due = now_.due ? std::max(*now_.due, due) : due;
  // What is being asked for answers the failure before it.
  another_ = asking_;
  return true;
}

void restart_line::succeeded() { now_.failures = 0; }

void restart_line::forget() {
  now_.failures = 0;
  now_.due.reset();
  asking_ = another_ = false;
}

void restart_line::pass_over(std::string execution_id, std::string workflow_id) {
  forget();
  now_.execution_id = std::move(execution_id);
  now_.workflow_id = std::move(workflow_id);
}

bool restart_line::due(timestamp now) {
  if (!now_.due || asking_) return false;
  // A clock that was set back must not hold it up.
  if (now < *now_.due && *now_.due - now <= policy_.max_wait) return false;
  asking_ = true;
  return true;
}

void restart_line::started() {
  if (!std::exchange(asking_, false)) return;
  if (!std::exchange(another_, false)) now_.due.reset();
}

void restart_line::refused(bool again, timestamp now) {
  if (!std::exchange(asking_, false)) return;
  if (again)
    now_.due = now + policy_.wait_after(std::max(now_.failures, 1U));
  else if (!another_)
    now_.due.reset();
  another_ = false;
}

std::optional<timestamp> restart_line::next() const noexcept {
  return asking_ ? std::nullopt : now_.due;
}

}  // namespace pitwall
