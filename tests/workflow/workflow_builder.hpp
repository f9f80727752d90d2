// Job: builds workflow definitions for tests in a line or two.
#pragma once

#include <memory>
#include <string>

#include "runtime/workflow/definition.hpp"
#include "runtime/workflow/json.hpp"

namespace pitwall::test {

class workflow_builder {
 public:
  /// `properties`: JSON text of an object.
  workflow_builder& block(std::string id, std::string type, std::string category,
                          std::string_view properties = "{}") {
    block_definition b;
    b.id = b.name = std::move(id);
    b.type = std::move(type);
    b.category = std::move(category);
    b.properties = parse_json(properties).value();
    definition_.blocks.push_back(std::move(b));
    return *this;
  }
  workflow_builder& inputs(std::vector<std::string> names) {
    definition_.blocks.back().inputs = std::move(names);
    definition_.blocks.back().inputs_given = true;
    return *this;
  }
  workflow_builder& outputs(std::vector<std::string> names) {
    definition_.blocks.back().outputs = std::move(names);
    definition_.blocks.back().outputs_given = true;
    return *this;
  }
  workflow_builder& policy(on_error p) {
    definition_.blocks.back().error_policy = p;
    return *this;
  }
  workflow_builder& link(std::string from, std::uint32_t output, std::string to,
                         std::uint32_t input) {
    definition_.connections.push_back({{std::move(from), output}, {std::move(to), input}});
    return *this;
  }
  workflow_definition& raw() { return definition_; }
  std::shared_ptr<const workflow_definition> done() const {
    return std::make_shared<const workflow_definition>(definition_);
  }

 private:
  workflow_definition definition_;
};

}  // namespace pitwall::test
