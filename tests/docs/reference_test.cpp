// Pages that are made from the program and its schemas: PITWALL_UPDATE_DOCS=1 writes them anew.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "runtime/workflow/json.hpp"
#include "tests/docs/http_page.hpp"
#include "tests/docs/markdown.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace documents {
namespace {

using pitwall::value;

void check_page(const std::string& path, const std::string& text) {
  const auto file = pitwall::test::source_path(path);
  if (const char* update = std::getenv("PITWALL_UPDATE_DOCS"); update && *update == '1')
    std::ofstream(file, std::ios::binary) << text;
  INFO("run this test with PITWALL_UPDATE_DOCS=1 to write " << path);
  CHECK(read_file(file) == text);
}

// ---- events

std::string text_of(const value& v, std::string_view name) {
  const auto* member = v.find(name);
  return member != nullptr && member->is_text() ? member->as_text() : "";
}

std::string listed(const value& names, const std::string& quote, const std::string& between) {
  std::string out;
  for (const auto& one : names.as_list())
    out += (out.empty() ? "" : between) + (one.is_text() ? quote + one.as_text() + quote : "null");
  return out;
}

std::string kind_of(const value& schema) {
  if (const auto* one_of = schema.find("enum")) return listed(*one_of, "`", ", ");
  const auto* type = schema.find("type");
  if (type == nullptr) return "any";
  if (type->is_list()) return listed(*type, "", " or ");
  const auto* items = schema.find("items");
  return type->as_text() + (items != nullptr ? " of " + kind_of(*items) : "");
}

class event_page {
 public:
  explicit event_page(const value& schema) : definitions_(*schema.find("$defs")) {
    for (const auto& one : schema.find("oneOf")->as_list()) add(resolved(one));
  }
  std::string text() const { return head_ + "\n" + body_ + codes(); }
  std::size_t types() const { return types_; }

 private:
  const value& resolved(const value& schema) const {
    const auto ref = text_of(schema, "$ref");
    return ref.empty() ? schema : *definitions_.find(ref.substr(ref.rfind('/') + 1));
  }

  void add(const value& event) {
    const auto& fields = event.find("properties")->as_object();
    const std::string name = fields[1].second.find("const")->as_text();
    if (types_++ == 0) begin(fields);
    body_ += "\n## " + name + "\n\n" + text_of(event, "description") + "\n";
    if (fields.size() <= envelope) return;
    body_ += "\n| field | kind | meaning |\n|---|---|---|\n";
    for (auto f = fields.begin() + envelope; f != fields.end(); ++f)
      body_ += row(f->first, f->second);
  }

  void begin(const value::object& fields) {
    head_ =
        "# Events\n\nGenerated from [schema/events.schema.json](schema/events.schema.json), which "
        "a "
        "test holds to the events that the code makes. How to follow\nthem: "
        "[websocket.md](websocket.md), [integration.md](integration.md#events). Ignore types and "
        "fields that you do not know: more may come. `null` where\na value is not known.\n\n"
        "Every event has these fields:\n\n| field | kind | meaning |\n|---|---|---|\n";
    for (auto f = fields.begin(); f != fields.begin() + envelope; ++f)
      head_ += f->first == "type" ? "| `type` | string | One of those below. |\n"
                                  : row(f->first, f->second);
  }

  std::string codes() const {
    const auto& all = *definitions_.find("rejection_code");
    std::string out = "\n## Codes of rejected orders\n\n" + text_of(all, "description") +
                      " What a person does about those of risk: [risk.md](risk.md).\n\n"
                      "| code | who says so | meaning |\n|---|---|---|\n";
    for (const auto& code : all.find("anyOf")->as_list()) {
      const auto name = text_of(code, "const");
      out += "| `" + (name.empty() ? text_of(code, "pattern") : name) + "` | " +
             text_of(code, "title") + " | " + text_of(code, "description") + " |\n";
    }
    return out;
  }

  std::string row(const std::string& name, const value& field) const {
    const auto own = text_of(field, "description");
    const auto& shared = resolved(field);
    return "| `" + name + "` | " + kind_of(shared) + " | " +
           (own.empty() ? text_of(shared, "description") : own) + " |\n";
  }

  static constexpr std::ptrdiff_t envelope = 7;
  const value& definitions_;
  std::string head_, body_;
  std::size_t types_ = 0;
};

// ---- the command line, from the manual page

std::string untroff(const std::string& line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      out += line[i];
    } else if (line[++i] == 'f') {
      ++i;
    } else if (line[i] != '&') {
      out += line[i] == 'e' ? '\\' : line[i];
    }
  }
  return out;
}

/// "--repeat UINT:UINT in [1 - 5]" -> "--repeat UINT": how a type is written is the library's.
std::string option_text(const std::string& said) {
  const auto at = said.find(' ', std::min(said.find("--"), said.size()));
  return at == std::string::npos ? said : said.substr(0, said.find_first_of(": ,", at + 1));
}

struct table_row {
  std::string option, meaning;
  std::string text() const { return "| `" + option + "` | " + meaning + " |\n"; }
};

constexpr std::string_view no_heading = "| | |\n|---|---|\n";

/// Options by which most commands find a host: shown once.
bool finds_host(const table_row& row) {
  for (const std::string_view name : {"--data-dir", "--host", "--token-file", "--ca-file"})
    if (row.option.starts_with(name)) return true;
  return false;
}

class command_page {
 public:
  explicit command_page(const std::string& manual) {
    std::istringstream lines(manual);
    std::string section;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(".SH ")) {
        end_command();
        section = line.substr(4);
      } else if (section == "COMMANDS") {
        take(line, lines);
      } else if (section == "EXIT STATUS") {
        exit_codes_ += untroff(line) + "\n";
      }
    }
  }

  std::string text() const {
    std::string out =
        "# Command line\n\nGenerated from the program: `pitwall manual man` has the same as a "
        "manual page, and `--help` behind any command shows its part. Which options\nof `serve` "
        "are "
        "also keys of the configuration, [configuration.md](configuration.md#keys) says.\n" +
        commands_ + "\n## Where the host is\n\n" + std::string(no_heading);
    for (const auto& row : host_) out += row.text();
    return out + "\n## Exit codes\n\n" + exit_codes_;
  }

 private:
  void take(const std::string& line, std::istream& lines) {
    if (line.starts_with(".SS \"")) {
      end_command();
      commands_ += "\n## " + untroff(line.substr(5, line.size() - 6)) + "\n\n";
    } else if (line == ".TP") {
      std::string option, meaning;
      std::getline(lines, option);
      std::getline(lines, meaning);
      meaning = untroff(meaning);
      for (auto bar = meaning.find('|'); bar != std::string::npos; bar = meaning.find('|', bar + 2))
        meaning.insert(bar, "\\");
      rows_.push_back({option_text(untroff(option)), meaning});
    } else if (!line.starts_with('.')) {
      commands_ += untroff(line) + "\n";
    }
  }

  void end_command() {
    const bool asks_host = std::any_of(rows_.begin(), rows_.end(), [](auto& row) {
      return row.option.starts_with("--host ") && row.meaning.starts_with("http[s]:");
    });
    std::vector<table_row> own;
    for (const auto& row : rows_) (asks_host && finds_host(row) ? host_ : own).push_back(row);
    if (asks_host && host_.size() > 4) host_.resize(4);
    if (asks_host)
      commands_ += "\nOptions: [where the host is](#where-the-host-is)" +
                   std::string(own.empty() ? ".\n" : ", and\n");
    if (!own.empty()) commands_ += "\n" + std::string(no_heading);
    for (const auto& row : own) commands_ += row.text();
    rows_.clear();
  }

  std::string commands_, exit_codes_;
  std::vector<table_row> rows_, host_;
};

}  // namespace

TEST_CASE("docs/events.md is what the schema says") {
  const auto schema =
      pitwall::parse_json(read_file(pitwall::test::source_path("/docs/schema/events.schema.json")));
  REQUIRE(schema.ok());
  const event_page page(*schema);
  CHECK(page.types() > 20);
  check_page("/docs/events.md", page.text());
}

TEST_CASE("docs/http.md is what the OpenAPI document says") {
  const auto document =
      pitwall::parse_json(read_file(pitwall::test::source_path("/docs/openapi.json")));
  REQUIRE(document.ok());
  const auto text = http_page(*document);
  for (const auto& [path, methods] : document->find("paths")->as_object())
    CHECK(text.find(" " + path + "\n") != std::string::npos);
  check_page("/docs/http.md", text);
}

TEST_CASE("docs/cli.md is what the program says") {
  const auto manual =
      pitwall::test::run_program({pitwall::test::pitwall_binary(), "manual", "man"});
  REQUIRE(manual.exit_code == 0);
  check_page("/docs/cli.md", command_page(manual.out).text());
}

}  // namespace documents
