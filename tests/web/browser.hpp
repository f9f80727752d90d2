// Job: a headless Chromium that a test steers as a person would: keys, clicks, and what the page
//      shows; over WebDriver (W3C) spoken to Debian's chromedriver.
// Waits: await() waits inside the page until a condition holds, and fails the test after a minute.
// Lifetime: a browser is a tab of its own, closed at its end; Chromium itself starts once for all
//      tests of a program, and ends with that: if it is killed, by the pipe that breaks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "runtime/base/value.hpp"

namespace pitwall::test {

/// As WebDriver names them.
namespace key {
inline const std::string tab = "\uE004", enter = "\uE007", escape = "\uE00C", up = "\uE013",
                         down = "\uE015", end = "\uE010";
}

class browser {
 public:
  browser();
  ~browser();
  browser(const browser&) = delete;
  browser& operator=(const browser&) = delete;

  /// As if the window had this many CSS pixels; below 760 the page takes it for a phone.
  void resize(int width, int height);
  /// Runs before the scripts of every page that is opened from now on.
  void before_pages(const std::string& script);
  void open(const std::string& url);

  /// What `script` returns. A script error fails the test.
  value run(const std::string& script, value::list arguments = {}) const;
  /// The same as text, whole number and truth.
  std::string text(const std::string& script) const;
  std::int64_t number(const std::string& script) const;
  bool truth(const std::string& script) const;
  /// Until the expression is true in the page.
  void await(const std::string& condition) const;

  void click(const std::string& selector) const;
  /// One key after the other, to whatever has the focus. UTF-8.
  void press(const std::string& keys) const;
  /// Clicks a field, and types in place of what it holds.
  void fill(const std::string& selector, const std::string& keys) const;
  /// Whether alert(), confirm() or prompt() is open.
  bool dialog_open() const;
  /// PNG.
  std::string screenshot() const;
  std::filesystem::path downloads() const;

 private:
  value must(const std::string& method, const std::string& path, const value& body = {}) const;
  void devtools(const std::string& command, value parameters) const;

  std::string tab_;
};

}  // namespace pitwall::test
