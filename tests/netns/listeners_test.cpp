// What a host and a worker listen on, as the kernel tells it of their network namespaces: beyond
// loopback there is the host's port for workers alone, and who speaks to it in the clear gets
// nothing but TLS's own word that this is none.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/netns/lan.hpp"
#include "tests/process/worker_hosts.hpp"
#include "tests/process/workflows.hpp"

namespace pitwall::test {
namespace {

struct listener {
  std::string address;  ///< As /proc shows it: hexadecimal words.
  std::uint16_t port = 0;
  bool on_loopback() const {
    return address == "0100007F" || address == "00000000000000000000000001000000" ||
           address == "0000000000000000FFFF00000100007F";
  }
};

/// Of all that is in the process's network namespace. `state` 0A: TCP that listens; 07: UDP.
std::vector<listener> listeners(pid_t of, const std::string& protocol, const std::string& state) {
  std::vector<listener> out;
  for (const char* family : {"", "6"}) {
    std::ifstream table("/proc/" + std::to_string(of) + "/net/" + protocol + family);
    std::string line;
    REQUIRE(std::getline(table, line));
    while (std::getline(table, line)) {
      std::istringstream words(line);
      std::string number, local, remote, st;
      words >> number >> local >> remote >> st;
      if (st != state) continue;
      const auto colon = local.find(':');
      out.push_back({local.substr(0, colon),
                     static_cast<std::uint16_t>(std::stoul(local.substr(colon + 1), nullptr, 16))});
    }
  }
  return out;
}

/// All that comes back to who says that, until the other side has closed or is silent for long.
std::string answer_to(const char* address, std::uint16_t port, const std::string& said) {
  const remote::descriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{2, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &to.sin_addr);
  REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  REQUIRE(::send(fd.get(), said.data(), said.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(said.size()));
  std::string all;
  std::array<char, 4096> bytes{};
  for (ssize_t n = 0; (n = ::recv(fd.get(), bytes.data(), bytes.size(), 0)) > 0;)
    all.append(bytes.data(), static_cast<std::size_t>(n));
  return all;
}

/// Nothing, or TLS's alert: a record of seven bytes.
bool is_nothing(const std::string& answer) {
  return answer.empty() || (answer.size() == 7 && answer[0] == '\x15' && answer[1] == '\x03');
}

}  // namespace

TEST_CASE("beyond loopback a host listens for workers alone, and to nothing in the clear",
          "[netns]") {
  constexpr const char* at = "10.77.0.2";
  lan net;
  net.plug("home");
  net.plug("far-1");
  const certificate_desk desk;
  host_of_workers host(desk, buys, {"--port", "0"}, "20s", at, {}, net.inside("home"));
  worker_of worker(desk, host, desk.issue("far-1"), "zone=far", {}, net.inside("far-1"));
  const auto joined = host.await_worker("far-1", "joined");

  const auto all = listeners(host.process().id(), "tcp", "0A");
  std::size_t within = 0, beyond = 0;
  for (const auto& l : all) {
    INFO(l.address << ":" << l.port);
    l.on_loopback() ? ++within : ++beyond;
    if (l.on_loopback()) continue;
    CHECK(l.address == "02004D0A");
    CHECK(l.port == host.port);
  }
  CHECK(within == 1);  // HTTP.
  CHECK(beyond == 1);
  CHECK(listeners(worker.process().id(), "tcp", "0A").empty());
  for (const auto* p : {&host.process(), &worker.process()})
    CHECK(listeners(p->id(), "udp", "07").empty());

  // HTTP, the header of CAF's protocol, as it would begin without TLS, and a word of TLS in the
  // clear.
  std::string caf_header(32, '\0');
  caf_header[0] = 1;
  const std::string record("\x17\x03\x03\x00\x01x", 6);
  for (const auto& said :
       {std::string("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), caf_header, record}) {
    const auto answer = answer_to(at, host.port, said);
    INFO(answer.size() << " bytes: " << answer);
    CHECK(is_nothing(answer));
  }
  CHECK(*host.await_worker("far-1", "joined").find("epoch") == *joined.find("epoch"));
}

}  // namespace pitwall::test
