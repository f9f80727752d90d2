// Job: the set of known block types. Hosts and other projects start from make_builtin_registry()
//      and add their own types before the first workflow is validated.
// Owns: the block types; pointers from find() and all() stay good while the registry lives, also
//      when it is moved.
// Threads: add() from one thread, before anyone else reads; then immutable.
// Errors: add(): already_exists; invalid_argument with everything that is wrong with a descriptor.
// Tests: tests/blocks/registry_test.cpp, tests/blocks/all_types_test.cpp
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/workflow/block.hpp"

namespace pitwall {

class block_registry final : public block_catalog {
 public:
  status add(block_type type);

  const block_type* find(std::string_view type) const noexcept override;
  /// In the order in which they were added.
  std::vector<const block_type*> all() const override;

 private:
  std::vector<std::unique_ptr<const block_type>> types_;
  std::unordered_map<std::string_view, const block_type*> by_name_;
};

/// Everything wrong with a descriptor: names, category, ports, properties, fallbacks, make.
status check_block_type(const block_type& type);

/// The block library of Pitwall itself: all that needs no network of its own.
block_registry make_builtin_registry();

}  // namespace pitwall
