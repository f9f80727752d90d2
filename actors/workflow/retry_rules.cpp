#include "actors/workflow/retry_rules.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "runtime/resilience/random_pick.hpp"

namespace pitwall {
namespace {

result<retry_policy> policy_of(const block_definition* block, retry_settings s) {
  if (block != nullptr && block->retry) {
    const auto& r = *block->retry;
    s.max_attempts = r.max_attempts.value_or(s.max_attempts);
    s.min_wait = r.min_wait.value_or(std::chrono::duration_cast<milliseconds>(s.min_wait));
    s.max_wait = r.max_wait.value_or(std::chrono::duration_cast<milliseconds>(s.max_wait));
    s.multiplier = r.multiplier.value_or(s.multiplier);
    // Who gives one of both means it; the other makes room.
    if (r.min_wait && !r.max_wait) s.max_wait = std::max(s.max_wait, s.min_wait);
    if (r.max_wait && !r.min_wait) s.min_wait = std::min(s.min_wait, s.max_wait);
    if (r.jitter) {
      PITWALL_TRY(shape, backoff_from_jitter(*r.jitter));
      s.shape = shape;
    }
    if (!r.retry_on.empty()) {
      PITWALL_TRY(filter, retry_filter::parse(r.retry_on));
      s.retry_on = filter;
    }
  }
  return retry_policy::make(s);
}

const block_definition* written(const plan& workflow, std::uint32_t node) {
  const auto& blocks = workflow.definition->blocks;
  const auto at = std::find_if(blocks.begin(), blocks.end(), [&](const auto& b) {
    return b.id == workflow.nodes[node].identity->id;
  });
  return at == blocks.end() ? nullptr : &*at;
}

/// The words that events have for errors; those of a venue's own limits are no error codes.
errc code_of(std::string_view type) {
  if (type == "timeout") return errc::deadline_exceeded;
  if (type == "rate_limited" || type == "venue_busy") return errc::resource_exhausted;
  if (type == "circuit_open" || type == "retry_budget") return errc::failed_precondition;
  return errc_from_string(type);
}

std::uint64_t draw(const failed_node_attempt& a) {
  splitmix64 random{std::hash<std::string_view>{}(a.execution_id) ^
                    (std::uint64_t{a.node.index} << 32U) ^ a.failures};
  return random.next();
}

}  // namespace

std::vector<problem> retry_problems(const plan& workflow, const retry_settings& host) {
  std::vector<problem> all;
  const auto& definition = *workflow.definition;
  for (std::size_t i = 0; i < definition.blocks.size(); ++i) {
    const auto policy = policy_of(&definition.blocks[i], host);
    if (policy.ok()) continue;
    problem p;
    p.pointer = definition.origin + "/blocks/" + std::to_string(i) + "/retry";
    p.block_id = definition.blocks[i].id;
    p.message = policy.error().message;
    p.remedy = policy.error().remedy;
    all.push_back(std::move(p));
  }
  return all;
}

std::function<std::optional<microseconds>(const failed_node_attempt&)> retry_rules(
    const plan& workflow, const retry_settings& host) {
  auto policies = std::make_shared<std::vector<retry_policy>>();
  for (std::uint32_t i = 0; i < workflow.nodes.size(); ++i) {
    auto policy = policy_of(written(workflow, i), host);
    if (!policy.ok()) policy = retry_policy::make(host);
    policies->push_back(std::move(*policy));
  }
  return [policies = std::shared_ptr<const std::vector<retry_policy>>(std::move(policies))](
             const failed_node_attempt& a) -> std::optional<microseconds> {
    const auto& policy = (*policies)[a.node.index];
    failed_attempt failure;
    failure.code = code_of(a.type);
    failure.status = a.status;
    failure.retry_after = a.retry_after;
    const auto until = policy.begin(a.first_started_at, deadline(a.run_deadline));
    const auto decided = policy.decide({a.failures, a.last_wait}, failure, a.now, until, draw(a));
    return decided.retries() ? std::optional(decided.wait) : std::nullopt;
  };
}

}  // namespace pitwall
