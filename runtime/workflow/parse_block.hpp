// Job: the objects in a workflow file's `blocks` and `connections` -> definitions.
// Errors: in the form's report; what is returned may then be incomplete and must not be used.
#pragma once

#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/form.hpp"

namespace pitwall {

block_definition read_block(const value& object, const std::string& pointer, form_report& report);
connection_definition read_connection(const value& object, const std::string& pointer,
                                      form_report& report);

/// The message of an id that is_usable_id() refuses.
void refuse_id(form& f, std::string_view field, std::string_view id);

}  // namespace pitwall
