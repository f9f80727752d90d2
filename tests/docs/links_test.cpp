// Where the documents lead: to pages, places in them, files and tests that are there.
#include <algorithm>
#include <regex>

#include "tests/docs/markdown.hpp"
#include "tests/docs/names.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

namespace documents {
namespace {

namespace fs = std::filesystem;

const fs::path root = pitwall::test::source_path("");

bool elsewhere(std::string_view link) {
  return link.find("://") != std::string_view::npos || link.starts_with("mailto:");
}

const page* find_page(const std::vector<page>& pages, const std::string& path) {
  const auto p = std::find_if(pages.begin(), pages.end(), [&](auto& q) { return q.path == path; });
  return p == pages.end() ? nullptr : &*p;
}

findings check_links(const std::vector<page>& pages) {
  findings out;
  for (const auto& p : pages)
    for (const auto& at : p.prose)
      for (const auto& link : links(at.text)) {
        if (elsewhere(link)) continue;
        const auto hash = link.find('#');
        const auto file = link.substr(0, hash);
        const auto path =
            file.empty()
                ? p.path
                : (fs::path(p.path).parent_path() / file).lexically_normal().generic_string();
        const auto* to = find_page(pages, path);
        if (to == nullptr && !fs::exists(root / path)) {
          out.add(p, at, "there is no " + path);
        } else if (hash != std::string::npos &&
                   (to == nullptr || to->anchors.count(link.substr(hash + 1)) == 0)) {
          out.add(p, at, "there is no heading for " + link);
        }
      }
  return out;
}

}  // namespace

TEST_CASE("every link of the documents leads to a page, and to a heading of it") {
  const auto pages = read_pages(root);
  CHECK(pages.size() > 30);
  const auto found = check_links(pages);
  INFO(found.text());
  CHECK(found.all.empty());
}

TEST_CASE("every page of docs is in its index, and the index is in the README") {
  const auto pages = read_pages(root);
  const auto* index = find_page(pages, "docs/README.md");
  REQUIRE(index != nullptr);
  std::set<std::string> listed;
  for (const auto& at : index->prose)
    for (const auto& link : links(at.text)) listed.insert(link);
  for (const auto& p : pages) {
    if (!p.path.starts_with("docs/") || p.path == index->path) continue;
    CAPTURE(p.path);
    CHECK(listed.count(p.path.substr(5)) == 1);
  }
  const auto* top = find_page(pages, "README.md");
  REQUIRE(top != nullptr);
  CHECK(std::any_of(top->prose.begin(), top->prose.end(), [](auto& at) {
    const auto all = links(at.text);
    return std::find(all.begin(), all.end(), "docs/README.md") != all.end();
  }));
}

TEST_CASE("every file, test, route, key and metric that the documents name is there") {
  const known_names known(root);
  findings found;
  std::size_t tests = 0;
  for (const auto& p : read_pages(root))
    for (const auto& at : p.prose)
      for (const auto& span : code_spans(at.text)) {
        if (const auto wrong = known.objection(span); !wrong.empty()) found.add(p, at, wrong);
        tests += known_names::is_test(span) ? 1 : 0;
      }
  INFO(found.text());
  CHECK(found.all.empty());
  CHECK(tests > 40);
}

TEST_CASE("every document that the sources name is there") {
  static const std::regex name("docs/[A-Za-z_/-]+\\.(md|json|png|yml)");
  std::size_t named = 0;
  for (const char* room : {"runtime", "actors", "storage", "net", "web", "packaging", "examples"})
    for (const auto& e : fs::recursive_directory_iterator(root / room)) {
      if (!e.is_regular_file()) continue;
      const auto text = read_file(e.path());
      for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
        ++named;
        CAPTURE(e.path().string(), at->str());
        CHECK(fs::exists(root / at->str()));
      }
    }
  CHECK(named > 20);
}

TEST_CASE("the documents' check objects to what is not there, and to nothing else") {
  const known_names known(root);
  for (const char* good :
       {"runtime/base/limits.hpp", "tests/process", "docs/risk.md", "limits.hpp", "server.port",
        "venues.NAME.stream", "resilience.at.NAME.rate", "pitwall_events_total",
        "GET /api/v1/executions/{id}/events", "POST /api/v1/bots/arb/pause", "order_filled",
        "docs/links: every link of the documents leads to a page, and to a heading of it"}) {
    CAPTURE(good);
    CHECK(known.objection(good) == "");
  }
  for (const char* bad :
       {"runtime/base/limit.hpp", "tests/proces", "docs/risks.md", "limit.hpp", "server.prot",
        "pitwall_events", "GET /api/v1/execution", "POST /api/v1/bots/arb/sleep",
        "docs/links: every link", "docs/nothing: every link"}) {
    CAPTURE(bad);
    CHECK(known.objection(bad) != "");
  }
  const auto pages = std::vector{read_page("a.md", "# One & two\n\n[b](README.md) [c](#one--two)"),
                                 read_page("b.md", "[a](a.md#three) [x](x.md)\n\n`[y](y.md)`")};
  CHECK(check_links(pages).all.size() == 2);
}

}  // namespace documents
