#include <cstdio>
#include <cstdlib>

#include "runtime/blocks/families.hpp"
#include "runtime/blocks/registry.hpp"

namespace pitwall {

block_registry make_builtin_registry() {
  using family = std::vector<block_type> (*)();
  static constexpr family families[] = {
      blocks::provider_types,        //
      blocks::http_types,            //
      blocks::replay_types,          //
      blocks::price_cross_types,     //
      blocks::volume_spike_types,    //
      blocks::rsi_signal_types,      //
      blocks::time_trigger_types,    //
      blocks::simple_trigger_types,  //
      blocks::logic_types,           //
      blocks::compare_types,         //
      blocks::math_types,            //
      blocks::predecessor_types,     //
      blocks::order_types,           //
      blocks::action_types,          //
      blocks::exit_price_types,      //
      blocks::risk_types,            //
  };
  block_registry registry;
  for (const family types : families) {
    for (auto& type : types()) {
      if (const auto added = registry.add(std::move(type)); !added.ok()) {
        // The library itself is malformed: a defect that no caller can handle.
        std::fprintf(stderr, "pitwall: %s\n", added.error().to_string().c_str());
        std::abort();
      }
    }
  }
  return registry;
}

}  // namespace pitwall
