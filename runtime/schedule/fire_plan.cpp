#include "runtime/schedule/fire_plan.hpp"

#include <utility>

namespace pitwall {
namespace {

constexpr std::string_view too_late = "it was missed, and is too late now";

/// FNV-1a, then a finalizer whose every output bit depends on every input bit: near moments and
/// like names give unlike jitters, the same on every machine.
std::uint64_t mixed(std::string_view name, std::int64_t at) noexcept {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  h ^= static_cast<std::uint64_t>(at);
  h = (h ^ (h >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  h = (h ^ (h >> 27U)) * 0x94d049bb133111ebULL;
  return h ^ (h >> 31U);
}

}  // namespace

std::string trigger_key(std::string_view bot_id, timestamp at) {
  return "trigger/" + std::string(bot_id) + "/" + to_iso8601(at);
}

fire_plan::fire_plan(std::string bot_id, schedule when, fire_policy policy, timestamp handled)
    : bot_id_(std::move(bot_id)),
      when_(std::move(when)),
      policy_(policy),
      handled_(handled),
      next_(when_.next_after(handled)),
      line_(policy) {
  restore_due_before();
}

/// So that a moment is due at the same time in every life.
void fire_plan::restore_due_before() {
  if (policy_.jitter.count() == 0) return;
  auto t = when_.next_after(handled_ - policy_.jitter);
  for (; t && *t <= handled_; t = when_.next_after(*t)) due_before_ = due(*t);
}

milliseconds fire_plan::jitter(timestamp at) const noexcept {
  const auto most = static_cast<std::uint64_t>(policy_.jitter.count());
  if (most == 0) return milliseconds(0);
  return milliseconds(mixed(bot_id_, at.time_since_epoch().count()) % (most + 1));
}

void fire_plan::handle(timestamp at) {
  handled_ = at;
  next_ = when_.next_after(at);
}

/// In one step, however many there are: a host may have been down for a year.
void fire_plan::skip_long_missed(timestamp now, fire_actions& out) {
  const auto cut = now - policy_.patience() - policy_.jitter - microseconds(1);
  if (!next_ || *next_ > cut) return;
  fire_action skipped;
  skipped.what = fire_action::kind::skip;
  skipped.at = *next_;
  skipped.until = cut;
  skipped.count = 0;
  skipped.why = shut_.empty() ? too_late : shut_;
  const auto after = when_.next_after(*next_);
  if (!after || *after > cut) {
    skipped.until = *next_;
    skipped.count = 1;
  }
  out.push_back(std::move(skipped));
  handle(cut);
}

fire_actions fire_plan::tick(timestamp now) {
  fire_actions out;
  line_.tick(now, out);
  skip_long_missed(now, out);
  std::optional<fire> missed;
  std::vector<fire> punctual;
  const auto skip_missed = [&] {
    if (missed) add_skip(out, *missed, "it was missed, and a later one stands for it");
    missed.reset();
  };
  while (next_ && due(*next_) <= now) {
    const fire f{*next_, due(*next_)};
    due_before_ = f.due;
    handle(f.at);
    const auto late = now - f.due;
    if (!shut_.empty()) {
      add_skip(out, f, shut_);
    } else if (late > policy_.patience()) {
      add_skip(out, f, too_late);
    } else if (late <= fire_policy::on_time) {
      punctual.push_back(f);
    } else if (policy_.each_missed) {
      line_.offer(f, out);
    } else {
      skip_missed();
      missed = f;
    }
  }
  if (!punctual.empty()) skip_missed();
  if (missed) line_.offer(*missed, out);
  for (const auto& f : punctual) line_.offer(f, out);
  return out;
}

fire_actions fire_plan::started() {
  fire_actions out;
  line_.started(out);
  return out;
}

fire_actions fire_plan::refused(bool again, std::string_view why, timestamp now) {
  fire_actions out;
  line_.refused(again && shut_.empty(), why, now, out);
  return out;
}

fire_actions fire_plan::ended(timestamp now) {
  fire_actions out;
  line_.ended(now, out);
  return out;
}

fire_actions fire_plan::shut(std::string why) {
  fire_actions out;
  shut_ = std::move(why);
  if (!shut_.empty()) line_.drop_waiting(shut_, out);
  return out;
}

fire_plan::memory fire_plan::remember() const {
  memory m{handled_, std::nullopt};
  if (const auto f = line_.starting()) m.starting = f->at;
  if (const auto open = line_.earliest_open()) m.handled = open->at - microseconds(1);
  return m;
}

std::optional<timestamp> fire_plan::next_wake() const {
  auto wake = line_.next_try();
  if (next_ && (!wake || due(*next_) < *wake)) wake = due(*next_);
  return wake;
}

}  // namespace pitwall
