#include "runtime/host/config/key_tree.hpp"

namespace pitwall::config {

const key_node* key_node::below(std::string_view name) const {
  const auto found = named.find(name);
  return found == named.end() ? any_name.get() : &found->second;
}

std::vector<std::string_view> key_node::names() const {
  std::vector<std::string_view> out;
  for (const auto& [name, node] : named) out.push_back(name);
  return out;
}

const key_node& key_tree() {
  static const key_node root = [] {
    key_node top;
    for (const auto& k : keys()) {
      auto* at = &top;
      for (const auto& part : parts_of(k.path)) {
        auto& wild = part == "*" ? at->any_name : at->any_index;
        if (part != "*" && part != "#") {
          at = &at->named[part];
          continue;
        }
        if (wild == nullptr) wild = std::make_unique<key_node>();
        at = wild.get();
      }
      at->leaf = &k;
    }
    return top;
  }();
  return root;
}

}  // namespace pitwall::config
