// Workflows and web servers, with the real program: a page that decides, and a webhook that hears
// of it through kill -9.
#include <csignal>

#include "net/client/host_client.hpp"
#include "tests/net/scripted_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace pitwall::test {
namespace {

std::string asks(const std::string& url) {
  return R"({"blocks": [
    {"id": "page", "type": "http", "category": "providers",
     "properties": {"url": ")" +
         url + R"(", "pointer": "/data/0/price"}},
    {"id": "cheap", "type": "threshold", "category": "conditions",
     "properties": {"max": "61154.123456789012"}}],
  "connections": [
    {"from": {"blockId": "page", "index": 0}, "to": {"blockId": "cheap", "index": 0}}]})";
}

std::string tells(const std::string& url) {
  return R"({"blocks": [
    {"id": "go", "type": "manual_trigger", "category": "triggers"},
    {"id": "tell", "type": "notify", "category": "actions",
     "properties": {"message": "hello", "url": ")" +
         url + R"("}}],
  "connections": [
    {"from": {"blockId": "go", "index": 0}, "to": {"blockId": "tell", "index": 0}}]})";
}

std::string key_in(const std::string& head) {
  const auto at = head.find("Idempotency-Key: ");
  return at == std::string::npos ? "" : head.substr(at, head.find('\r', at) - at);
}

}  // namespace

TEST_CASE("a page on the web decides, to the last digit", "[web]") {
  scripted_server server([](const std::string&) {
    return std::optional(http_answer(200, R"({"data": [{"price": 61154.123456789012}]})"));
  });
  scratch_directory d;
  const auto file = d.write("w.json", asks(server.url() + "/x?key=SECRET")).string();
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> all{pitwall_binary(), "run", file, "--memory", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all);
  };
  const auto ran = run({"--http-allow", "127.0.0.1"});
  CHECK(ran.exit_code == 0);
  INFO(ran.out);
  CHECK(ran.out.find("\"pass\":true") != std::string::npos);
  CHECK(ran.out.find("61154.123456789012") != std::string::npos);
  CHECK(server.arrived("/x?key=SECRET") == 1);
  const auto refused = run({});
  CHECK(refused.exit_code == 2);
  CHECK(refused.out.find("--http-allow 127.0.0.1:" + server.port()) != std::string::npos);
  CHECK(refused.out.find("SECRET") == std::string::npos);
  CHECK(server.arrived("/") == 1);
  const auto wrong = run({"--http-allow", "http://x"});
  CHECK(wrong.exit_code == 64);
  CHECK(wrong.err.find("HOST:PORT") != std::string::npos);
  CHECK(run({"--http-ca-file", (d.path() / "none").string()}).exit_code != 0);
}

TEST_CASE("a webhook hears of a notification again, with the same key, after kill -9", "[web]") {
  scripted_server server([](const std::string&) { return std::optional<std::string>(); });
  scratch_directory d;
  const auto file = d.write("w.json", tells(server.url() + "/hook")).string();
  const auto data = (d.path() / "data").string();
  const std::vector<std::string> serve{pitwall_binary(),
                                       "serve",
                                       file,
                                       "--data-dir",
                                       data,
                                       "--http-allow",
                                       "127.0.0.1:" + server.port()};
  {
    child_process host(serve);
    REQUIRE(host.await_line("ready:"));
    const auto client = host_client::connect(std::filesystem::path(data) / "control.sock");
    REQUIRE(client.ok());
    CHECK(client->request("POST", "/api/v1/workflows/w/executions")->ok());
    REQUIRE(server.await_arrived("/hook"));
    host.signal(SIGKILL);
    host.wait();
  }
  child_process host(serve);
  REQUIRE(server.await_arrived("/hook", 2));
  server.release("/hook", http_answer(200, "ok"));
  REQUIRE(host.await_line("ready:"));
  const auto heads = server.heads();
  REQUIRE(heads.size() == 2);
  CHECK_FALSE(key_in(heads[0]).empty());
  CHECK(key_in(heads[0]) == key_in(heads[1]));
  child_process follower({pitwall_binary(), "events", "--follow", "--types", "execution_completed",
                          "--data-dir", data});
  CHECK(follower.read_line().find("execution_completed") != std::string::npos);
  follower.signal(SIGTERM);
  follower.wait();
  const auto events = run_program({pitwall_binary(), "events", "--json", "--data-dir", data});
  const auto first = events.out.find("\"notification_sent\"");
  CHECK(first != std::string::npos);
  CHECK(events.out.find("\"notification_sent\"", first + 1) == std::string::npos);
  host.signal(SIGTERM);
  CHECK(host.wait() == 0);
}

}  // namespace pitwall::test
