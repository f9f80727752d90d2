#include "runtime/resilience/call_window.hpp"

namespace pitwall {

namespace {

constexpr std::uint8_t failed_bit = 1, slow_bit = 2;

void add_to(call_counts& sum, const call_counts& more) noexcept {
  sum.calls += more.calls;
  sum.failures += more.failures;
  sum.slow += more.slow;
}

void take_from(call_counts& sum, const call_counts& less) noexcept {
  sum.calls -= less.calls;
  sum.failures -= less.failures;
  sum.slow -= less.slow;
}

call_counts one_call(bool failed, bool slow) noexcept {
  return {1, failed ? 1U : 0U, slow ? 1U : 0U};
}

call_counts counts_of(std::uint8_t bits) noexcept {
  return one_call((bits & failed_bit) != 0, (bits & slow_bit) != 0);
}

}  // namespace

status call_window::check(const window_settings& s) {
  if (s.by == window_settings::measure::calls) {
    if (s.calls >= 1 && s.calls <= 10'000) return done{};
    return {errc::invalid_argument,
            "a window must hold at least one call",
            {},
            "give 1 to 10000 calls"};
  }
  if (s.buckets < 1 || s.buckets > 1'000) {
    return {errc::invalid_argument,
            "a window must have at least one bucket",
            {},
            "give 1 to 1000 buckets"};
  }
  if (s.length < microseconds(s.buckets) || s.length > std::chrono::hours(24)) {
    return {errc::invalid_argument,
            "a window's length is out of range",
            {},
            "give a time of up to a day, at least a microsecond for each bucket"};
  }
  return done{};
}

call_window::call_window(const window_settings& settings) : settings_(settings) {
  if (settings.by == window_settings::measure::calls) {
    state_.ring.reserve(settings.calls);
    return;
  }
  // Rounded up, so that the buckets cover the whole length; and one more is being filled.
  width_ = (settings.length.count() + settings.buckets - 1) / settings.buckets;
  state_.buckets.reserve(settings.buckets + 1U);
}

std::int64_t call_window::bucket_at(timestamp t) const noexcept {
  const auto us = t.time_since_epoch().count();
  return us / width_ - (us % width_ < 0 ? 1 : 0);
}

void call_window::forget_before(std::int64_t bucket) noexcept {
  auto& s = state_;
  const auto size = static_cast<std::int64_t>(s.buckets.size());
  if (bucket - s.newest >= size) {
    std::fill(s.buckets.begin(), s.buckets.end(), call_counts{});
    s.sum = {};
    s.newest = bucket;
  }
  while (s.newest < bucket) {
    auto& oldest = s.buckets[static_cast<std::size_t>((++s.newest % size + size) % size)];
    take_from(s.sum, oldest);
    oldest = {};
  }
}

void call_window::add(timestamp t, bool failed, bool slow) noexcept {
  auto& s = state_;
  const auto call = one_call(failed, slow);
  if (settings_.by == window_settings::measure::calls) {
    const auto bits = static_cast<std::uint8_t>((failed ? failed_bit : 0) | (slow ? slow_bit : 0));
    if (s.ring.size() < settings_.calls) {
      s.ring.push_back(bits);
    } else {
      take_from(s.sum, counts_of(s.ring[s.next]));
      s.ring[s.next] = bits;
      s.next = s.next + 1 == settings_.calls ? 0 : s.next + 1;
    }
  } else {
    if (s.buckets.empty()) {
      s.buckets.resize(settings_.buckets + 1U);
      s.newest = bucket_at(t);
      newest_ends_ = timestamp(microseconds((s.newest + 1) * width_));
    } else if (t >= newest_ends_) {
      forget_before(bucket_at(t));
      newest_ends_ = timestamp(microseconds((s.newest + 1) * width_));
    }
    const auto size = static_cast<std::int64_t>(s.buckets.size());
    add_to(s.buckets[static_cast<std::size_t>((s.newest % size + size) % size)], call);
  }
  add_to(s.sum, call);
}

call_counts call_window::sum_at(timestamp t) const noexcept {
  const auto& s = state_;
  if (s.buckets.empty()) return s.sum;
  const auto size = static_cast<std::int64_t>(s.buckets.size());
  auto sum = s.sum;
  const auto gone = std::clamp<std::int64_t>(bucket_at(t) - s.newest, 0, size);
  for (std::int64_t i = 1; i <= gone; ++i) {
    take_from(sum, s.buckets[static_cast<std::size_t>(((s.newest + i) % size + size) % size)]);
  }
  return sum;
}

void call_window::clear() noexcept {
  state_.ring.clear();
  state_.buckets.clear();
  state_.next = 0;
  state_.newest = 0;
  state_.sum = {};
  newest_ends_ = timestamp::min();
}

bool call_window::consistent(const state& s) const noexcept {
  const bool by_calls = settings_.by == window_settings::measure::calls;
  if (by_calls ? !s.buckets.empty() : !s.ring.empty() || s.next != 0) return false;
  if (by_calls && (s.ring.size() > settings_.calls || (s.next != 0 && s.next >= s.ring.size()) ||
                   (s.next != 0 && s.ring.size() < settings_.calls))) {
    return false;
  }
  if (!s.buckets.empty() && s.buckets.size() != settings_.buckets + 1U) return false;
  const auto last = std::numeric_limits<std::int64_t>::max() / width_ - 1;
  if (s.newest > last || s.newest < -last) return false;
  call_counts sum;
  for (const auto bits : s.ring) add_to(sum, counts_of(bits));
  for (const auto& bucket : s.buckets) {
    if (bucket.failures > bucket.calls || bucket.slow > bucket.calls) return false;
    add_to(sum, bucket);
  }
  return sum == s.sum;
}

bool call_window::restore(const state& s) {
  clear();
  if (!consistent(s)) return false;
  // Into what is reserved: an assignment of the whole might give memory back.
  state_.ring.assign(s.ring.begin(), s.ring.end());
  state_.buckets.assign(s.buckets.begin(), s.buckets.end());
  state_.next = s.next;
  state_.newest = s.newest;
  state_.sum = s.sum;
  if (!s.buckets.empty()) newest_ends_ = timestamp(microseconds((s.newest + 1) * width_));
  return true;
}

}  // namespace pitwall
