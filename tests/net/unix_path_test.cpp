#include "net/server/unix_path.hpp"

#include <fstream>

#include "tests/net/server_fixture.hpp"

using namespace pitwall;
using namespace pitwall::test;

namespace {

/// A bound socket; what a killed host leaves behind once it is closed.
int bind_socket(const std::filesystem::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

}  // namespace

TEST_CASE("a dead host's socket is replaced") {
  scratch_directory directory;
  const auto path = directory / "control.sock";
  ::close(bind_socket(path));
  REQUIRE(std::filesystem::exists(path));
  fake_control host;
  auto server = control_server::open({path, {}, {}, {}, {}}, host);
  REQUIRE(server.ok());
  const auto client = host_client::connect(path);
  REQUIRE(client.ok());
  CHECK(client->request("GET", "/livez")->status == 200);
}

TEST_CASE("a socket on which somebody else listens is respected") {
  scratch_directory directory;
  const auto path = directory / "control.sock";
  const int fd = bind_socket(path);
  ::listen(fd, 1);
  const auto claimed = unix_path::claim(path);
  REQUIRE_FALSE(claimed.ok());
  CHECK(claimed.error().code == errc::already_exists);
  CHECK(std::filesystem::exists(path));
  ::close(fd);
  CHECK(unix_path::claim(path).ok());
}

TEST_CASE("a file that is no socket is not removed") {
  scratch_directory directory;
  const auto path = directory / "control.sock";
  std::ofstream(path) << "precious";
  const auto claimed = unix_path::claim(path);
  REQUIRE_FALSE(claimed.ok());
  CHECK(claimed.error().code == errc::already_exists);
  CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("a path is claimed by one at a time") {
  scratch_directory directory;
  const auto path = directory / "control.sock";
  {
    auto first = unix_path::claim(path);
    REQUIRE(first.ok());
    CHECK_FALSE(unix_path::claim(path).ok());
    const unix_path moved(std::move(*first));
    CHECK_FALSE(unix_path::claim(path).ok());
  }
  CHECK(unix_path::claim(path).ok());
}
