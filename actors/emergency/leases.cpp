// Job: the leases under which workers may send orders, and what a halt may promise of them.
#include <algorithm>
#include <utility>

#include "actors/emergency/actor.hpp"

namespace pitwall {

std::shared_ptr<const emergency_book> book_of(std::uint64_t epoch, std::vector<told_scope> scopes) {
  constexpr std::uint64_t most = 1'000'000;  // Closings in one life of a host.
  if (epoch == 0 || epoch > most) return nullptr;
  std::sort(scopes.begin(), scopes.end(),
            [](const auto& a, const auto& b) { return a.closed_epoch < b.closed_epoch; });
  auto book = std::make_shared<emergency_book>();
  const auto set = [&](const std::string& scope, emergency_level to) {
    book->apply({scope, book->level(scope), to});
  };
  // Closings whose scopes were closed again later: of a scope that no permit names.
  const auto pass = [&](std::uint64_t until) {
    while (book->epoch() < until) {
      set("gone", emergency_level::halt);
      set("gone", emergency_level::normal);
    }
  };
  for (const auto& s : scopes) {
    if (s.closed_epoch > 0) {
      if (s.closed_epoch <= book->epoch() || s.closed_epoch > epoch) return nullptr;
      pass(s.closed_epoch - 1);
      set(s.scope, can_trade(s.level) ? emergency_level::halt : s.level);
    }
    set(s.scope, s.level);
  }
  pass(epoch);
  return book->epoch() == epoch ? book : nullptr;
}

lease_answer emergency::grant(grant_lease& m) {
  if (!options_.boot || !m.holder) return {};
  show();
  const auto now = options_.boot->now();
  // A new one is worth nothing before the book that comes with it is taken.
  const bool fresh = !leases_.all().contains(m.lease);
  if (!leases_.ask(m.lease, m.worker, m.venue, fresh ? version_ : m.version, now)) return {};
  std::erase_if(holders_, [this](const auto& h) { return !leases_.all().contains(h.first); });
  holders_[m.lease] = std::move(m.holder);
  try_answers();  // What it has was in its question.
  return {true, m.lease, m.asked_ns, version_, {shown_}};
}

void emergency::add_earlier(emergency_outcome& o) const {
  if (!options_.boot || options_.boot->now() >= earlier_until_) return;
  const auto left = std::chrono::ceil<microseconds>(earlier_until_ - options_.boot->now());
  const auto until = options_.clock->now() + left;
  o.closed_at_us = std::max(o.closed_at_us, until.time_since_epoch().count());
  o.warn(
      "a worker that this host has not heard of since its start may send orders until its "
      "trading lease ends, at " +
      to_iso8601(until));
}

void emergency::show() {
  // Whoever changed it: the journal's failure closes it, and this actor hears of that later.
  auto now = options_.gate->read();
  if (now == shown_) return;
  shown_ = std::move(now);
  ++version_;
  std::erase_if(holders_, [this](const auto& h) { return !leases_.all().contains(h.first); });
  for (const auto& [name, holder] : holders_) push(name, holder);
}

void emergency::push(const lease_name& name, const lease_holder_actor& to) {
  request<caf::message_priority::high>(to, std::chrono::ceil<milliseconds>(leases_.length()),
                                       take_book{name, version_, {shown_}})
      .then(
          [this, name](const book_taken& m) {
            leases_.confirmed(name, m.version);
            try_answers();
          },
          [](caf::error&) {});  // Its lease says it.
}

emergency::reply emergency::after_workers(const std::string& scope, reply tell) {
  show();
  if (!options_.boot || leases_.without(version_, options_.boot->now()).empty()) return tell;
  const auto n = ++last_closing_;
  closings_.emplace(n, closing{scope, version_, std::move(tell)});
  try_answer(n);
  delayed_send(this, confirm_deadline, confirm_overdue{n});
  return [this, n](emergency_outcome o) {
    const auto at = closings_.find(n);
    if (at == closings_.end()) return;
    at->second.outcome = std::move(o);
    try_answer(n);
  };
}

void emergency::try_answers() {
  std::vector<std::uint64_t> all;
  for (const auto& [n, c] : closings_) all.push_back(n);
  for (const auto n : all) try_answer(n);
}

std::vector<const trading_leases::given*> emergency::still_open(const closing& c) {
  auto open = leases_.without(c.version, options_.boot->now());
  constexpr std::string_view of_venue = "venue:";
  std::erase_if(open, [scope = std::string_view(c.scope), of_venue](const auto* g) {
    return scope.starts_with(of_venue) && scope.substr(of_venue.size()) != g->venue;
  });
  return open;
}

void emergency::try_answer(std::uint64_t n) {
  const auto at = closings_.find(n);
  if (at == closings_.end()) return;
  const auto now = options_.boot->now();
  const auto open = still_open(at->second);
  // A worker has closed by the time that its word is here; how much sooner is not known.
  if (!open.empty())
    at->second.closed_at = timestamp::max();
  else if (at->second.closed_at == timestamp::max())
    at->second.closed_at = options_.clock->now();
  if (!at->second.outcome || (!open.empty() && !at->second.overdue)) return;
  auto c = std::move(closings_.extract(at).mapped());
  auto& o = *c.outcome;
  if (open.empty())
    o.closed_at_us = std::max(o.closed_at_us, c.closed_at.time_since_epoch().count());
  for (const auto* g : open) {
    const auto left = std::chrono::ceil<microseconds>(g->lease.ends_at() - now);
    const auto until = options_.clock->now() + left;
    o.closed_at_us = std::max(o.closed_at_us, until.time_since_epoch().count());
    o.warn("worker '" + g->worker + "' has not confirmed it: orders for '" + g->venue +
           "' may leave there until its trading lease ends, at " + to_iso8601(until));
    options_.log->write(log_level::error, "emergency",
                        "worker '" + g->worker + "' has not confirmed that '" + c.scope +
                            "' is closed; it is by " + to_iso8601(until));
  }
  c.tell(std::move(o));
}

}  // namespace pitwall
