#include "tests/web/page_host.hpp"

#include <fstream>
#include <iterator>

namespace pitwall::test {

std::vector<value> exported(const browser& b) {
  // Chromium may reserve the name with an empty file before the bytes are there: the download is
  // whole once it has the size that the page gave it. Until then the page is asked for its next
  // frame.
  b.run("const make = URL.createObjectURL; URL.createObjectURL = (blob) => "
        "{ window.exported_size = blob.size; URL.createObjectURL = make; return make(blob); };");
  b.click("#export");
  const auto size = static_cast<std::uintmax_t>(b.number("window.exported_size"));
  for (int turns = 0; turns < 6000; ++turns) {
    for (const auto& entry : std::filesystem::directory_iterator(b.downloads())) {
      if (entry.path().extension() != ".jsonl" || entry.file_size() != size) continue;
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
