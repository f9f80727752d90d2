#include "runtime/blocks/describe.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/blocks/block_fixture.hpp"
#include "tests/support/paths.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string text_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("docs/blocks.md is what the block types say of themselves") {
  const std::string path = source_path("/docs/blocks.md");
  const std::string described = describe_blocks(library());
  if (const char* update = std::getenv("PITWALL_UPDATE_DOCS"); update && *update == '1') {
    std::ofstream(path, std::ios::binary) << described;
  }
  INFO("run this test with PITWALL_UPDATE_DOCS=1 to write " << path);
  CHECK((text_of(path) == described));
}

TEST_CASE("the description names every type, port and property once where it belongs") {
  const std::string text = describe_blocks(library());
  for (const auto* t : library().all()) {
    CAPTURE(t->name);
    const auto begin = text.find("### " + t->name + "\n");
    REQUIRE(begin != std::string::npos);
    const auto section = text.substr(begin, text.find("\n### ", begin + 1) - begin);
    for (const auto& p : t->inputs) CHECK(section.find("`" + p.name + "` | input") != section.npos);
    for (const auto& o : t->outputs) {
      CHECK(section.find("`" + o.name + "` | output") != section.npos);
    }
    for (const auto& p : t->properties) {
      CHECK(section.find("`" + p.name + "` | property") != section.npos);
    }
  }
}
