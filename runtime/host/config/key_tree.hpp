// Job: the keys as the tree that a file has: which names may stand below which, and what stands at
//      their ends. Threads: pure; made once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/config/keys.hpp"

namespace pitwall::config {

struct key_node {
  std::map<std::string, key_node, std::less<>> named;
  std::unique_ptr<key_node> any_name;   ///< `*`
  std::unique_ptr<key_node> any_index;  ///< `#`
  const key* leaf = nullptr;

  /// A name that is known goes before one that the user gives. Null: there is none.
  const key_node* below(std::string_view name) const;
  std::vector<std::string_view> names() const;
};

const key_node& key_tree();

}  // namespace pitwall::config
