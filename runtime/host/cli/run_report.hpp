// Job: shows a result object to a person.
#pragma once

#include <string_view>

namespace pitwall::cli {

/// Prints the table of nodes and the verdict of one result object to standard
/// output.
void print_run_report(std::string_view result_json);

}  // namespace pitwall::cli
