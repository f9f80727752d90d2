// `pitwall run` and `pitwall validate` as a user meets them: real files, real processes, exit
// codes.
#include <fstream>
#include <iterator>

#include "runtime/workflow/json.hpp"
#include "tests/process/workflows.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

const std::string binary = pitwall_binary();

finished pitwall(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), binary);
  return run_program(arguments);
}

finished run_memory(const std::filesystem::path& file, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"run", file.string(), "--memory", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return pitwall(std::move(arguments));
}

value one_result(const finished& f) {
  INFO(f.err);
  INFO(f.out);
  REQUIRE(std::count(f.out.begin(), f.out.end(), '\n') == 1);
  auto parsed = parse_json(std::string_view(f.out).substr(0, f.out.size() - 1));
  REQUIRE(parsed.ok());
  return *parsed;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("run --json prints exactly the result object") {
  scratch_directory d;
  const auto f = run_memory(d.write("w.json", buys));
  CHECK(f.exit_code == 0);
  CHECK(f.err.empty());
  const auto r = one_result(f);
  CHECK(r.find("status")->as_text() == "completed");
  CHECK(r.find("workflow_id")->as_text() == "w");
  CHECK(r.find("results")->as_list().size() == 3);
}

TEST_CASE("the example in the repository runs") {
  const auto f = run_memory(std::filesystem::path(source_path("/examples/first_workflow.json")));
  CHECK(f.exit_code == 0);
}

TEST_CASE("a predecessor's file runs: UI fields, numbers as strings, no names, null profile") {
  scratch_directory d;
  const auto f = run_memory(d.write("old.json", predecessor));
  INFO(f.err);
  CHECK(f.exit_code == 0);
  CHECK(one_result(f).find("results")->as_list().size() == 3);
  const auto text = pitwall({"validate", d.path() / "old.json"});
  CHECK(text.exit_code == 0);
  CHECK(text.err.find("warning") != std::string::npos);
}

TEST_CASE("a template collection runs by id, and says which ids there are") {
  scratch_directory d;
  const auto file =
      d.write("t.json",
              "{\"templates\":[{\"id\":\"one\",\"name\":\"One\",\"workflow\":" + std::string(buys) +
                  "},{\"id\":\"two\",\"name\":\"Two\",\"workflow\":" + std::string(buys) + "}]}");
  CHECK(run_memory(file, {"--template", "two"}).exit_code == 0);
  const auto wrong = run_memory(file, {"--template", "three"});
  CHECK(wrong.exit_code == 64);
  CHECK(wrong.err.find("one") != std::string::npos);
  CHECK(run_memory(file).exit_code == 64);
}

TEST_CASE("properties are set from the command line, and act as inputs") {
  scratch_directory d;
  const auto file = d.write("w.json", buys);
  const auto f = run_memory(file, {"--set", "cheap.max=1"});
  const auto r = one_result(f);
  bool bought = true;
  for (const auto& e : r.find("results")->as_list())
    if (e.find("nodeId")->as_text() == "buy") bought = !e.find("output")->find("order")->is_null();
  CHECK_FALSE(bought);
  CHECK(run_memory(file, {"--set", "nobody.max=1"}).exit_code == 64);
  CHECK(run_memory(file, {"--set", "nonsense"}).exit_code == 64);
}

TEST_CASE("a failed provider skips its dependents, buys nothing, and exits 2") {
  scratch_directory d;
  d.write("prices.csv", "time,symbol,bid,ask\n2026-01-01T00:00:00Z,BTC/USDT,60000,60010\n");
  // The second execution finds no row any more: its feed fails.
  const auto f = run_memory(d.write("w.json", R"({"blocks": [
    {"id": "feed", "type": "replay", "category": "providers",
     "properties": {"file": "prices.csv", "symbol": "BTC/USDT"}},
    {"id": "buy", "type": "buy", "category": "actions",
     "properties": {"signal": true, "symbol": "BTC/USDT", "amount": 1, "order_type": "limit"}}],
    "connections": [{"from": {"blockId": "feed", "index": 0},
                     "to": {"blockId": "buy", "index": 2}}]})"),
                            {"--repeat", "2"});
  INFO(f.err);
  CHECK(f.exit_code == 2);
  const auto second = f.out.find('\n') + 1;
  auto r = parse_json(std::string_view(f.out).substr(second, f.out.size() - second - 1));
  REQUIRE(r.ok());
  CHECK(r->find("status")->as_text() == "completed_with_errors");
  CHECK(r->find("errors")->as_list().size() == 1);
  CHECK(r->find("skipped")->as_list().size() == 1);
  CHECK(r->find("results")->as_list().empty());
}

TEST_CASE("bad input gives one clear report and exit 64, never a crash") {
  scratch_directory d;
  const std::string valid(buys);
  std::vector<std::pair<std::string, std::string>> files{
      {"empty", ""},
      {"truncated", valid.substr(0, valid.size() / 2)},
      {"nested", std::string(1U << 20U, '[')},
      {"huge file", std::string((1U << 20U) + 1, ' ')},
      {"a number", "42"},
      {"no blocks", "{}"},
      {"not utf-8", "{\"name\":\"\xff\xfe\",\"blocks\":[]}"},
      {"huge number", R"({"blocks":[{"id":"a","type":"threshold","category":"conditions",
        "properties":{"value":1e999}}]})"},
      {"duplicate ids", R"({"blocks":[{"id":"a","type":"manual_trigger","category":"triggers"},
        {"id":"a","type":"manual_trigger","category":"triggers"}]})"},
      {"cycle", R"({"blocks":[{"id":"a","type":"not","category":"conditions"},
        {"id":"b","type":"not","category":"conditions"}],"connections":[
        {"from":{"blockId":"a","index":0},"to":{"blockId":"b","index":0}},
        {"from":{"blockId":"b","index":0},"to":{"blockId":"a","index":0}}]})"},
      {"wrong types", R"({"blocks":{"a":1},"connections":"none"})"},
      {"unknown type", R"({"blocks":[{"id":"a","type":"teleport","category":"actions"}]})"},
  };
  for (const auto& [name, text] : files) {
    CAPTURE(name);
    const auto f = run_memory(d.write("bad.json", text));
    INFO(f.err);
    CHECK(f.exit_code == 64);
    CHECK(f.out.empty());
    CHECK_FALSE(f.err.empty());
    CHECK(f.err.size() < 4'000);
  }
  CHECK(run_memory(d.path()).exit_code == 64);
  CHECK(run_memory(d.path() / "missing.json").exit_code == 64);
  CHECK(pitwall({}).exit_code == 64);
  CHECK(pitwall({"fly"}).exit_code == 64);
  CHECK(pitwall({"run"}).exit_code == 64);
  CHECK(pitwall({"--help"}).exit_code == 0);
  CHECK(pitwall({"--version"}).exit_code == 0);
}

TEST_CASE("validate reports all problems of a file at once") {
  scratch_directory d;
  const auto file = d.write("bad.json", R"({"blocks":[
    {"id":"a","type":"teleport","category":"actions"},
    {"id":"b","type":"threshold","category":"conditions","properties":{"min":"x","value":1}},
    {"id":"b","type":"not","category":"conditions"}],
    "connections":[{"from":{"blockId":"zz","index":0},"to":{"blockId":"b","index":9}}]})");
  const auto f = pitwall({"validate", file, "--json"});
  CHECK(f.exit_code == 64);
  const auto r = one_result(f);
  CHECK_FALSE(r.find("valid")->as_bool());
  CHECK(r.find("problems")->as_list().size() >= 4);
  for (const auto& p : r.find("problems")->as_list())
    CHECK_FALSE(p.find("pointer")->as_text().empty());
}

TEST_CASE("repeated executions each print one line and have their own id") {
  scratch_directory d;
  const auto f = run_memory(d.write("w.json", buys), {"--repeat", "50", "--concurrency", "8"});
  CHECK(f.exit_code == 0);
  std::set<std::string> ids;
  std::istringstream lines(f.out);
  for (std::string line; std::getline(lines, line);) {
    auto r = parse_json(line);
    REQUIRE(r.ok());
    ids.insert(r->find("execution_id")->as_text());
  }
  CHECK(ids.size() == 50);
}

TEST_CASE("what ran is in the journal, also in a new process") {
  scratch_directory d;
  const auto data = (d.path() / "data").string();
  const auto ran = pitwall({"run", d.write("w.json", buys), "--data-dir", data, "--json"});
  REQUIRE(ran.exit_code == 0);
  const auto id = one_result(ran).find("execution_id")->as_text();
  const auto listed = pitwall({"executions", "list", "--data-dir", data, "--json"});
  CHECK(one_result(listed).find("executions")->as_list().size() == 1);
  const auto shown = pitwall({"executions", "show", id, "--data-dir", data, "--json"});
  CHECK(one_result(shown).find("status")->as_text() == "completed");
  const auto events = pitwall({"events", "--data-dir", data, "--json"});
  CHECK(std::count(events.out.begin(), events.out.end(), '\n') >= 10);
  CHECK(pitwall({"executions", "show", "exec_no_such", "--data-dir", data}).exit_code == 64);
  CHECK(pitwall({"journal", "stats", "--data-dir", data}).exit_code == 0);
  CHECK(pitwall({"journal", "verify", "--data-dir", data}).exit_code == 0);
  auto head = pitwall({"journal", "head", "--data-dir", data}).out;
  head.pop_back();
  const auto proved = pitwall({"journal", "verify", "--data-dir", data, "--head", head, "--json"});
  CHECK(proved.exit_code == 0);
  CHECK(one_result(proved).find("compared")->as_text() == "matches");
  head.back() = head.back() == '0' ? '1' : '0';
  CHECK(pitwall({"journal", "verify", "--data-dir", data, "--head", head}).exit_code == 65);
  CHECK(pitwall({"journal", "verify", "--data-dir", data, "--head", "12"}).exit_code == 64);
  const auto flow = one_result(shown).find("workflow_id")->as_text();
  CHECK(pitwall({"executions", "show", "latest", "--workflow", flow, "--data-dir", data, "--json"})
            .out == shown.out);
  CHECK(pitwall({"executions", "show", "latest", "--data-dir", data}).exit_code == 64);
  CHECK(
      pitwall({"executions", "show", "latest", "--workflow", "x", "--data-dir", data}).exit_code ==
      64);
  const auto future = pitwall({"executions", "list", "--data-dir", data, "--json",
                               "--started-after", "2100-01-01T00:00:00Z"});
  CHECK(one_result(future).find("executions")->as_list().empty());
  const auto exported = pitwall({"journal", "export", "--data-dir", data});
  CHECK(exported.out == events.out);
  const auto file = (d.path() / "out.jsonl").string();
  CHECK(pitwall({"journal", "export", "--data-dir", data, "--out", file}).exit_code == 0);
  CHECK(read_text(file) == events.out);
  const auto copy = (d.path() / "copy").string();
  CHECK(pitwall({"journal", "backup", copy, "--data-dir", data}).exit_code == 0);
  CHECK(pitwall({"journal", "backup", copy, "--data-dir", data}).exit_code == 64);
  CHECK(pitwall({"journal", "verify", "--data-dir", copy}).exit_code == 0);
  CHECK(pitwall({"events", "--data-dir", copy, "--json"}).out == events.out);
  const auto nothing = pitwall({"events", "--data-dir", d.path() / "nothing"});
  CHECK(nothing.exit_code != 0);
  CHECK_FALSE(nothing.err.empty());
}

}  // namespace pitwall::test
