// What a page shows comes from elsewhere: it may only ever become text.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"

namespace {

/// What makes markup or code of a string, loads something from elsewhere, or needs a policy that
/// lets text in a page run.
constexpr std::string_view forbidden[] = {"innerHTML",
                                          "outerHTML",
                                          "insertAdjacentHTML",
                                          "document.write",
                                          "setHTML",
                                          "DOMParser",
                                          "srcdoc",
                                          "createContextualFragment",
                                          "eval(",
                                          "Function(",
                                          "setTimeout('",
                                          "javascript:",
                                          " src=",
                                          "@import",
                                          "url(http",
                                          "unsafe-inline",
                                          " style=\"",
                                          " onclick=",
                                          " onload=",
                                          " onerror=",
                                          "https://",
                                          "localStorage",
                                          "document.cookie",
                                          "sessionStorage"};

std::vector<std::string_view> found_in(std::string_view text) {
  std::vector<std::string_view> out;
  for (const auto one : forbidden)
    if (text.find(one) != std::string_view::npos) out.push_back(one);
  return out;
}

}  // namespace

TEST_CASE("pages show what they are told as text, load nothing from elsewhere, and keep nothing") {
  std::size_t pages = 0;
  const auto web = std::filesystem::path(pitwall::test::source_path("/web"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(web)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    ++pages;
    for (const auto one : found_in(text)) {
      INFO(one);
      FAIL_CHECK(entry.path());
    }
  }
  CHECK(pages > 0);
  CHECK(found_in("row.innerHTML = text").size() == 1);
  CHECK(found_in("<img src=x onerror=a()>").size() == 2);
}

TEST_CASE("the picture of the test client is small enough to be carried along") {
  CHECK(std::filesystem::file_size(
            std::filesystem::path(pitwall::test::source_path("/docs/client.png"))) < 200'000);
}
