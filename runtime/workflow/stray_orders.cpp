#include "runtime/workflow/stray_orders.hpp"

#include <algorithm>

#include "runtime/base/ids.hpp"

namespace pitwall {

bool looks_like_ours(std::string_view id) noexcept {
  constexpr std::string_view prefix = "pw-";
  constexpr std::size_t ulid_size = 26, most_digits = 7;
  if (!id.starts_with(prefix)) return false;
  id.remove_prefix(prefix.size());
  if (id.size() < ulid_size + 2 || id[ulid_size] != '-' || !is_ulid(id.substr(0, ulid_size)))
    return false;
  const auto node = id.substr(ulid_size + 1);
  return node.size() <= most_digits && std::all_of(node.begin(), node.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
         });
}

stray_orders find_strays(const std::vector<std::string>& open_at_venue,
                         const std::function<bool(const std::string&)>& known) {
  stray_orders out;
  for (const auto& id : open_at_venue) {
    if (known(id)) continue;
    (looks_like_ours(id) ? out.ours : out.foreign).push_back(id);
  }
  return out;
}

std::string count_and_name(const std::vector<std::string>& ids) {
  constexpr std::size_t named = 3;
  std::string out = std::to_string(ids.size()) + ": ";
  for (std::size_t i = 0; i < std::min(named, ids.size()); ++i)
    out.append(i == 0 ? "" : ", ").append(ids[i].substr(0, 64));
  if (ids.size() > named) out += " and " + std::to_string(ids.size() - named) + " more";
  return out;
}

}  // namespace pitwall
