// Alert rules and dashboard use metrics and labels that a host has.
#include <algorithm>
#include <cctype>
#include <sstream>
#include <utility>

#include "runtime/workflow/json.hpp"
#include "tests/docs/markdown.hpp"
#include "tests/docs/names.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

namespace documents {
namespace {

const std::filesystem::path root = pitwall::test::source_path("");

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The words before '=', '=~' or '!=' between braces that open at `at`, or all words between
/// parentheses; what is in quotes is no word.
std::vector<std::string> labels_at(std::string_view text, std::size_t at) {
  const bool matchers = text[at] == '{';
  std::vector<std::string> out;
  bool quoted = false;
  std::string word;
  for (++at; at < text.size() && (quoted || (text[at] != '}' && text[at] != ')')); ++at) {
    const char c = text[at];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (is_name(c)) {
      word += c;
    } else if (!word.empty() && (!matchers || c == '=' || c == '!')) {
      out.push_back(std::exchange(word, {}));
    } else if (c != ' ') {
      word.clear();
    }
  }
  if (!matchers && !word.empty()) out.push_back(word);
  return out;
}

/// Of one query: metrics that no host has, and labels that none of its metrics has.
class query_check {
 public:
  query_check(const known_names& known, std::string_view query) : known_(known), text_(query) {
    for (std::size_t at = 0; at < text_.size();) {
      std::size_t end = at;
      while (end < text_.size() && is_name(text_[end])) ++end;
      const auto word = text_.substr(at, end - at);
      if (word.starts_with("pitwall_") || word.starts_with("process_")) metric(word, end);
      at = std::max(end, at + 1);
    }
    for (const std::string_view by : {"by (", "without ("})
      for (auto at = text_.find(by); at != std::string_view::npos; at = text_.find(by, at + 1))
        for (const auto& label : labels_at(text_, at + by.size() - 1)) expect(labels_, label);
  }
  const std::vector<std::string>& wrong() const { return wrong_; }
  std::size_t metrics() const { return metrics_; }

 private:
  void metric(std::string_view name, std::size_t end) {
    ++metrics_;
    if (!known_.is_metric(name))
      return wrong_.emplace_back("no metric " + std::string(name)), void();
    std::set<std::string> labels{"job", "instance"};
    for (const auto& [known, its] : known_.metrics())
      if (name.starts_with(known)) labels.insert(its.begin(), its.end());
    if (name.ends_with("_bucket")) labels.insert("le");
    labels_.insert(labels.begin(), labels.end());
    if (end < text_.size() && text_[end] == '{')
      for (const auto& label : labels_at(text_, end)) expect(labels, label);
  }
  void expect(const std::set<std::string>& labels, const std::string& label) {
    if (labels.count(label) == 0)
      wrong_.push_back("no label " + label + " in " + std::string(text_));
  }

  const known_names& known_;
  std::string_view text_;
  std::set<std::string> labels_;
  std::vector<std::string> wrong_;
  std::size_t metrics_ = 0;
};

void queries_of(const pitwall::value& v, std::vector<std::string>& out) {
  if (v.is_list())
    for (const auto& one : v.as_list()) queries_of(one, out);
  if (!v.is_object()) return;
  for (const auto& [name, one] : v.as_object()) {
    if ((name == "expr" || name == "query") && one.is_text()) out.push_back(one.as_text());
    queries_of(one, out);
  }
}

/// `expr: ...`, or `expr: |` and the lines that are indented below it.
std::vector<std::string> queries_of(const std::string& yaml) {
  std::vector<std::string> out;
  std::istringstream lines(yaml);
  std::size_t block = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto indent = line.find_first_not_of(" -");
    const auto at = line.find("expr: ");
    if (block > 0 && indent != std::string::npos && indent > block) {
      out.back() += line.substr(indent) + " ";
    } else {
      block = 0;
    }
    if (at == std::string::npos) continue;
    out.push_back(line.substr(at + 6));
    if (out.back() == "|") {
      out.back().clear();
      block = at;
    }
  }
  return out;
}

std::size_t check(const known_names& known, const std::vector<std::string>& queries) {
  std::size_t metrics = 0;
  for (const auto& query : queries) {
    CAPTURE(query);
    const query_check checked(known, query);
    CHECK(checked.wrong() == std::vector<std::string>{});
    metrics += checked.metrics();
  }
  return metrics;
}

}  // namespace

TEST_CASE("the alert rules use metrics and labels that a host has") {
  const known_names known(root);
  const auto text = read_file(root / "docs/monitoring/pitwall.rules.yml");
  const auto queries = queries_of(text);
  CHECK(queries.size() > 10);
  CHECK(check(known, queries) > 10);
  // Each names what to do, and labels of its own in what it says.
  std::size_t alerts = 0;
  for (auto at = text.find("- alert: "); at != std::string::npos;
       at = text.find("- alert: ", at + 1)) {
    const auto one = text.substr(at, text.find("- alert: ", at + 1) - at);
    CAPTURE(one);
    ++alerts;
    CHECK(one.find("todo: ") != std::string::npos);
    CHECK((one.find("severity: page") != std::string::npos ||
           one.find("severity: ticket") != std::string::npos));
    std::set<std::string> labels{"instance"};
    for (const auto& [name, its] : known.metrics())
      if (one.find(name) != std::string::npos) labels.insert(its.begin(), its.end());
    for (auto l = one.find("$labels."); l != std::string::npos; l = one.find("$labels.", l + 1)) {
      const auto word =
          one.substr(l + 8, one.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", l + 8) - l - 8);
      CAPTURE(word);
      CHECK(labels.count(word) == 1);
    }
  }
  CHECK(alerts == queries.size());
}

TEST_CASE("the dashboard uses metrics and labels that a host has") {
  const known_names known(root);
  const auto dashboard = pitwall::parse_json(read_file(root / "docs/monitoring/grafana.json"));
  REQUIRE(dashboard.ok());
  std::vector<std::string> queries;
  queries_of(*dashboard, queries);
  CHECK(queries.size() > 20);
  CHECK(check(known, queries) > 25);
}

TEST_CASE("the dashboard's panels lie side by side, and each has an id and a data source") {
  const auto dashboard = pitwall::parse_json(read_file(root / "docs/monitoring/grafana.json"));
  REQUIRE(dashboard.ok());
  std::set<std::string> ids;
  std::set<std::pair<std::int64_t, std::int64_t>> taken;
  for (const auto& panel : dashboard->find("panels")->as_list()) {
    CAPTURE(pitwall::to_json(*panel.find("title")));
    CHECK(ids.insert(pitwall::to_json(*panel.find("id"))).second);
    const auto at = [&](const char* name) {
      return panel.find("gridPos")->find(name)->as_number().to_int().value_or(-1);
    };
    CHECK(at("x") + at("w") <= 24);
    bool free = true;
    for (auto x = at("x"); x < at("x") + at("w"); ++x)
      for (auto y = at("y"); y < at("y") + at("h"); ++y) free = taken.emplace(x, y).second && free;
    CHECK(free);
    if (panel.find("type")->as_text() == "row") continue;
    std::set<std::string> names;
    REQUIRE_FALSE(panel.find("targets")->as_list().empty());
    for (const auto& target : panel.find("targets")->as_list()) {
      CHECK(names.insert(target.find("refId")->as_text()).second);
      CHECK(target.find("datasource")->find("uid")->as_text() == "${source}");
    }
  }
  CHECK(ids.size() > 20);
}

TEST_CASE("the check of queries objects to what no host has, and to nothing else") {
  const known_names known(root);
  const auto objections = [&](std::string_view query) {
    return query_check(known, query).wrong().size();
  };
  CHECK(objections("sum by (type) (rate(pitwall_events_total{job=\"a\", type!~\"x|y=z\"}[5m]))") ==
        0);
  CHECK(objections("histogram_quantile(0.9, sum by (le, venue) "
                   "(rate(pitwall_venue_answer_seconds_bucket[5m])))") == 0);
  CHECK(objections("pitwall_event_total") == 1);
  CHECK(objections("pitwall_events_total{kind=\"a\"}") == 1);
  CHECK(objections("sum by (kind) (pitwall_events_total)") == 1);
  CHECK(objections("pitwall_venue_answer_seconds_bukket") == 1);
  CHECK(queries_of("  - expr: a\n  - expr: |\n      b\n      c\n    for: 1m\n") ==
        std::vector<std::string>{"a", "b c "});
}

}  // namespace documents
