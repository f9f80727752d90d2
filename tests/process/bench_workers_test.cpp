// `pitwall bench --workers`: executions on workers that it starts itself, and their deaths.
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {

TEST_CASE("the bench runs executions on workers, and kills some") {
  scratch_directory d;
  const auto f = run_program({pitwall_binary(), "bench", "--json", "--workers", "0,1,2",
                              "--concurrency", "3", "--seconds", "0.2", "--rounds", "1", "--deaths",
                              "2", "--data-dir", d.path().string()});
  INFO(f.out << f.err);
  CHECK(f.exit_code == 0);
  std::vector<value> rows;
  std::istringstream lines(f.out);
  for (std::string line; std::getline(lines, line);) {
    auto row = parse_json(line);
    REQUIRE(row.ok());
    rows.push_back(std::move(*row));
  }
  const auto number = [](const value& row, const char* name) {
    return row.find(name)->as_number().to_int().value_or(-1);
  };
  REQUIRE(rows.size() == 4);
  for (int workers = 0; workers < 3; ++workers) {
    const auto& row = rows[static_cast<std::size_t>(workers)];
    CHECK(number(row, "workers") == workers);
    CHECK(number(row, "per_second") > 0);
    CHECK(number(row, "failures") == 0);
  }
  CHECK(number(rows[3], "deaths") == 2);
  // What it made is gone.
  CHECK(std::filesystem::is_empty(d.path()));
}

}  // namespace pitwall::test
