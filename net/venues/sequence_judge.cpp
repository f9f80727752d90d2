#include "net/venues/sequence_judge.hpp"

namespace pitwall {

sequence_verdict sequence_judge::judge(const sequence_facts& facts, bool sums) {
  if (facts.rule == sequence_rule::none) return sequence_verdict::next;
  const auto at = last_.find(facts.channel);
  if (at == last_.end()) {
    if (last_.size() >= max_channels) return sequence_verdict::gap;
    last_.emplace(facts.channel, facts.last);
    return sequence_verdict::next;
  }
  std::uint64_t& last = at->second;
  if (facts.begins) {
    last = facts.last;
    return sequence_verdict::next;
  }
  if (facts.rule == sequence_rule::timed) {
    if (facts.last < last) return sequence_verdict::gap;
    last = facts.last;
    return sequence_verdict::next;
  }
  if (facts.last <= last) return sequence_verdict::old;
  bool follows = true;
  switch (facts.rule) {
    case sequence_rule::none:
    case sequence_rule::rising:
    case sequence_rule::timed:
      break;
    case sequence_rule::linked:
      follows = facts.previous == last;
      break;
    case sequence_rule::counted:
      follows = facts.first == last + 1 || (facts.first <= last && !sums);
      break;
  }
  // What is lost is lost once: the numbers go on from here.
  last = facts.last;
  return follows ? sequence_verdict::next : sequence_verdict::gap;
}

}  // namespace pitwall
