// Job: randomness that is given: the same seed makes the same choices on every machine (the
//      standard's distributions may differ between libraries).
// Threads: plain values. Durable: splitmix64's state is one number.
// Tests: tests/resilience/random_pick_test.cpp
#pragma once

#include <cstdint>

namespace pitwall {

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
struct splitmix64 {
  std::uint64_t state = 0;

  constexpr std::uint64_t next() noexcept {
    std::uint64_t z = state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  friend bool operator==(const splitmix64&, const splitmix64&) = default;
};

/// A number in [low, high] from 64 random bits. Precondition: low <= high. Its bias is below
/// 2^-64 times the size of the range.
constexpr std::int64_t pick(std::int64_t low, std::int64_t high, std::uint64_t random) noexcept {
  __extension__ using wide = unsigned __int128;
  const auto size =
      static_cast<wide>(static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)) + 1;
  const auto offset = static_cast<std::uint64_t>((wide{random} * size) >> 64U);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

}  // namespace pitwall
