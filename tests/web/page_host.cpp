#include "tests/web/page_host.hpp"

#include <fstream>
#include <iterator>

namespace pitwall::test {

std::vector<value> exported(const browser& b) {
  // The download is there under its name only once it is whole; until then the page is asked for
  // its next frame.
  b.click("#export");
  for (int turns = 0; turns < 6000; ++turns) {
    for (const auto& entry : std::filesystem::directory_iterator(b.downloads())) {
      if (entry.path().extension() != ".jsonl") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      std::filesystem::remove(entry.path());
      return page_host::values_of(text);
    }
    b.run("return 0");
  }
  FAIL("no file came of the export");
  return {};
}

}  // namespace pitwall::test
