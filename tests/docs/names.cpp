#include "tests/docs/names.hpp"

#include <algorithm>
#include <cctype>
#include <regex>

#include "runtime/workflow/json.hpp"
#include "tests/docs/markdown.hpp"

namespace documents {
namespace {

namespace fs = std::filesystem;

bool matches(std::string_view text, const std::regex& pattern) {
  return std::regex_match(text.begin(), text.end(), pattern);
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == at) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

/// The literal after TEST_CASE( and those that follow it, as one, unescaped.
std::string joined_literals(std::string_view code) {
  std::string out;
  bool inside = false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (inside && c == '\\' && i + 1 < code.size()) {
      out += code[++i];
    } else if (c == '"') {
      inside = !inside;
    } else if (inside) {
      out += c;
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      break;
    }
  }
  return out;
}

constexpr std::string_view sections =
    "(server|journal|recovery|risk|venues|bots\\[\\]|resilience|workers|scheduler|limits|log)";

}  // namespace

known_names::known_names(const fs::path& root) : root_(root) {
  read_metrics();
  read_keys();
  read_routes();
  read_sources();
}

void known_names::read_metrics() {
  // In the table the labels are the third cell; in the list they stand behind the type: (gauge;
  // `x`).
  const auto labels_of = [&](const std::string& name, const std::vector<std::string>& labels) {
    metrics_[name].insert(labels.begin(), labels.end());
  };
  for (const auto& at : read_page("", read_file(root_ / "docs/metrics.md")).prose) {
    if (at.text.starts_with("| `")) {
      const auto cells = split(at.text, '|');
      if (cells.size() > 3) labels_of(code_spans(cells[1]).front(), code_spans(cells[3]));
    }
    for (auto item = at.text.find("- `pitwall_"); item != std::string::npos;
         item = at.text.find("- `pitwall_", item + 1)) {
      const auto open = at.text.find('(', item), close = at.text.find(')', item);
      if (close == std::string::npos) break;
      labels_of(code_spans(at.text.substr(item, open - item)).front(),
                code_spans(at.text.substr(open, close - open)));
    }
  }
}

void known_names::read_keys() {
  for (const auto& at : read_page("", read_file(root_ / "docs/configuration.md")).prose)
    if (at.text.starts_with("| `"))
      if (const auto spans = code_spans(at.text); !spans.empty()) keys_.insert(spans.front());
}

void known_names::read_routes() {
  const auto document = pitwall::parse_json(read_file(root_ / "docs/openapi.json"));
  if (!document.ok()) return;
  for (const auto& [path, methods] : document->find("paths")->as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      std::string name;
      for (const char c : method) name += static_cast<char>(std::toupper(c));
      routes_.emplace_back(name, path);
    }
}

void known_names::read_sources() {
  for (const char* room : {"runtime", "actors", "storage", "net", "tests", "bench"})
    for (const auto& e : fs::recursive_directory_iterator(root_ / room))
      sources_.insert(e.path().filename().string());
}

bool known_names::is_metric(std::string_view name) const {
  if (metrics_.count(std::string(name)) > 0) return true;
  for (const std::string_view part : {"_bucket", "_sum", "_count"})
    if (name.ends_with(part)) {
      const auto whole = metrics_.find(std::string(name.substr(0, name.size() - part.size())));
      return whole != metrics_.end();
    }
  return false;
}

bool known_names::is_test(std::string_view span) {
  static const std::regex pattern("[a-z]+/[a-z0-9_]+: .+");
  return matches(span, pattern);
}

bool known_names::has_test(std::string_view span) const {
  const auto colon = span.find(": ");
  const auto name = span.substr(colon + 2);
  const auto source =
      read_file(root_ / "tests" / (std::string(span.substr(0, colon)) + "_test.cpp"));
  for (auto at = source.find("TEST_CASE("); at != std::string::npos;
       at = source.find("TEST_CASE(", at + 1))
    if (joined_literals(std::string_view(source).substr(at + 10)) == name) return true;
  return false;
}

bool known_names::has_route(std::string_view method, std::string_view path) const {
  const auto asked = split(path.substr(0, path.find('?')), '/');
  return std::any_of(routes_.begin(), routes_.end(), [&](const auto& route) {
    const auto known = split(route.second, '/');
    if ((!method.empty() && route.first != method) || known.size() != asked.size()) return false;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const bool action = known[i] == "{action}";
      if (action && asked[i] != "start" && asked[i] != "pause" && asked[i] != "stop") return false;
      if (!known[i].starts_with('{') && known[i] != asked[i]) return false;
    }
    return true;
  });
}

std::string known_names::objection(std::string_view span) const {
  static const std::regex file(
      "(actors|bench|cmake|docs|examples|net|packaging|runtime|storage|tests|web)/[A-Za-z0-9_./"
      "-]+");
  static const std::regex source("[a-z0-9_]+\\.(hpp|cpp)");
  static const std::regex key(std::string(sections) + "\\.[A-Za-z_.]+");
  static const std::regex metric("pitwall_[a-z_]+");
  static const std::regex route("(?:(GET|PUT|POST|DELETE) )?(/api/v1/[A-Za-z0-9_{}./?=&-]+)");
  const std::string text(span);
  if (is_test(span)) return has_test(span) ? "" : "there is no test '" + text + "'";
  if (matches(span, file)) return fs::exists(root_ / text) ? "" : "there is no file '" + text + "'";
  if (matches(span, source))
    return sources_.count(text) > 0 ? "" : "there is no source '" + text + "'";
  if (matches(span, key)) {
    // A section's file name, or a key that stands for all below it.
    const auto below = text + ".";
    const auto next = keys_.lower_bound(below);
    const bool known = keys_.count(text) > 0 || (next != keys_.end() && next->starts_with(below));
    return known ? "" : "there is no setting '" + text + "'";
  }
  if (matches(span, metric)) return is_metric(span) ? "" : "there is no metric '" + text + "'";
  std::smatch parts;
  if (std::regex_match(text, parts, route))
    return has_route(parts[1].str(), parts[2].str()) ? "" : "there is no route '" + text + "'";
  return "";
}

}  // namespace documents
