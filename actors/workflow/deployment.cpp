#include <exception>

#include "actors/workflow/actor.hpp"

namespace pitwall {

result<deployment> make_deployment(std::shared_ptr<const plan> workflow,
                                   const std::filesystem::path& base_directory) {
  deployment out{std::move(workflow), {}};
  for (const auto& n : out.workflow->nodes) {
    const block_definition* written = nullptr;
    for (const auto& b : out.workflow->definition->blocks)
      if (b.id == n.identity->id) written = &b;
    if (written == nullptr)
      return error{
          errc::internal, "the plan has a node that its definition lacks", n.identity->id, {}};
    try {
      auto made = n.type->make(block_config{*written, n.input_names, base_directory});
      if (!made.ok()) return std::move(made).error();
      out.blocks.push_back(std::move(*made));
    } catch (const std::exception& e) {
      return error{errc::internal, std::string("the block could not be made: ") + e.what(),
                   n.identity->id, "this is a defect of block type '" + n.type->name + "'"};
    }
  }
  return out;
}

}  // namespace pitwall
