#include "runtime/host/metrics/metrics_text.hpp"

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/exposition.hpp"

using namespace pitwall;
using test::exposition;

namespace {

metric_families some() {
  return {
      {"a_total", "Counts \\ a.", metric_kind::counter, {{{{"id", "x\"y\\z\n"}}, 3}}},
      {"b", "B.", metric_kind::gauge, {{{}, -1.5}}},
      {"c_seconds", "C.", metric_kind::histogram, {{{{"k", "v"}}, 0.75, 3, {{0.5, 2}, {1, 3}}}}},
      {"empty", "None.", metric_kind::gauge, {}}};
}

}  // namespace

TEST_CASE("Prometheus's text: escaped labels, and a histogram with its bucket for all") {
  const exposition page(metrics_text(some(), metrics_form::prometheus_text));
  CHECK(page.faults == std::vector<std::string>{});
  CHECK(page.at("a_total", {{"id", "x\"y\\z\n"}}) == 3);
  CHECK(page.at("b") == -1.5);
  CHECK(page.at("c_seconds_bucket", {{"k", "v"}, {"le", "0.5"}}) == 2);
  CHECK(page.at("c_seconds_bucket", {{"k", "v"}, {"le", "+Inf"}}) == 3);
  CHECK(page.at("c_seconds_sum", {{"k", "v"}}) == 0.75);
  CHECK_FALSE(page.families.contains("empty"));
}

TEST_CASE("the same as JSON, by name") {
  const auto page = parse_json(metrics_text(some(), metrics_form::json));
  REQUIRE(page.ok());
  CHECK(to_json(*page->find("a_total")) == R"({"type":"counter","help":"Counts \\ a.","samples":[)"
                                           R"({"labels":{"id":"x\"y\\z\n"},"value":3}]})");
  CHECK(to_json(*page->find("c_seconds")) ==
        R"({"type":"histogram","help":"C.","samples":[{"labels":{"k":"v"},"count":3,"sum":0.75,)"
        R"("buckets":[{"le":0.5,"count":2},{"le":1,"count":3}]}]})");
  CHECK(page->find("empty")->find("samples")->as_list().empty());
}

TEST_CASE("the strict reader refuses what is no exposition") {
  const auto faults = [](std::string_view text) { return exposition(text).faults.size(); };
  const std::string head = "# HELP a A.\n# TYPE a gauge\n";
  CHECK(faults(head + "a 1\n") == 0);
  CHECK(faults(head + "a 1") == 1);
  CHECK(faults(head + "a{b=\"c\",b=\"d\"} 1\na 1\n") == 1);
  CHECK(faults(head + "a 1\na 2\n") == 1);
  CHECK(faults(head + "a{b=\"\\x\"} 1\na 1\n") == 1);
  CHECK(faults(head + "a one\na 1\n") == 1);
  CHECK(faults(head + "c 1\na 1\n") == 1);
  CHECK(faults("a 1\n") >= 1);
  CHECK(faults("# HELP a A.\n# TYPE a counter\na 1\n") == 1);
  CHECK(faults("# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_count 1\nh_sum 1\n") == 1);
  CHECK(faults("# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\n"
               "h_count 1\nh_sum 1\n") == 1);
}
