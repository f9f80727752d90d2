#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "runtime/workflow/parse.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/paths.hpp"
#include "tests/workflow/problems.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const json_schema& schema() {
  static const json_schema the_schema(
      parse_json(text_of(source_path("/docs/schema/workflow.schema.json"))).value());
  return the_schema;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& l : lines) out += l + "\n";
  return out;
}

}  // namespace

TEST_CASE("workflow schema: the example files are valid", "[schema]") {
  const std::filesystem::path examples = source_path("/examples");
  if (!std::filesystem::exists(examples)) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(examples)) {
    if (entry.path().extension() != ".json") continue;
    const auto v = parse_json(text_of(entry.path()));
    if (!v.ok() || (v->find("blocks") == nullptr && v->find("templates") == nullptr)) continue;
    INFO(entry.path().filename().string());
    INFO(joined(schema().problems(*v)));
    CHECK(schema().problems(*v).empty());
  }
}

TEST_CASE("workflow schema: it agrees with the parser", "[schema]") {
  struct row {
    bool valid;
    const char* text;
  };
  const row rows[] = {
      {true, R"({"blocks":[{"type":"t"}]})"},
      {true, R"({"blocks":[{"id":3,"type":"t","timeout":"2","inputs":["a",{"name":"b"}]}]})"},
      {true, R"({"blocks":[{"type":"t"}],"connections":null,"extra":1,"version":1.5})"},
      {true, R"({"templates":[{"id":"x","workflow":{"blocks":[{"type":"t"}]}}]})"},
      {true, R"({"blocks":[{"type":"t","retry":{"jitter":false,"max_attempts":2}}]})"},
      {true, R"({"blocks":[{"type":"t","retry":{"jitter":"decorrelated"}}]})"},
      {true, R"({"blocks":[{"type":"t"}],"concurrency":{"max_running":"3","when_full":"queue"}})"},
      {false, R"({"blocks":[{"type":"t"}],"concurrency":{"when_full":"wait"}})"},
      {false, R"({"blocks":[{"type":"t"}],"concurrency":{"max_running":0}})"},
      {false, R"({"blocks":[]})"},
      {false, R"({})"},
      {false, R"([])"},
      {false, R"({"blocks":[{}]})"},
      {false, R"({"blocks":[{"type":""}]})"},
      {false, R"({"blocks":[{"type":"t","timeout":0}]})"},
      {false, R"({"blocks":[{"type":"t","inputs":[{}]}]})"},
      {false, R"({"blocks":[{"type":"t","inputs":[""]}]})"},
      {false, R"({"blocks":[{"type":"t","on_error":"retry"}]})"},
      {false, R"({"blocks":[{"type":"t","properties":[]}]})"},
      {false, R"({"blocks":[{"type":"t","retry":{"multiplier":0.5}}]})"},
      {false, R"({"blocks":[{"type":"t"}],"connections":[{"from":{"blockId":"a","index":0}}]})"},
      {false, R"({"templates":[]})"},
      {false, R"({"templates":[{"id":"x"}]})"},
  };
  for (const auto& r : rows) {
    const auto v = parse_json(r.text).value();
    const auto out = parse_workflow(r.text);
    INFO(r.text << "\n" << joined(schema().problems(v)) << all_of(out.problems));
    CHECK(schema().problems(v).empty() == r.valid);
    CHECK(out.definition.has_value() == r.valid);
  }
}
