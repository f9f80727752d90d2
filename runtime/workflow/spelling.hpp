// Job: "did you mean": the known name nearest to one that is not known.
// Bounds: the work over the life of one object, so that a file of nothing but typing errors costs
//         no more than one of a few.
// Threads: one owner.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pitwall {

class spelling {
 public:
  /// The nearest of `known`, if it differs by no more than a third of its letters; else empty.
  std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);
  /// "did you mean 'x'?" or, where nothing is near, `otherwise`.
  std::string suggestion(std::string_view word, const std::vector<std::string_view>& known,
                         std::string otherwise);

 private:
  std::size_t budget_ = 4'000'000;  ///< Letter comparisons: some milliseconds.
};

/// "a, b, c", at most twenty, then "... (n more)".
std::string listed(const std::vector<std::string_view>& names);

/// A name from a file as it may stand in a message: cut to a readable length at a character.
std::string in_quotes(std::string_view name);

}  // namespace pitwall
