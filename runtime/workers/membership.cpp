#include "runtime/workers/membership.hpp"

#include <algorithm>
#include <utility>

namespace pitwall {
namespace {

constexpr std::size_t max_name = 64, max_labels = 64, max_label = 128;

/// It is shown in tables and logs, and typed by people.
bool is_usable(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_name &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

bool are_usable(const std::vector<std::string>& labels) noexcept {
  return labels.size() <= max_labels &&
         std::all_of(labels.begin(), labels.end(),
                     [](const auto& l) { return !l.empty() && l.size() <= max_label; });
}

}  // namespace

std::string_view to_string(worker_state s) noexcept {
  switch (s) {
    case worker_state::joined:
      return "joined";
    case worker_state::suspect:
      return "suspect";
    case worker_state::lost:
      return "lost";
    case worker_state::left:
      return "left";
  }
  return "unknown";
}

membership::membership(const membership_settings& settings)
    : settings_(settings), next_epoch_(std::max<std::uint64_t>(settings.first_epoch, 1)) {}

result<membership::taken> membership::join(worker_facts who, boot_time now) {
  if (!is_usable(who.name))
    return error{errc::invalid_argument,
                 "a worker's name is 1 to 64 visible ASCII characters, without blanks",
                 {},
                 "give it another one with --name"};
  if (!are_usable(who.labels))
    return error{errc::invalid_argument,
                 "a worker has at most 64 labels of 1 to 128 bytes",
                 {},
                 "give it fewer or shorter --labels"};
  taken out;
  if (const auto at = members_.find(who.name); at != members_.end()) {
    auto& m = at->second;
    const bool is_here = live(m.epoch, now) && now - m.heard < settings_.suspect_after;
    if (is_here && m.facts.incarnation != who.incarnation)
      return error{errc::failed_precondition,
                   "another worker with the name '" + who.name + "' is here",
                   {},
                   "give this one another --name; if the other one has died, it is gone soon"};
    if (is_live(m)) out.ended = worker_change{who.name, m.epoch, worker_state::lost};
    members_.erase(at);
  } else {
    make_room();
    if (members_.size() >= settings_.max_workers)
      return error{errc::resource_exhausted,
                   "this host has " + std::to_string(members_.size()) + " workers already",
                   {},
                   "join another host"};
  }
  out.epoch = next_epoch_++;
  member m{std::move(who), worker_state::joined, out.epoch, {settings_.lease, now}, now};
  auto name = m.facts.name;
  members_.emplace(std::move(name), std::move(m));
  return out;
}

bool membership::heartbeat(std::uint64_t epoch, double load, boot_time now) {
  auto* m = find(epoch);
  if (m == nullptr || !is_live(*m) || !m->lease.renew(now)) return false;
  m->heard = now;
  m->load = load;
  return true;
}

std::optional<worker_change> membership::gone(std::uint64_t epoch, worker_state how,
                                              boot_time now) {
  auto* m = find(epoch);
  if (m == nullptr || !is_live(*m)) return std::nullopt;
  m->state = m->lease.has_ended(now) ? worker_state::lost : how;
  return worker_change{m->facts.name, epoch, m->state};
}

std::vector<worker_change> membership::look(boot_time now) {
  std::vector<worker_change> out;
  for (auto& [name, m] : members_) {
    if (!is_live(m)) continue;
    const auto was = m.state;
    if (m.lease.has_ended(now))
      m.state = worker_state::lost;
    else
      m.state =
          now - m.heard >= settings_.suspect_after ? worker_state::suspect : worker_state::joined;
    if (m.state != was) out.push_back({name, m.epoch, m.state});
  }
  return out;
}

bool membership::live(std::uint64_t epoch, boot_time now) {
  auto* m = find(epoch);
  return m != nullptr && is_live(*m) && !m->lease.has_ended(now);
}

membership::member* membership::find(std::uint64_t epoch) {
  for (auto& [name, m] : members_)
    if (m.epoch == epoch) return &m;
  return nullptr;
}

void membership::make_room() {
  while (members_.size() >= settings_.max_workers) {
    auto oldest = members_.end();
    for (auto at = members_.begin(); at != members_.end(); ++at)
      if (!is_live(at->second) &&
          (oldest == members_.end() || at->second.heard < oldest->second.heard))
        oldest = at;
    if (oldest == members_.end()) return;
    members_.erase(oldest);
  }
}

}  // namespace pitwall
