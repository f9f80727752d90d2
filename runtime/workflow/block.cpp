#include "runtime/workflow/block.hpp"

namespace pitwall {

std::string_view to_string(effect_class c) noexcept {
  switch (c) {
    case effect_class::pure:
      return "pure";
    case effect_class::idempotent:
      return "idempotent";
    case effect_class::effectful:
      return "effectful";
  }
  return "effectful";
}

std::string_view to_string(port_kind k) noexcept {
  switch (k) {
    case port_kind::any:
      return "any";
    case port_kind::number:
      return "number";
    case port_kind::boolean:
      return "boolean";
    case port_kind::text:
      return "text";
    case port_kind::list:
      return "list";
    case port_kind::object:
      return "object";
  }
  return "any";
}

result<completion> block::resume(const evaluation& /*in*/, const answer& /*a*/) const {
  return {errc::internal,
          "the block got an answer, but its type handles none",
          {},
          "this is a defect of the block type: it returns a request and has no resume()"};
}

value block_config::property(std::string_view name) const {
  const auto* found = definition.properties.find(name);
  return found == nullptr ? value{} : *found;
}

}  // namespace pitwall
