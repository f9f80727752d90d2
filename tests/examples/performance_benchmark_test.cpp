// examples/performance_benchmark: every figure is there, as text and as JSON; how good they are is
// no test's business.
#include <set>
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "tests/examples/example.hpp"
#include "tests/examples/readme_sample.hpp"

namespace pitwall::test {

TEST_CASE("the example measures all that it names, as text and as JSON",
          "[performance_benchmark]") {
  const auto text = run_example("performance_benchmark", {"--seconds", "0.05"});
  INFO(text.out << text.err);
  REQUIRE(text.exit_code == 0);
  CHECK(missing_in_order(
            text.out, {"memory         1", "async          1", "sync           1",
                       "sync           1", "sync           5", "sync          10",
                       "sync          20", "sync          50", "sync         200", "the baseline",
                       "for each event, with its node", "for each state", "for each event"}) == "");
  CHECK(sample_differences(readme_sample("performance_benchmark"), text.out) == "");
  const auto rows = run_example("performance_benchmark", {"--seconds", "0.05", "--json"});
  INFO(rows.out << rows.err);
  REQUIRE(rows.exit_code == 0);
  std::multiset<std::string> measures;
  std::istringstream lines(rows.out);
  for (std::string line; std::getline(lines, line);) {
    const auto row = parse_json(line);
    REQUIRE(row.ok());
    measures.insert(row->find("measure")->as_text());
    CHECK(*row->find("failures") == 0);
    CHECK(row->find("cpu_us")->as_number() > decimal(0));
  }
  CHECK(measures.size() == 13);
  CHECK(measures.count("throughput") == 6);
}

}  // namespace pitwall::test
