#include "tests/support/crash_world.hpp"

#include <algorithm>

namespace pitwall::test {

crash_world::start crash_world::prepare(const std::string& workflow) {
  const std::lock_guard lock(mutex_);
  start s{"key-" + std::to_string(seed_) + "-" + std::to_string(starts_.size() + 1), workflow};
  starts_[s.key].workflow = workflow;
  return s;
}

void crash_world::unanswered(const start& s) {
  const std::lock_guard lock(mutex_);
  unanswered_.push_back(s);
}

void crash_world::acknowledged(const start& s, const std::string& execution_id) {
  const std::lock_guard lock(mutex_);
  auto& known = starts_.at(s.key);
  ++answers_;
  if (known.is == fate::acknowledged && known.execution_id != execution_id)
    faults_.push_back(s.key + " gave " + known.execution_id + ", and then " + execution_id);
  if (known.is != fate::acknowledged) ++acknowledged_;
  known.is = fate::acknowledged;
  known.execution_id = execution_id;
}

void crash_world::refused(const start& s) {
  const std::lock_guard lock(mutex_);
  auto& known = starts_.at(s.key);
  ++answers_;
  if (known.is == fate::acknowledged)
    faults_.push_back(s.key + " gave " + known.execution_id + ", and was refused then");
  else
    known.is = fate::refused;
}

crash_world::start crash_world::take_unanswered() {
  const std::lock_guard lock(mutex_);
  if (unanswered_.empty()) return {};
  auto s = std::move(unanswered_.back());
  unanswered_.pop_back();
  return s;
}

std::size_t crash_world::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

std::size_t crash_world::ended_starts() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

std::vector<std::pair<crash_world::start, std::string>> crash_world::some_acknowledged(
    std::mt19937_64& random, std::size_t count) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<start, std::string>> all, out;
  for (const auto& [key, known] : starts_)
    if (known.is == fate::acknowledged) all.push_back({{key, known.workflow}, known.execution_id});
  std::sample(all.begin(), all.end(), std::back_inserter(out), count, random);
  return out;
}

void crash_world::halted(const std::string& scope, std::size_t arrived,
                         std::vector<std::string> listed) {
  const std::lock_guard lock(mutex_);
  halts_.push_back({scope, arrived, ~std::size_t{0}, std::move(listed)});
}

void crash_world::resumes(const std::string& scope, std::size_t arrived) {
  const std::lock_guard lock(mutex_);
  for (auto& h : halts_)
    if (h.scope == scope) h.to = std::min(h.to, arrived);
}

std::vector<std::string> crash_world::halted_scopes() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& h : halts_)
    if (h.to == ~std::size_t{0}) out.push_back(h.scope);
  return out;
}

std::vector<std::string> crash_world::differences(const journal_facts& journal,
                                                  const exchange_account& venue) const {
  const std::lock_guard lock(mutex_);
  auto out = faults_;
  out.insert(out.end(), journal.faults.begin(), journal.faults.end());
  compare_starts(journal, out);
  compare_halts(journal, venue, out);
  const auto orders = test::differences(journal, venue);
  out.insert(out.end(), orders.begin(), orders.end());
  return out;
}

void crash_world::compare_starts(const journal_facts& journal,
                                 std::vector<std::string>& out) const {
  for (const auto& [key, known] : starts_) {
    if (known.is == fate::open) out.push_back("nobody knows what became of " + key);
    if (known.is == fate::acknowledged && !journal.executions.contains(known.execution_id))
      out.push_back("acknowledged, and not in the journal: " + known.execution_id);
  }
  // One execution for each acknowledged key, and none besides.
  for (const auto& [id, x] : journal.executions) {
    const auto at = starts_.find(x.key);
    if (at == starts_.end() || at->second.is != fate::acknowledged ||
        at->second.execution_id != id || at->second.workflow != x.workflow)
      out.push_back("an execution that nobody was told of, or that was refused: " + id + " of '" +
                    x.key + "'");
    if (!x.ended()) out.push_back("did not end: " + id);
  }
}

void crash_world::compare_halts(const journal_facts& journal, const exchange_account& venue,
                                std::vector<std::string>& out) const {
  const auto concerns = [&](const halt& h, const std::string& order) {
    if (!h.scope.starts_with("bot:")) return true;  // global, or the only venue.
    const auto by = journal.executed_by.find(order);
    return by != journal.executed_by.end() &&
           "bot:" + journal.executions.at(by->second).bot == h.scope;
  };
  for (const auto& h : halts_)
    for (auto i = h.from; i < std::min(h.to, venue.arrivals.size()); ++i) {
      const auto& id = venue.arrivals[i];
      if (concerns(h, id) && std::find(h.listed.begin(), h.listed.end(), id) == h.listed.end())
        out.push_back("came in as number " + std::to_string(i + 1) + " after '" + h.scope +
                      "' was halted with " + std::to_string(h.from) + ": " + id);
    }
}

}  // namespace pitwall::test
