#include <sys/resource.h>
#include <sys/stat.h>

#include <thread>

#include "tests/net/server_fixture.hpp"
#include "tests/support/plain_http.hpp"

using namespace pitwall;
using namespace pitwall::test;

TEST_CASE("the socket is private, and gone after the end") {
  scratch_directory directory;
  const auto socket = directory / "control.sock";
  fake_control host;
  {
    auto server = control_server::open({socket, {}, {}, {}, {}}, host);
    REQUIRE(server.ok());
    struct stat found {};
    REQUIRE(::stat(socket.c_str(), &found) == 0);
    CHECK(S_ISSOCK(found.st_mode));
    CHECK((found.st_mode & 0777U) == 0600U);
  }
  CHECK_FALSE(std::filesystem::exists(socket));
  CHECK(control_server::open({socket, {}, {}, {}, {}}, host).ok());
}

TEST_CASE("a second server on the same path is refused, and the first goes on") {
  server_fixture f;
  fake_control other;
  const auto second = control_server::open({f.socket, {}, {}, {}, {}}, other);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == errc::already_exists);
  CHECK(second.error().where == f.socket.string());
  CHECK_FALSE(second.error().remedy.empty());
  CHECK(f.get("/livez").status == 200);
}

TEST_CASE("a path that cannot be a socket says why") {
  scratch_directory directory;
  fake_control host;
  const auto missing =
      control_server::open({directory / "none/control.sock", {}, {}, {}, {}}, host);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == errc::io_error);
  const auto too_long = control_server::open(
      {directory.path() / std::string(120, 'x') / "control.sock", {}, {}, {}, {}}, host);
  REQUIRE_FALSE(too_long.ok());
  CHECK(too_long.error().code == errc::invalid_argument);
}

TEST_CASE("the thread of the port leaves busy processors to others, that of the socket does not") {
  server_fixture f;
  const auto lowered = [] {
    std::size_t count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      const auto id = static_cast<id_t>(std::stoul(task.path().filename().string()));
      count += ::getpriority(PRIO_PROCESS, id) > ::getpriority(PRIO_PROCESS, 0) ? 1 : 0;
    }
    return count;
  };
  CHECK(f.get("/livez").status == 200);
  CHECK(ask_port(f.server->port(), {"GET", "/livez", {}, {}}).status == 200);
  // Who is nice already, as under `nice -n 15`, is not made nicer.
  const bool nice_already = ::getpriority(PRIO_PROCESS, 0) >= 8;
  CHECK(lowered() == (nice_already ? 0 : 1));
  f.server->stop();
  CHECK(lowered() == 0);
}

TEST_CASE("many clients at once") {
  server_fixture f;
  f.host.publish(100);
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&f, &good, i] {
      const auto client = host_client::connect(f.socket);
      if (!client.ok()) return;
      for (int n = 0; n < 25; ++n) {
        const auto* target = n % 3 == 0   ? "/health"
                             : n % 3 == 1 ? "/api/v1/events?limit=10"
                                          : "/status";
        const auto reply = client->request("GET", target);
        if (reply.ok() && reply->status == 200) ++good;
      }
      const auto reply =
          client->request("POST", "/api/v1/workflows/w" + std::to_string(i) + "/executions");
      if (reply.ok() && reply->status == 202) ++good;
    });
  }
  for (auto& c : clients) c.join();
  CHECK(good == 16 * 26);
}

TEST_CASE("stopping lets a running request finish, takes no other, and can be repeated") {
  server_fixture f;
  f.host.hold_start = true;
  raw_client running(f.socket);
  running.send("POST /api/v1/workflows/w/executions?wait=60 HTTP/1.1\r\n\r\n");
  auto finish = f.host.await_held_start();
  raw_client idle(f.socket);
  idle.send("GET /livez HTTP/1.1\r\n\r\n");
  idle.read_until("}");
  std::thread stopping([&f] { f.server->stop(); });
  CHECK(idle.read_to_end().empty());
  CHECK_FALSE(host_client::connect(f.socket).ok());
  finish(start_answer{"exec_w_1", run_status::completed, R"({"status":"completed"})"});
  const auto answer = running.read_to_end();
  CHECK(answer.find(R"({"status":"completed"})") != std::string::npos);
  CHECK(answer.find("Connection: close") != std::string::npos);
  stopping.join();
  f.server->stop();
  CHECK_FALSE(f.log.has("cut off"));
}

TEST_CASE("stopping does not wait for ever") {
  server_options options;
  options.stop_grace = std::chrono::milliseconds(10);
  server_fixture f(options);
  f.host.hold_start = true;
  raw_client running(f.socket);
  running.send("POST /api/v1/workflows/w/executions?wait=60 HTTP/1.1\r\n\r\n");
  const auto held = f.host.await_held_start();
  f.server->stop();
  CHECK(f.log.has("cut off"));
  CHECK(running.read_to_end().empty());
}
