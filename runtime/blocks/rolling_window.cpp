#include "runtime/blocks/rolling_window.hpp"

#include <algorithm>
#include <string>

namespace pitwall {

std::vector<decimal> window_in(const value& state, std::string_view name, std::size_t window) {
  std::vector<decimal> out;
  const value* numbers = state.find(name);
  if (numbers == nullptr || !numbers->is_list()) return out;
  const value::list& all = numbers->as_list();
  const std::size_t skipped = all.size() > window ? all.size() - window : 0;
  out.reserve(all.size() - skipped + 1);
  for (std::size_t i = skipped; i < all.size(); ++i) {
    if (!all[i].is_number()) return {};
    out.push_back(all[i].as_number());
  }
  return out;
}

value window_state(std::string_view name, const std::vector<decimal>& kept, decimal newest,
                   std::size_t window) {
  const std::size_t skipped = kept.size() + 1 > window ? kept.size() + 1 - window : 0;
  value::list numbers;
  numbers.reserve(kept.size() + 1 - skipped);
  for (std::size_t i = skipped; i < kept.size(); ++i) numbers.emplace_back(kept[i]);
  numbers.emplace_back(newest);
  value::object state;
  state.emplace_back(std::string(name), value(std::move(numbers)));
  return value(std::move(state));
}

result<decimal> mean_of(const std::vector<decimal>& numbers) {
  decimal sum;
  for (const decimal n : numbers) {
    PITWALL_TRY(next, add(sum, n));
    sum = next;
  }
  return div(sum, decimal(static_cast<std::int64_t>(numbers.size())));
}

}  // namespace pitwall
