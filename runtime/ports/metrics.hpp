// Job: figures of a host by name, as whoever shows them gets them (docs/metrics.md has all names).
// Threads: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pitwall {

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

struct metric_sample {
  std::vector<std::pair<std::string, std::string>> labels{};
  double value = 0;  ///< Of a histogram: the sum.
  // Of a histogram alone.
  std::uint64_t count = 0;
  std::vector<std::pair<double, std::uint64_t>> buckets{};  ///< Upper bound, how many up to it.
};

struct metric_family {
  std::string name, help;
  metric_kind kind = metric_kind::gauge;
  std::vector<metric_sample> samples{};
};

using metric_families = std::vector<metric_family>;

/// What a client wants to read.
enum class metrics_form : std::uint8_t { prometheus_text, json };

}  // namespace pitwall
