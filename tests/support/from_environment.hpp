// Job: numbers that make a test longer, or the same again: PITWALL_SEED, PITWALL_FAULTS.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace pitwall::test {

inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace pitwall::test
