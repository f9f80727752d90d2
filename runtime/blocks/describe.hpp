// Job: the block library as Markdown, from its own descriptors: docs/blocks.md is this text.
#pragma once

#include <string>

#include "runtime/workflow/block.hpp"

namespace pitwall {

std::string describe_blocks(const block_catalog& catalog);

}  // namespace pitwall
