#include "runtime/workflow/problem_sink.hpp"

#include <utility>

namespace pitwall {

bool problem_sink::add(problem p) {
  const bool is_error = p.level == problem::severity::error;
  if (is_error) ++errors_;
  if (found_.size() < most) {
    found_.push_back(std::move(p));
    return true;
  }
  ++dropped_;
  if (is_error) ++dropped_errors_;
  return false;
}

void problem_sink::error(std::string pointer, std::string_view block_id, std::string message,
                         std::string remedy) {
  add({problem::severity::error, std::move(pointer), std::string(block_id), std::move(message),
       std::move(remedy)});
}

void problem_sink::warning(std::string pointer, std::string_view block_id, std::string message,
                           std::string remedy) {
  add({problem::severity::warning, std::move(pointer), std::string(block_id), std::move(message),
       std::move(remedy)});
}

void problem_sink::repeated_warning(const std::string& key, std::string pointer,
                                    std::string_view block_id, std::string message,
                                    std::string remedy) {
  if (const auto known = repeated_.find(key); known != repeated_.end()) {
    ++known->second.count;
    return;
  }
  const auto index = found_.size();
  if (add({problem::severity::warning, std::move(pointer), std::string(block_id),
           std::move(message), std::move(remedy)})) {
    repeated_.emplace(key, sightings{index, 1});
  }
}

std::vector<problem> problem_sink::take() {
  for (const auto& [key, seen] : repeated_) {
    if (seen.count > 1) {
      found_[seen.index].message += " (" + std::to_string(seen.count) + " times)";
    }
  }
  if (dropped_ != 0) {
    found_.push_back({dropped_errors_ != 0 ? problem::severity::error : problem::severity::warning,
                      {},
                      {},
                      std::to_string(dropped_) + " more problems are not listed",
                      "correct those above first"});
  }
  auto out = std::move(found_);
  *this = problem_sink{};
  return out;
}

}  // namespace pitwall
