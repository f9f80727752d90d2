#include "net/peers/all_hosts_board.hpp"

#include <algorithm>
#include <utility>

namespace pitwall::peers {

std::string_view to_string(told t) noexcept {
  constexpr std::string_view names[] = {"pending", "done", "refused", "unreachable", "unknown"};
  return names[static_cast<std::size_t>(t)];
}

bool all_hosts_report::finished() const noexcept {
  return std::none_of(hosts.begin(), hosts.end(),
                      [](const told_host& h) { return h.outcome == told::pending; });
}

all_hosts_board::entry* all_hosts_board::at(std::string_view id) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const entry& e) { return e.report.id == id; });
  return found == entries_.end() ? nullptr : &*found;
}

void all_hosts_board::open(all_hosts_report asked) {
  if (entries_.size() == most_) entries_.pop_front();
  entries_.push_back({std::move(asked), {}});
}

std::vector<all_hosts_board::waiter> all_hosts_board::tell(std::string_view id,
                                                           const told_host& what) {
  entry* e = at(id);
  if (e == nullptr) return {};
  for (auto& h : e->report.hosts) {
    if (h.host != what.host || h.outcome != told::pending) continue;
    const auto url = std::move(h.url);
    h = what;
    h.url = url;
  }
  return e->report.finished() ? std::exchange(e->waiting, {}) : std::vector<waiter>{};
}

const all_hosts_report* all_hosts_board::find(std::string_view id) const {
  const auto* e = const_cast<all_hosts_board*>(this)->at(id);
  return e == nullptr ? nullptr : &e->report;
}

void all_hosts_board::when_finished(std::string_view id, waiter then) {
  if (entry* e = at(id)) e->waiting.push_back(std::move(then));
}

}  // namespace pitwall::peers
