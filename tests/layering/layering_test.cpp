#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/layering/room_rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

using layering::check_includes;
using layering::check_links;
using layering::finding;
using layering::source;

namespace {

const std::filesystem::path root = pitwall::test::source_path("");

std::size_t objections(const std::string& path, const std::string& text) {
  return check_includes(source{path, text}).size();
}

std::string build_file() {
  std::ifstream in(root / "CMakeLists.txt", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("every room includes only what the table allows") {
  std::vector<finding> all;
  const std::vector<source> sources =
      layering::read_sources(root, {"runtime", "actors", "storage", "net"});
  REQUIRE(sources.size() > 20);
  for (const source& s : sources) {
    const std::vector<finding> found = check_includes(s);
    all.insert(all.end(), found.begin(), found.end());
  }
  INFO(layering::to_string(all));
  CHECK(all.empty());
}

TEST_CASE("the build links only what the table allows") {
  const std::vector<finding> found = check_links(build_file());
  INFO(layering::to_string(found));
  CHECK(found.empty());
}

TEST_CASE("a forbidden room is found, an allowed one is not") {
  CHECK(objections("net/server/a.cpp", "#include \"actors/node/protocol.hpp\"\n") == 1);
  CHECK(objections("actors/node/actor.cpp", "#include \"net/server/session.hpp\"\n") == 1);
  CHECK(objections("runtime/base/a.hpp", "#include \"runtime/workflow/plan.hpp\"\n") == 1);
  CHECK(objections("runtime/risk/a.hpp", "#include \"runtime/workflow/plan.hpp\"\n") == 1);
  CHECK(objections("runtime/blocks/a.cpp", "#include \"runtime/ports/journal.hpp\"\n") == 1);
  CHECK(objections("storage/a.cpp", "#include \"runtime/host/config.hpp\"\n") == 1);
  CHECK(objections("actors/node/actor.cpp", "#include \"tests/support/catch.hpp\"\n") == 1);
  CHECK(objections("actors/node/actor.cpp", "#include \"runtime/ports/journal.hpp\"\n") == 0);
  CHECK(objections("runtime/host/main.cpp",
                   "#include \"net/server/session.hpp\"\n#include \"actors/node/actor.hpp\"\n") ==
        0);
  CHECK(objections("runtime/base/a.hpp", "#include \"runtime/base/value.hpp\"\n") == 0);
}

TEST_CASE("a forbidden library is found, an allowed one is not") {
  CHECK(objections("actors/node/actor.cpp", "#include <boost/asio.hpp>\n") == 1);
  CHECK(objections("actors/node/actor.cpp", "#include <spdlog/spdlog.h>\n") == 1);
  CHECK(objections("net/a.cpp", "#include <caf/all.hpp>\n") == 1);
  CHECK(objections("net/a.cpp", "#include <rocksdb/db.h>\n") == 1);
  CHECK(objections("runtime/blocks/a.cpp", "#include <nlohmann/json.hpp>\n") == 1);
  CHECK(objections("runtime/workflow/json.hpp", "#include <nlohmann/json.hpp>\n") == 1);
  CHECK(objections("runtime/workflow/json.cpp", "#include <nlohmann/json.hpp>\n") == 0);
  CHECK(objections("runtime/base/a.cpp", "#include <unistd.h>\n") == 1);
  CHECK(objections("runtime/base/a.cpp", "#include <never/heard_of.hpp>\n") == 1);
  CHECK(objections("runtime/base/a.cpp", "#include <vector>\n#include <version>\n") == 0);
  CHECK(objections("storage/a.cpp", "#include <rocksdb/db.h>\n#include <openssl/evp.h>\n") == 0);
  CHECK(objections("runtime/host/main.cpp", "#include <CLI/CLI.hpp>\n#include <caf/all.hpp>\n") ==
        0);
}

TEST_CASE("odd spellings do not hide an include, comments and texts are none") {
  CHECK(objections("net/a.cpp", "  #  include\t<caf/all.hpp>") == 1);
  CHECK(objections("net/a.cpp", "#include /* why */ <caf/all.hpp>\n") == 1);
  CHECK(objections("net/a.cpp", "#include \"session.hpp\"\n") == 1);
  CHECK(objections("net/a.cpp", "// #include <caf/all.hpp>\n/*\n#include <caf/all.hpp>\n*/\n") ==
        0);
  CHECK(objections("net/a.cpp", "auto s = R\"x(\n)x\";\n#include <caf/all.hpp>\n") == 1);
}

TEST_CASE("a finding names the file and the line; a source outside of every room is found") {
  const std::vector<finding> found =
      check_includes(source{"net/a.cpp", "#include <vector>\n\n#include <caf/all.hpp>\n"});
  REQUIRE(found.size() == 1);
  CHECK(layering::to_string(found.front()) ==
        "net/a.cpp:3: room net may not include <caf/all.hpp>");
  CHECK(objections("runtime/attic/a.cpp", "") == 1);
  CHECK(objections("runtime/baseline/a.cpp", "") == 1);
}

TEST_CASE("a forbidden link line is found") {
  const std::string good = build_file();
  CHECK(check_links(replaced(good, "pitwall_room(net net LINKS base",
                             "pitwall_room(net net LINKS actors base"))
            .size() == 1);
  CHECK(check_links(replaced(good, "pitwall_room(risk ", "pitwall_room(hazard ")).size() == 1);
}
