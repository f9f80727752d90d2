#include "runtime/ports/journal.hpp"

namespace pitwall {

std::string_view to_string(durability d) noexcept {
  switch (d) {
    case durability::memory:
      return "memory";
    case durability::async:
      return "async";
    case durability::sync:
      return "sync";
  }
  return "unknown";
}

result<durability> durability_from_string(std::string_view text) {
  for (auto d : {durability::memory, durability::async, durability::sync}) {
    if (text == to_string(d)) return d;
  }
  return {errc::invalid_argument,
          "'" + std::string(text.substr(0, 40)) + "' is not a durability mode",
          {},
          "use sync, async or memory"};
}

}  // namespace pitwall
