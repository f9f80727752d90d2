#include "storage/line_log.hpp"

#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"
#include "tests/support/process.hpp"

namespace pitwall {
namespace {

struct log_file {
  test::scratch_directory directory;
  std::filesystem::path path = directory.path() / "log";

  std::string bytes() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  void set(std::string_view text) const {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }
  void write(const std::vector<std::string>& lines) const {
    auto opened = line_log::open(path);
    REQUIRE(opened.ok());
    for (const auto& l : lines) REQUIRE(opened->log->append(l).ok());
  }
};

const std::vector<std::string> three{"one", "two is longer", "three"};

}  // namespace

TEST_CASE("lines come back in their order, also those of several processes") {
  log_file f;
  f.write({"one"});
  f.write({"two is longer", "three"});
  const auto opened = line_log::open(f.path);
  REQUIRE(opened.ok());
  CHECK(opened->lines == three);
  CHECK(opened->cut_bytes == 0);
  CHECK(line_log::open(f.path).error().code == errc::already_exists);
}

TEST_CASE("a log that is cut anywhere gives the lines that are whole, and takes others") {
  log_file f;
  f.write(three);
  const auto whole = f.bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    f.set(whole.substr(0, size));
    std::size_t lines = 0;
    {
      const auto opened = line_log::open(f.path);
      REQUIRE(opened.ok());
      lines = opened->lines.size();
      CHECK(std::equal(opened->lines.begin(), opened->lines.end(), three.begin()));
      const auto kept = whole.substr(0, size).rfind('\n');
      CHECK(opened->cut_bytes == (kept == std::string::npos ? size : size - kept - 1));
      REQUIRE(opened->log->append("more").ok());
    }
    const auto again = line_log::open(f.path);
    REQUIRE(again.ok());
    REQUIRE(again->lines.size() == lines + 1);
    CHECK(again->lines.back() == "more");
  }
}

TEST_CASE("a byte that was changed in any line but the last is damage, with its line") {
  log_file f;
  f.write(three);
  const auto whole = f.bytes();
  const auto last = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    f.set(bytes);
    const auto opened = line_log::open(f.path);
    // These cannot be told from a write that was torn.
    if (at + 1 >= last) {
      REQUIRE(opened.ok());
      CHECK(opened->lines.size() == (at >= last ? 2 : 1));
      CHECK(opened->cut_bytes > 0);
      continue;
    }
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == errc::data_loss);
    const auto line = std::count(whole.begin(), whole.begin() + static_cast<long>(at), '\n') + 1;
    CHECK(opened.error().where.ends_with(":" + std::to_string(line)));
  }
}

TEST_CASE("a line that was taken out or moved is damage") {
  log_file f;
  f.write(three);
  const auto whole = f.bytes();
  const auto first = whole.find('\n') + 1, second = whole.find('\n', first) + 1;
  f.set(whole.substr(first));
  CHECK(line_log::open(f.path).error().code == errc::data_loss);
  f.set(whole.substr(first, second - first) + whole.substr(0, first) + whole.substr(second));
  CHECK(line_log::open(f.path).error().code == errc::data_loss);
}

}  // namespace pitwall
