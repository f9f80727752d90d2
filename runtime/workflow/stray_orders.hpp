// Job: what a venue lists as open, compared with what the host knows to be open. An order of ours
//      has a client order id as make_client_order_id() (runtime/base/ids.hpp) makes them.
// Threads: plain values. Tests: tests/workflow/stray_orders_test.cpp
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pitwall {

struct stray_orders {
  std::vector<std::string> ours;     ///< Look like ours, and are not known to be open.
  std::vector<std::string> foreign;  ///< Somebody else's.
};

bool looks_like_ours(std::string_view client_order_id) noexcept;
stray_orders find_strays(const std::vector<std::string>& open_at_venue,
                         const std::function<bool(const std::string&)>& known);

/// "3: a, b and 1 more"
std::string count_and_name(const std::vector<std::string>& ids);

}  // namespace pitwall
