// Job: what a code span of the documents may name: files and folders, tests, routes, configuration
//      keys and metrics of this repository.
// Threads: plain values.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace documents {

class known_names {
 public:
  explicit known_names(const std::filesystem::path& root);

  /// What is wrong with a code span; empty where it names nothing of these, or something that is
  /// there.
  std::string objection(std::string_view span) const;

  /// `storage/crash: name`: the test case `name` in the unit's file.
  static bool is_test(std::string_view span);

  /// Metrics by name, each with its labels, from docs/metrics.md, which a test of a host proves.
  const std::map<std::string, std::set<std::string>>& metrics() const { return metrics_; }
  /// Also the parts of a histogram: NAME_bucket, NAME_sum, NAME_count.
  bool is_metric(std::string_view name) const;

 private:
  void read_metrics();
  void read_keys();
  void read_routes();
  void read_sources();
  bool has_test(std::string_view span) const;
  bool has_route(std::string_view method, std::string_view path) const;

  std::filesystem::path root_;
  std::map<std::string, std::set<std::string>> metrics_;
  std::set<std::string> keys_;
  std::set<std::string> sources_;  ///< Names of files, without their folders.
  std::vector<std::pair<std::string, std::string>> routes_;  ///< Method and path.
};

}  // namespace documents
