// Job: what the tests of the documents look at: pages in Markdown, their links, headings, code.
// Threads: plain values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace documents {

/// A piece of a page, with the line in which it begins.
struct piece {
  std::string text;
  std::size_t line = 0;
};

struct page {
  std::string path;          ///< From the repository root, with '/'.
  std::vector<piece> prose;  ///< Paragraphs, each in one line; a row of a table is one, too.
  std::vector<piece> shell;  ///< Lines of code that is in no language; continued ones are one.
  std::vector<piece> json;   ///< Code that is in JSON, block by block.
  std::set<std::string> anchors;
};

/// Reads a page as far as these documents go: fences, code by indentation, `#` headings.
page read_page(std::string path, std::string_view text);

/// All pages of the repository: at its top, and below docs, examples and tests.
std::vector<page> read_pages(const std::filesystem::path& root);

std::string read_file(const std::filesystem::path& path);

/// What stands between backticks.
std::vector<std::string> code_spans(std::string_view prose);

/// Where `[...](HERE)` leads; code is no link.
std::vector<std::string> links(std::string_view prose);

/// A heading's anchor, as GitHub makes it.
std::string anchor_of(std::string_view heading);

/// What does not fit, as `path:line: message`.
struct findings {
  std::vector<std::string> all;
  void add(const page& where, const piece& at, const std::string& message);
  std::string text() const;
};

}  // namespace documents
