// Job: short words to write a block type's ports and properties with.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/workflow/block.hpp"

namespace pitwall {

using block_ptr = std::unique_ptr<const block>;

/// For make(): `return built<my_block>(arguments...)`.
template <class Block, class... Arguments>
result<block_ptr> built(Arguments&&... arguments) {
  return block_ptr(std::make_unique<const Block>(std::forward<Arguments>(arguments)...));
}

/// make() of a type without properties of its own.
template <class Block>
result<block_ptr> built_plain(const block_config&) {
  return built<Block>();
}

namespace declare {

inline parameter optional(std::string name, port_kind kind, std::string help) {
  parameter p;
  p.name = std::move(name);
  p.kind = kind;
  p.help = std::move(help);
  return p;
}
inline parameter required(std::string name, port_kind kind, std::string help) {
  parameter p = optional(std::move(name), kind, std::move(help));
  p.required = true;
  return p;
}
inline parameter defaulted(std::string name, port_kind kind, value fallback, std::string help) {
  parameter p = optional(std::move(name), kind, std::move(help));
  p.fallback = std::move(fallback);
  return p;
}
inline parameter at_least(decimal minimum, parameter p) {
  p.minimum = minimum;
  return p;
}
inline parameter between(decimal minimum, decimal maximum, parameter p) {
  p.minimum = minimum;
  p.maximum = maximum;
  return p;
}
inline parameter among(std::vector<std::string> texts, parameter p) {
  p.one_of = std::move(texts);
  return p;
}

}  // namespace declare
}  // namespace pitwall
