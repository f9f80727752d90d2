#include <filesystem>
#include <string>
#include <vector>

#include "tests/layering/tidy_rules.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

using layering::check_tidy;
using layering::finding;
using layering::source;

namespace {

std::size_t objections(const std::string& path, const std::string& text) {
  return check_tidy(source{path, text}).size();
}

std::string lines(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "int a;\n";
  return out;
}

const std::string opening = "// Job: shows a rule.\n#pragma once\n";

}  // namespace

TEST_CASE("every source follows the house rules") {
  std::vector<finding> all;
  for (const source& s : layering::read_sources(
           pitwall::test::source_path(""),
           {"runtime", "actors", "storage", "net", "tests", "bench", "examples"})) {
    const std::vector<finding> found = check_tidy(s);
    all.insert(all.end(), found.begin(), found.end());
  }
  INFO(layering::to_string(all));
  CHECK(all.empty());
}

TEST_CASE("every test that a comment names is there") {
  const auto all = layering::read_sources(
      pitwall::test::source_path(""), {"runtime", "actors", "storage", "net", "tests", "bench"});
  std::vector<finding> found;
  for (const source& s : all)
    if (!s.path.starts_with("tests/layering/")) layering::check_named_tests(s, all, found);
  INFO(layering::to_string(found));
  CHECK(found.empty());
  found.clear();
  const std::string names = "// Tests: tests/a/b_test.cpp, tests/a/c*_test.cpp. tests/a/d_test.cpp";
  layering::check_named_tests({"a.hpp", names},
                              {{"tests/a/b_test.cpp", {}}, {"tests/a/cd_test.cpp", {}}}, found);
  REQUIRE(found.size() == 1);
  CHECK(found[0].message.ends_with("tests/a/d_test.cpp"));
}

TEST_CASE("a file too long or too wide is found") {
  CHECK(objections("net/a.cpp", lines(400)) == 0);
  CHECK(objections("net/a.cpp", lines(401)) == 1);
  CHECK(objections("net/a.hpp", opening + lines(248)) == 0);
  CHECK(objections("net/a.hpp", opening + lines(249)) == 1);
  CHECK(objections("tests/net/a_test.cpp", lines(600)) == 0);
  CHECK(objections("tests/net/a_test.cpp", lines(601)) == 1);
  CHECK(objections("net/a.cpp", "//" + std::string(98, 'x') + "\n") == 0);
  CHECK(objections("net/a.cpp", "//" + std::string(99, 'x') + "\n") == 1);
  CHECK(objections("net/a.cpp", "//" + std::string(97, 'x') + "\u20ac\n") == 0);
}

TEST_CASE("a header says its job and guards itself") {
  CHECK(objections("net/a.hpp", opening) == 0);
  CHECK(objections("net/a.hpp", "#pragma once\n// Job: too late.\n") == 2);
  CHECK(objections("net/a.hpp", "// Job: no guard.\n#include <vector>\n") == 1);
  CHECK(objections("net/a.hpp", "// Something else.\n#pragma once\n") == 1);
}

TEST_CASE("forbidden words are found in code only, in their folders only") {
  const std::string sleeping = "void f() { std::this_thread::sleep_for(x); }\n";
  CHECK(objections("actors/a.cpp", sleeping) == 1);
  CHECK(objections("tests/net/a_test.cpp", sleeping) == 1);
  CHECK(objections("bench/a_bench.cpp", sleeping) == 0);
  CHECK(objections("actors/a.cpp", "// never sleep_for\nauto s = \"sleep_for\";\n") == 0);
  CHECK(objections("actors/a.cpp", "auto s = R\"(\" sleep_for)\"; auto n = 1'000;\n") == 0);
  CHECK(objections("runtime/risk/a.cpp", "double x;\n") == 1);
  CHECK(objections("runtime/risk/a.cpp", "auto x = v.to_double();\n") == 0);
  CHECK(objections("runtime/blocks/a.cpp", "double x;\n") == 0);
  CHECK(objections("net/venues/a.cpp", "double x;\n") == 1);
  CHECK(objections("actors/a.cpp", "#include <mutex>\n") == 1);
  CHECK(objections("actors/a.cpp", "std::lock_guard g(m);\n") == 1);
  CHECK(objections("storage/a.cpp", "std::mutex m;\n") == 0);
}

TEST_CASE("reading a clock outside of the host is found") {
  CHECK(objections("actors/a.cpp", "auto t = std::chrono::system_clock::now();\n") == 1);
  CHECK(objections("storage/a.cpp", "auto t = std::chrono::steady_clock::now();\n") == 1);
  CHECK(objections("net/a.cpp", "auto t = std::chrono::system_clock::now();\n") == 1);
  CHECK(objections("net/a.cpp", "auto t = std::chrono::steady_clock::now();\n") == 0);
  CHECK(objections("runtime/host/a.cpp", "auto t = std::chrono::system_clock::now();\n") == 0);
  CHECK(objections("runtime/base/clock.cpp", "auto t = std::chrono::system_clock::now();\n") == 0);
  CHECK(objections("actors/a.cpp", "auto t = clock.now();\n") == 0);
}

TEST_CASE("work left over and names that say nothing are found") {
  CHECK(objections("net/a.cpp", std::string("// TO") + "DO: later\n") == 1);
  CHECK(objections("net/session_manager.cpp", "") == 1);
  CHECK(objections("net/utility_room.cpp", "") == 0);
}

TEST_CASE("a long function is found, a long class or table is not") {
  const std::string body = lines(70);
  CHECK(objections("net/a.cpp", "void f() {\n" + lines(68) + "}\n") == 0);
  CHECK(objections("net/a.cpp", "void f() {\n" + lines(69) + "}\n") == 1);
  CHECK(objections("net/a.cpp", "namespace n {\nvoid f() {\n" + body + "}\n}\n") == 1);
  CHECK(objections("net/a.cpp", "struct s {\nvoid f() {\n" + body + "}\n};\n") == 1);
  CHECK(objections("net/a.cpp", "template <class T>\nvoid f(T) {\n" + body + "}\n") == 1);
  CHECK(objections("net/a.cpp", "template <class T>\nstruct s {\n" + body + "};\n") == 0);
  CHECK(objections("net/a.cpp", "namespace n {\n" + body + "}\n") == 0);
  CHECK(objections("net/a.cpp", "int table[] = {\n" + body + "};\n") == 0);
  CHECK(objections("net/a.cpp",
                   "#define M(x) \\\n  if (x) {\nint f() {\n  return 1;\n}\n" + body) == 0);
  CHECK(objections("net/a.cpp", "void f() {\n  if (a) {\n  }\n}\n" + body + "void g() {}\n") == 0);
}
