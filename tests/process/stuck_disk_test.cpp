// Halts of a real host whose disk hangs or fails: closed at once, told so, and halted after the
// next start, unless the halt became durable after all.
#include <csignal>
#include <fstream>

#include "runtime/base/clock.hpp"
#include "runtime/base/limits.hpp"
#include "runtime/workflow/json.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/plain_http.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

class host_on_bad_disk {
 public:
  host_on_bad_disk() { launch(); }

  void launch() {
    process_ = std::make_unique<child_process>(std::vector<std::string>{
        "/usr/bin/env", "LD_PRELOAD=" + stuck_disk_library(),
        "ASAN_OPTIONS=verify_asan_link_order=0", "PITWALL_DISK_STUCK=" + stuck().string(),
        "PITWALL_DISK_FAILS=" + fails().string(), pitwall_binary(), "serve",
        source_path("/examples/first_workflow.json"), "--data-dir", data().string()});
    REQUIRE(process_->await_line("ready:"));
  }
  void hang() const { std::ofstream(stuck()).close(); }
  void fail() const { std::ofstream(fails()).close(); }
  void mend() const {
    std::filesystem::remove(stuck());
    std::filesystem::remove(fails());
  }
  void kill() {
    process_->signal(SIGKILL);
    process_->wait();
  }
  int end() {
    process_->signal(SIGTERM);
    return process_->wait();
  }
  int wait() { return process_->wait(); }

  value act(const std::string& action, const std::string& scope = "global") const {
    const auto reply = ask_socket(data() / "control.sock",
                                  {"POST", "/api/v1/emergency",
                                   R"({"action": ")" + action + R"(", "scope": ")" + scope +
                                       R"(", "reason": "test", "operator": "me"})"});
    CAPTURE(reply.body);
    auto v = parse_json(reply.body);
    REQUIRE(v.ok());
    return std::move(*v);
  }
  /// The answer to a start, which is refused.
  std::string start() const {
    const auto r = ask_socket(data() / "control.sock",
                              {"POST", "/api/v1/workflows/first_workflow/executions", "{}"});
    CHECK(r.status >= 400);
    return r.body;
  }
  std::string state() const {
    return ask_socket(data() / "control.sock", {"GET", "/api/v1/emergency"}).body;
  }
  bool marked() const { return std::filesystem::exists(data() / "HALTED"); }

 private:
  std::filesystem::path data() const { return directory_.path() / "data"; }
  std::filesystem::path stuck() const { return directory_.path() / "stuck"; }
  std::filesystem::path fails() const { return directory_.path() / "fails"; }

  scratch_directory directory_;
  std::unique_ptr<child_process> process_;
};

std::string text(const value& v, const char* name) {
  const auto* found = v.find(name);
  return found != nullptr && found->is_text() ? found->as_text() : "no " + std::string(name);
}

}  // namespace

TEST_CASE("a halt on a disk that hangs is told as not durable, and holds after kill -9", "[halt]") {
  host_on_bad_disk h;
  h.hang();
  const auto told = h.act("halt");
  const auto told_at = system_wall_clock().now();
  CHECK(text(told, "result") == "halted_not_durable");
  CHECK(text(told, "state") == "halt");
  // Closed when it came, though the answer waited for the disk; and nothing begins from then on.
  const auto closed_at = parse_iso8601(text(told, "closed_at"));
  REQUIRE(closed_at.ok());
  CHECK(*closed_at <= told_at - limits::emergency_commit_deadline * 9 / 10);
  CHECK(h.start().find("halted") != std::string::npos);
  REQUIRE(told.find("warnings")->as_list().size() == 1);  // The marker waits for that disk too.
  CHECK(told.find("warnings")->as_list()[0].as_text().find("may not be halted") !=
        std::string::npos);
  // Nothing hangs behind it: another scope closes, and is told.
  CHECK(text(h.act("halt", "bot:b"), "result") == "halted_not_durable");
  h.kill();
  h.mend();
  h.launch();
  CHECK(h.state().find(R"({"state":"halt")") != std::string::npos);
  CHECK_FALSE(h.marked());  // It stands in the journal now.
  CHECK(text(h.act("resume"), "result") == "done");
  CHECK(h.end() == 0);
}

TEST_CASE("a halt on a disk that fails is told as not durable, and holds after the next start",
          "[halt]") {
  host_on_bad_disk h;
  h.fail();
  CHECK(text(h.act("halt"), "result") == "halted_not_durable");
  CHECK(h.wait() != 0);  // Without its journal it stops.
  h.mend();
  h.launch();
  CHECK(h.state().find(R"({"state":"halt")") != std::string::npos);
  CHECK(h.end() == 0);
}

TEST_CASE("a halt that became durable late, and was resumed, is no reason to start halted",
          "[halt]") {
  host_on_bad_disk h;
  h.hang();
  CHECK(text(h.act("halt"), "result") == "halted_not_durable");
  h.mend();
  CHECK(text(h.act("resume"), "result") == "done");
  CHECK(h.end() == 0);
  CHECK_FALSE(h.marked());
  h.launch();
  CHECK(h.state().find(R"({"state":"normal")") != std::string::npos);
  CHECK(h.end() == 0);
}

}  // namespace pitwall::test
