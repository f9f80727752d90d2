#include "net/client/host_client.hpp"

#include <thread>

#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// Accepts one connection, waits for a request, answers with these bytes and closes.
class canned_server {
 public:
  canned_server(const std::filesystem::path& path, std::string answer)
      : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_, 4) == 0);
    thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~canned_server() {
    thread_.join();
    ::close(fd_);
  }

 private:
  void serve(const std::string& answer) const {
    // connect() probes first, and the request comes on a connection of its own.
    for (int connections = 0; connections < 2; ++connections) {
      const int peer = ::accept(fd_, nullptr, nullptr);
      char bytes[4096];
      if (::recv(peer, bytes, sizeof bytes, 0) > 0) {
        ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      ::close(peer);
    }
  }
  int fd_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("where no host runs the client says so") {
  scratch_directory directory;
  const auto socket = directory / "control.sock";
  auto absent = host_client::connect(socket);
  REQUIRE_FALSE(absent.ok());
  CHECK(absent.error().code == errc::unavailable);
  CHECK(absent.error().message == "no host is running on " + directory.path().string());
  {
    server_fixture f;
    auto client = f.client();
    f.server->stop();
    const auto reply = client.request("GET", "/livez");
    REQUIRE_FALSE(reply.ok());
    CHECK(reply.error().code == errc::unavailable);
    CHECK(client.stream("/api/v1/events/stream", {}).error().code == errc::unavailable);
  }
  const auto too_long = host_client::connect(directory.path() / std::string(200, 'x'));
  REQUIRE_FALSE(too_long.ok());
  CHECK(too_long.error().code == errc::invalid_argument);
}

TEST_CASE("a host that does not answer in time may have done it") {
  server_fixture f;
  f.host.hold_start = true;
  const auto reply = f.client().request("POST", "/api/v1/workflows/w/executions", "",
                                        std::chrono::milliseconds(30));
  REQUIRE_FALSE(reply.ok());
  CHECK(reply.error().code == errc::deadline_exceeded);
}

TEST_CASE("a stream ends when its reader has enough, and reports a refusal as an error") {
  server_fixture f;
  f.host.publish(10);
  int seen = 0;
  const auto take = [&seen](std::string_view type, std::uint64_t id, std::string_view data) {
    CHECK(type == "notification_sent");
    CHECK(data.front() == '{');
    return ++seen, id < 3;
  };
  CHECK(f.client().stream("/api/v1/events/stream?after=0", take).ok());
  CHECK(seen == 3);
  const auto refused = f.client().stream("/api/v1/events/stream?after=99", take);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == errc::out_of_range);
}

TEST_CASE("a silent host ends a stream as unavailable") {
  server_fixture f;
  const auto ended = f.client().stream(
      "/api/v1/events/stream", [](auto, auto, auto) { return true; },
      std::chrono::milliseconds(20));
  REQUIRE_FALSE(ended.ok());
  CHECK(ended.error().code == errc::unavailable);
}

TEST_CASE("answers that are cut or no HTTP are errors, not results") {
  scratch_directory directory;
  const auto socket = directory / "control.sock";
  SECTION("cut") {
    canned_server server(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":");
    const auto client = host_client::connect(socket);
    REQUIRE(client.ok());
    const auto reply = client->request("GET", "/x");
    REQUIRE_FALSE(reply.ok());
    CHECK(reply.error().code == errc::io_error);
  }
  SECTION("garbage") {
    canned_server server(socket, "SSH-2.0-OpenSSH\r\n\r\n");
    const auto client = host_client::connect(socket);
    REQUIRE(client.ok());
    CHECK_FALSE(client->request("GET", "/x").ok());
  }
  SECTION("a stream cut in the middle") {
    canned_server server(socket,
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "10\r\nid: 1\ndata: x\n\n\r\n5\r\nid");
    const auto client = host_client::connect(socket);
    REQUIRE(client.ok());
    int seen = 0;
    const auto ended = client->stream("/x", [&seen](auto, auto, auto) { return ++seen > 0; });
    REQUIRE_FALSE(ended.ok());
    CHECK(ended.error().code == errc::unavailable);
    CHECK(seen == 1);
  }
}

TEST_CASE("problems become errors") {
  const http_reply halted{409, "application/problem+json",
                          R"({"code":"halted","detail":"d","where":"w","remedy":"r"})"};
  CHECK(from_problem(halted) == error{errc::halted, "d", "w", "r"});
  CHECK(accepted(halted).error().code == errc::halted);
  CHECK(accepted(http_reply{200, "application/json", "{}"}).ok());
  for (const auto& odd :
       {http_reply{500, "text/html", "<h1>"}, http_reply{500, "application/problem+json", "{"},
        http_reply{500, "application/problem+json", "[]"}}) {
    CHECK(from_problem(odd).code == errc::internal);
    CHECK(from_problem(odd).message.find("500") != std::string::npos);
    CHECK(problems_of(odd).empty());
  }
}
