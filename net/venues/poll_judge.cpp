#include "net/venues/poll_judge.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {

namespace {

constexpr std::chrono::minutes most_ahead{1};

std::string in_ms(timestamp::duration d) {
  return std::to_string(std::chrono::duration_cast<milliseconds>(d).count()) + " ms";
}

/// The venue did answer; its word for it is that of RFC 9110, "Not Modified".
error no_news(std::string why, std::string remedy) {
  error e{errc::unavailable, std::move(why), {}, std::move(remedy)};
  e.status = 304;
  return e;
}

/// By how much it is older than what was told before.
std::optional<timestamp::duration> went_back(const told_times& before, const told_times& times) {
  using slack = timestamp::duration;
  const auto by = [](const auto& last, const auto& is,
                     slack allowed) -> std::optional<timestamp::duration> {
    if (!last || !is || *last - *is <= allowed) return std::nullopt;
    return *last - *is;
  };
  if (times.told && before.told) return by(before.told, times.told, slack::zero());
  return by(before.date, times.date, poll_judge::date_slack);
}

error too_old(timestamp::duration by) {
  return no_news("the venue's answer is of " + in_ms(by) + " ago: it has told nothing new since",
                 "look at the venue's state and at this host's clock; of a market that is as quiet "
                 "as that, set the venue's stale_after");
}

}  // namespace

void poll_judge::begin(const std::string& symbol, const feed_time& now) {
  if (!symbols_.contains(symbol) && symbols_.size() >= max_symbols) {
    symbols_.erase(std::ranges::min_element(symbols_, {},
                                            [](const auto& entry) { return entry.second.last; }));
  }
  auto& p = symbols_.try_emplace(symbol, polled{now.steady, now.steady}).first->second;
  // Of before nobody was asked, and nobody was silent.
  if (now.steady - p.last >= forgotten_after) p.first = now.steady;
  p.last = now.steady;
  if (!p.asked) p.asked = now.steady;
}

status poll_judge::judge(const std::string& symbol, const std::string& target,
                         const told_times& times, timestamp observed, const feed_time& now) {
  const auto at = symbols_.find(symbol);
  const bool is_old = now.wall - observed >= stale_after_;
  if (at == symbols_.end() && !is_old) return done{};
  if (at == symbols_.end()) return too_old(now.wall - observed);
  // A target names one symbol in a few ways: this cannot grow.
  auto& before = at->second.at[target];
  if (const auto by = went_back(before, times)) {
    ++gaps_;
    return no_news("the venue's answer is " + in_ms(*by) + " older than the one before it",
                   "ask again");
  }
  if (is_old) {
    if (at->second.news) at->second.news = now.steady - (now.wall - observed);
    return too_old(now.wall - observed);
  }
  // One that is far ahead does not make old news of all that follows.
  const timestamp most = now.wall + most_ahead;
  if (times.told) before.told = std::min(*times.told, most);
  if (times.date)
    before.date = std::min(std::max(before.date.value_or(*times.date), *times.date), most);
  return done{};
}

void poll_judge::succeed(const std::string& symbol, timestamp observed, const feed_time& now) {
  const auto at = symbols_.find(symbol);
  if (at == symbols_.end()) return;
  auto& p = at->second;
  p.failed = false;
  p.asked.reset();
  p.news = now.steady - std::max(now.wall - observed, timestamp::duration::zero());
}

void poll_judge::fail(const std::string& symbol, const error& why) {
  last_error_ = why.message.substr(0, 300);
  const auto at = symbols_.find(symbol);
  if (at == symbols_.end()) return;
  at->second.failed = true;
  at->second.asked.reset();
}

void poll_judge::leave(const std::string& symbol) {
  if (const auto at = symbols_.find(symbol); at != symbols_.end()) at->second.asked.reset();
}

bool poll_judge::is_live(const polled& p, const feed_time& now) const {
  const bool unanswered = p.asked && now.steady - *p.asked >= stale_after_;
  if (!p.failed && !unanswered) return p.news.has_value();
  return p.news && now.steady - *p.news < stale_after_;
}

feed_health poll_judge::health(const feed_time& now) const {
  feed_health h;
  h.polled = true;
  h.gaps = gaps_;
  for (const auto& [_, p] : symbols_) {
    if (now.steady - p.last >= forgotten_after) continue;
    ++h.symbols;
    if (is_live(p, now)) {
      // How old its news is says nothing: nobody may have asked since.
      ++h.live;
      continue;
    }
    if (!p.failed && now.steady - p.first < stale_after_) {
      --h.symbols;  // Nothing is known of it yet.
    }
    if (!p.news) continue;
    const auto age = std::chrono::duration_cast<milliseconds>(now.steady - *p.news);
    h.last_news = std::max(h.last_news.value_or(age), age);
  }
  if (h.live < h.symbols) {
    h.last_error = last_error_.empty() ? "its questions are not answered" : last_error_;
  }
  return h;
}

}  // namespace pitwall
