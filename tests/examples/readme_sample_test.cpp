// The comparison of an example's output with its README.
#include "tests/examples/readme_sample.hpp"
#include "tests/support/catch.hpp"

namespace pitwall::test {

TEST_CASE("a line's form is the same from run to run", "[readme_sample]") {
  const std::pair<const char*, const char*> same[] = {
      {"1000 executions in 0.48 s: 2098 a second", "200 executions in 1.2 s: 17 a second"},
      {"killed: exec_buyer_01M8CVZXMA7QF50F027YCTND08",
       "killed: exec_buyer_01M8CW00000000000000000000"},
      {"closed at 2026-11-27T01:30:51.299060Z", "closed at 2027-01-02T03:04:05.000001Z"},
      {"21:14:11.003  east 59984    west 5.5", "09:00:00.001  east 6        west 71"},
      {"global -75.974268  -5000  1.52", "global 3  -5000      0"},
      {"closed 45 us later", "closed 1.2 ms later"},
      {"east  http://127.0.0.1:33985", "east  http://127.0.0.1:2"}};
  for (const auto& [a, b] : same) {
    CAPTURE(a);
    CHECK(form_of(a) == form_of(b));
  }
  CHECK(form_of("global: normal -> halt") != form_of("global: alert -> halt"));
  CHECK(form_of("  churner   refused") == "churner refused");
  const std::string cut = "1  order_intent  " + std::string(100, 'a') + " side=buy type=marke";
  CHECK(form_of(cut) == form_of(cut.substr(0, cut.size() - 3)));
}

TEST_CASE("what differs from the sample is named, and what may differ is not", "[readme_sample]") {
  const std::string sample = "begin\n\n== one of 3\nx 1\ny 2\n== two\nz\n";
  CHECK(sample_differences(sample, "begin\n== one of 4\ny 9\nx 8\nx 7\n== two\n\nz\n") == "");
  CHECK(sample_differences(sample, "begin\n== one of 3\nx 1\n== two\nz\n") ==
        "in the sample alone, under == one of #: y #\n");
  CHECK(sample_differences(sample, "begin\n== one of 3\nx 1\ny 2\nw\n== two\nz\n") ==
        "printed alone, under == one of #: w\n");
  CHECK(sample_differences(sample, "begin\n== one of 3\nx 1\n== two\nz\nw\n",
                           {{{"w", "z"}}, {"[xy] #"}}) == "");
  CHECK(sample_differences(sample, "begin\n== one of 3\nx 1\ny 2\nz\n") ==
        "2 headings in the sample, and 1 printed");
  CHECK(sample_differences(sample, "begin\n== none\nx 1\ny 2\n== two\nz\n") ==
        "'== one of #' in the sample, '== none' printed\n");
  CHECK(sample_differences("", "x") == "there is no sample");
}

}  // namespace pitwall::test
