// Job: durable values that are not events: deployed workflows, definitions, settings. Small; read
//      at start. Threads: any. Durable: put() and erase() return once durable in the given mode.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/ports/journal.hpp"

namespace pitwall {

class state_store {
 public:
  virtual ~state_store() = default;
  virtual status put(std::string_view key, std::string_view bytes, durability how) = 0;
  virtual status erase(std::string_view key, durability how) = 0;
  /// not_found where there is none.
  virtual result<std::string> get(std::string_view key) const = 0;
  /// All entries whose key starts with `prefix`, by key.
  virtual result<std::vector<std::pair<std::string, std::string>>> scan(
      std::string_view prefix) const = 0;

  /// Stores a workflow definition's text under its SHA-256 (hex) and returns that id; the same text
  /// gives the same id. It is kept as "definition/<id>".
  virtual result<std::string> put_definition(std::string_view text, durability how) = 0;
};

}  // namespace pitwall
