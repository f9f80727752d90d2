#include "tests/web/browser.hpp"

#include <cstdlib>
#include <optional>

#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

constexpr std::chrono::seconds patience{60};
/// For a start of Chromium on a machine that has much else to do.
constexpr std::chrono::seconds starting{240};

std::string path_of(const std::string& program) {
  std::string all = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  for (all += ':'; !all.empty(); all.erase(0, all.find(':') + 1)) {
    const auto candidate = std::filesystem::path(all.substr(0, all.find(':'))) / program;
    if (std::filesystem::exists(candidate)) return candidate.string();
  }
  FAIL(program << " is not installed");
  return {};
}

std::string from_base64(const std::string& text) {
  std::string out;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    const auto digit =
        std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
            .find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6U | static_cast<unsigned>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFFU);
  }
  return out;
}

/// The next character of a UTF-8 text.
std::string take_character(std::string& text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
  auto out = text.substr(0, size);
  text.erase(0, size);
  return out;
}

value capabilities(const std::filesystem::path& profile) {
  // Chromium has no sandbox of its own for root; what it loads here is the page under test alone.
  value::list flags{
      "--headless=new",          "--no-sandbox",           "--disable-dev-shm-usage",
      "--disable-gpu",           "--disable-lcd-text",     "--disable-background-networking",
      "--remote-debugging-pipe", "--window-size=1280,900", "--user-data-dir=" + profile.string()};
  value::object options{{"args", std::move(flags)}};
  value::object wanted{{"browserName", "chrome"},
                       {"unhandledPromptBehavior", "ignore"},
                       {"timeouts", value::object{{"script", decimal(patience.count() * 1000)}}},
                       {"goog:chromeOptions", std::move(options)}};
  return value::object{{"capabilities", value::object{{"alwaysMatch", value(std::move(wanted))}}}};
}

/// The driver and its one session, with a tab that stays.
class chromium {
 public:
  chromium() {
    std::filesystem::create_directory(downloads());
    // It takes a free port of IPv4, then the same of IPv6, and ends where another has that one.
    for (int attempts = 5; port_ == 0; --attempts) {
      if (attempts == 0) FAIL("chromedriver does not start");
      start_driver();
    }
    const auto made = must("POST", "", capabilities(directory_.path() / "profile"));
    session_ = "/" + made.find("sessionId")->as_text();
    must("POST", "/goog/cdp/execute",
         value::object{{"cmd", "Browser.setDownloadBehavior"},
                       {"params", value::object{{"behavior", "allow"},
                                                {"downloadPath", downloads().string()}}}});
    first_tab = must("GET", "/window", {}).as_text();
  }
  ~chromium() {
    std::string ignored;
    if (!session_.empty()) ask("DELETE", "", {}, &ignored);
  }
  chromium(const chromium&) = delete;
  chromium& operator=(const chromium&) = delete;

  /// Null where the driver answers with an error, which goes to `failure`.
  value ask(const std::string& method, const std::string& path, const value& body,
            std::string* failure) const {
    const auto text = method != "POST" ? "" : to_json(body.is_null() ? value::object{} : body);
    const auto reply = ask_port(port_, {method, "/session" + session_ + path, text, {}},
                                first_tab.empty() ? starting : patience + starting / 4);
    auto parsed = parse_json(reply.body);
    if (!parsed.ok() || parsed->find("value") == nullptr) {
      *failure = "chromedriver answers " + std::to_string(reply.status) + ": " + reply.body;
      return {};
    }
    value said = *parsed->find("value");
    if (reply.status == 200) return said;
    const auto* message = said.find("message");
    *failure = message != nullptr && message->is_text() ? message->as_text() : reply.body;
    return {};
  }
  value must(const std::string& method, const std::string& path, const value& body) const {
    std::string failure;
    auto said = ask(method, path, body, &failure);
    if (!failure.empty()) FAIL(path << ": " << failure.substr(0, 2000));
    return said;
  }
  std::filesystem::path downloads() const { return directory_.path() / "downloads"; }

  std::string first_tab;

 private:
  /// Sets port_, unless the driver ends or is silent before it has one.
  void start_driver() {
    // setpriv: where this process dies the driver does, and Chromium, whose pipe to it breaks.
    driver_.emplace(std::vector<std::string>{path_of("setpriv"), "--pdeathsig", "KILL",
                                             path_of("chromedriver"), "--port=0",
                                             "--log-level=SEVERE"});
    const std::string there = "started successfully on port ";
    for (auto line = driver_->read_line(); !line.empty(); line = driver_->read_line()) {
      const auto at = line.find(there);
      if (at == std::string::npos) continue;
      port_ = static_cast<std::uint16_t>(std::stoi(line.substr(at + there.size())));
      return;
    }
  }

  scratch_directory directory_;
  std::optional<child_process> driver_;
  std::uint16_t port_ = 0;
  std::string session_;  ///< "/ID"
};

const chromium& shared() {
  static const chromium one;
  return one;
}

}  // namespace

browser::browser() {
  // What a failed test had exported is not taken for this one's.
  for (const auto& left : std::filesystem::directory_iterator(downloads()))
    std::filesystem::remove(left.path());
  const auto made = must("POST", "/window/new", value::object{{"type", "tab"}});
  tab_ = made.find("handle")->as_text();
  must("POST", "/window", value::object{{"handle", tab_}});
}

browser::~browser() {
  std::string ignored;
  shared().ask("DELETE", "/window", {}, &ignored);
  shared().ask("POST", "/window", value::object{{"handle", shared().first_tab}}, &ignored);
}

std::filesystem::path browser::downloads() const { return shared().downloads(); }

value browser::must(const std::string& method, const std::string& path, const value& body) const {
  return shared().must(method, path, body);
}

void browser::devtools(const std::string& command, value parameters) const {
  must("POST", "/goog/cdp/execute",
       value::object{{"cmd", command}, {"params", std::move(parameters)}});
}

void browser::resize(int width, int height) {
  devtools(
      "Emulation.setDeviceMetricsOverride",
      value::object{
          {"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", width < 760}});
}

void browser::before_pages(const std::string& script) {
  devtools("Page.addScriptToEvaluateOnNewDocument", value::object{{"source", script}});
}

void browser::open(const std::string& url) { must("POST", "/url", value::object{{"url", url}}); }

value browser::run(const std::string& script, value::list arguments) const {
  return must("POST", "/execute/sync",
              value::object{{"script", script}, {"args", std::move(arguments)}});
}

std::string browser::text(const std::string& script) const {
  const auto said = run("return String(" + script + ")");
  return said.is_text() ? said.as_text() : to_json(said);
}

std::int64_t browser::number(const std::string& script) const {
  const auto said = run("return Math.round(" + script + ")");
  return said.is_number() ? said.as_number().to_int().value() : -1;
}

bool browser::truth(const std::string& script) const { return text(script) == "true"; }

void browser::await(const std::string& condition) const {
  // From inside: no round trips, and no time of its own but the page's next turn.
  const std::string script =
      "const done = arguments[0], ends = performance.now() + " +
      std::to_string(std::chrono::milliseconds(patience).count() - 5000) +
      ";\nconst look = () => {\n  let holds = false;\n  try { holds = Boolean(" + condition +
      "); } catch (e) { holds = false; }\n"
      "  if (holds) done(''); else if (performance.now() > ends) done(document.body.innerText);\n"
      "  else setTimeout(look, 10);\n};\nlook();";
  const auto said =
      must("POST", "/execute/async", value::object{{"script", script}, {"args", value::list{}}});
  if (!said.is_text() || !said.as_text().empty())
    FAIL("never: " << condition << "\nthe page shows:\n" << to_json(said));
}

void browser::click(const std::string& selector) const {
  const auto found =
      must("POST", "/element", value::object{{"using", "css selector"}, {"value", selector}});
  must("POST", "/element/" + found.as_object().front().second.as_text() + "/click");
}

void browser::press(const std::string& keys) const {
  value::list steps;
  for (auto left = keys; !left.empty();) {
    const value one = take_character(left);
    steps.push_back(value::object{{"type", "keyDown"}, {"value", one}});
    steps.push_back(value::object{{"type", "keyUp"}, {"value", one}});
  }
  value::object device{{"type", "key"}, {"id", "keyboard"}, {"actions", std::move(steps)}};
  must("POST", "/actions", value::object{{"actions", value::list{value(std::move(device))}}});
}

void browser::fill(const std::string& selector, const std::string& keys) const {
  click(selector);
  run("document.activeElement.select()");
  press(keys);
}

bool browser::dialog_open() const {
  std::string failure;
  shared().ask("GET", "/alert/text", {}, &failure);
  return failure.empty();
}

std::string browser::screenshot() const {
  return from_base64(must("GET", "/screenshot").as_text());
}

}  // namespace pitwall::test
