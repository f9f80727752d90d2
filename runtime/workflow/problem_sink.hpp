// Job: where parsing and validation put what they find; bounded, and the same finding told once.
// Bounds: `most` problems; what comes later is counted and told as one.
// Threads: one owner.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/problem.hpp"

namespace pitwall {

class problem_sink {
 public:
  /// A hostile file of 1 MiB can hold half a million errors; nobody reads more than these.
  static constexpr std::size_t most = 2'000;

  void error(std::string pointer, std::string_view block_id, std::string message,
             std::string remedy = {});
  void warning(std::string pointer, std::string_view block_id, std::string message,
               std::string remedy = {});
  /// A warning that is told once for all findings with the same `key`, with their number.
  void repeated_warning(const std::string& key, std::string pointer, std::string_view block_id,
                        std::string message, std::string remedy = {});

  std::size_t errors() const noexcept { return errors_; }
  /// What was found, in the order of the findings. Leaves the sink empty.
  std::vector<problem> take();

 private:
  bool add(problem p);

  std::vector<problem> found_;
  struct sightings {
    std::size_t index = 0, count = 1;
  };
  std::map<std::string, sightings> repeated_;
  std::size_t errors_ = 0, dropped_ = 0, dropped_errors_ = 0;
};

}  // namespace pitwall
