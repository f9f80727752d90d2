// Job: the configuration as one flat table, each value with where it came from, laid over one
//      another: defaults, those of a profile, the file, the environment, flags.
// Errors: all problems at once; each says the file and JSON pointer, the variable or the flag, and
//      what to do. Bounds: keys.hpp. Threads: pure: nothing is read but what is handed over.
// Tests: tests/host/config_layers_test.cpp, tests/fuzz/config_fuzz.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/base/value.hpp"
#include "runtime/host/config/keys.hpp"

namespace pitwall::config {

enum class layer : std::uint8_t { built_in, profile, file, environment, flag };

struct setting {
  const key* of = nullptr;
  value is;
  layer from = layer::built_in;
  std::string where;  ///< "default", "host.json#/server/port", "PITWALL__SERVER__PORT", "--port"
};

/// /bots/2 before /bots/10.
struct pointer_order {
  bool operator()(std::string_view a, std::string_view b) const noexcept;
};

class settings {
 public:
  using table = std::map<std::string, setting, pointer_order>;

  /// By JSON pointer.
  table all;
  /// Elements of lists and objects that are there, also those without a value: "/bots/0".
  std::map<std::string, std::string, pointer_order> elements;  ///< And where it was named.

  /// Values that could not be read, and where they stand: those are not missed on top of it.
  std::map<std::string, std::string> unread;

  const setting* find(const std::string& pointer) const;
  /// Set by somebody, be it to something unreadable.
  bool tried(const std::string& pointer) const;
  /// Null where it is not set.
  value at(const std::string& pointer) const;
  std::string text(const std::string& pointer) const;
  bool flag(const std::string& pointer) const;
  std::uint64_t number(const std::string& pointer) const;
  /// Where it was set; of what was not, "default".
  std::string where(const std::string& pointer) const;
  /// Somebody said so: no default.
  bool said(const std::string& pointer) const;
  /// Names or indexes of the elements below a pointer.
  std::vector<std::string> below(const std::string& pointer) const;
};

struct source_file {
  std::string name;  ///< As the user gave it: relative paths in it start in its directory.
  std::string text;
};
struct variable {
  std::string name, text;
  std::string pointer{};  ///< Of one whose name is no place in the table; else empty.
};
struct flag {
  std::string name;     ///< "--limit max_order_size=1", as messages repeat it.
  std::string pointer;  ///< "/risk/max_order_size"; "/bots/=ID/..." is the bot of this id.
  std::string text;
};
struct sources {
  std::optional<source_file> file;
  /// Those that begin with `prefix` or have a pointer; others are left alone. Later ones hold.
  std::vector<variable> environment;
  std::vector<flag> flags;
};
inline constexpr std::string_view prefix = "PITWALL__";

struct loaded {
  settings config;
  std::vector<error> problems;  ///< Empty: all is good.
  std::string profile;
};

/// Everything: layers, then what must go together (check.hpp).
loaded load(const sources& from);

}  // namespace pitwall::config
