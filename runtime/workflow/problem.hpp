// Job: what validation tells the author of a workflow file: all of it at once.
#pragma once

#include <string>
#include <vector>

namespace pitwall {

struct problem {
  enum class severity : unsigned char { error, warning };
  severity level = severity::error;
  std::string pointer;   ///< JSON pointer into the file: "/blocks/3/properties/amount".
  std::string block_id;  ///< Empty where no block is concerned.
  std::string message;   ///< What is wrong.
  std::string remedy;    ///< What to do.

  /// "error at /blocks/3 (block 'buy'): message; remedy".
  std::string to_string() const;
};

bool has_errors(const std::vector<problem>& problems) noexcept;

}  // namespace pitwall
