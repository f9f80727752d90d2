// Job: workflow file text -> definition, collecting every problem of form on the way. What needs
//      the block library (types, ports, properties) is validate.hpp's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/problem.hpp"

namespace pitwall {

struct parse_options {
  std::string template_id;  ///< Which workflow of a template collection; empty: the only one.
  std::string default_id;   ///< Where the file has no id: mostly the file's stem.
  std::string forced_id;    ///< The id whatever the file says: the name it is deployed under.
  /// BLOCK.PROPERTY -> text; the text is taken as JSON where it is JSON, else as text.
  std::vector<std::pair<std::string, std::string>> overrides;
  /// Who trades, whatever the file says; empty: as the file says.
  std::string bot_id{}, strategy_id{};
  /// By provider type, the venue of its blocks that name none, and of actions that name the type.
  std::map<std::string, std::string> venues{};
};

struct parse_outcome {
  std::optional<workflow_definition>
      definition;                 ///< Absent where problems has errors that prevent one.
  std::vector<problem> problems;  ///< Errors and warnings, in the order of the file.

  /// In words; empty where there is none.
  std::string first_error() const;
};

parse_outcome parse_workflow(std::string_view text, const parse_options& options = {});

}  // namespace pitwall
