// The network that the tests beside this are made of: its cables do what they are told, and nothing
// is left of it.
#include "tests/netns/lan.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <thread>

#include "tests/support/catch.hpp"

namespace pitwall::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

/// A UDP socket on that machine, which knows where the other end is; "": here.
class post_box {
 public:
  explicit post_box(const lan* net, const std::string& machine = {}) {
    std::thread([&] {
      if (net != nullptr) {
        const auto space = "/run/netns/" + net->inside(machine).back();
        const remote::descriptor there(::open(space.c_str(), O_RDONLY));
        if (::setns(there.get(), CLONE_NEWNET) != 0) return;
      }
      fd_ = remote::descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    }).join();
    REQUIRE(fd_);
    auto any = place("0.0.0.0", 7'000);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
  }
  void send(const char* address, std::uint32_t number) {
    auto to = place(address, 7'000);
    ::sendto(fd_.get(), &number, sizeof number, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  /// That number, or a later one: what was sent before may come when nobody waits for it any more.
  bool receive(std::uint32_t least, std::chrono::milliseconds patience) {
    const auto end = steady::now() + patience;
    for (auto now = steady::now(); now < end; now = steady::now()) {
      pollfd p{fd_.get(), POLLIN, 0};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now);
      std::uint32_t number = 0;
      if (::poll(&p, 1, static_cast<int>(left.count())) == 1 &&
          ::recv(fd_.get(), &number, sizeof number, 0) == sizeof number && number >= least)
        return true;
    }
    return false;
  }

 private:
  static sockaddr_in place(const char* address, std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &a.sin_addr);
    return a;
  }
  remote::descriptor fd_;
};

}  // namespace

TEST_CASE("cables carry, lose, delay and are mended; nothing is left of them", "[netns]") {
  {
    lan net;
    const bool slow = GENERATE(false, true);
    CAPTURE(slow, net.has_netem());
    net.plug("m", slow);
    post_box here(nullptr), there(&net, "m");
    std::uint32_t sent = 0;
    // Datagrams may be lost where a cable was just mended.
    const auto arrives = [&](post_box& from, const char* address, post_box& at, auto patience) {
      const auto end = steady::now() + patience;
      const auto least = sent + 1;
      while (steady::now() < end) {
        from.send(address, ++sent);
        if (at.receive(least, std::min<std::chrono::milliseconds>(patience, 200ms))) return true;
      }
      return false;
    };
    const auto to_there = [&](auto patience) {
      return arrives(here, "10.77.0.2", there, patience);
    };
    const auto to_here = [&](auto patience) {
      return arrives(there, lan::address, here, patience);
    };
    REQUIRE(to_there(10s));
    REQUIRE(to_here(10s));
    net.lose("m", way::to_machine);
    CHECK_FALSE(to_there(50ms));
    CHECK(to_here(10s));
    net.mend("m");
    net.lose("m", way::from_machine);
    CHECK(to_there(10s));
    CHECK_FALSE(to_here(50ms));
    net.mend("m");
    net.cut("m");
    CHECK_FALSE(to_there(50ms));
    CHECK_FALSE(to_here(50ms));
    net.mend("m");
    CHECK(to_there(10s));
    CHECK(to_here(10s));
    if (slow) {
      net.slow("m", 30ms, 0);
      const auto began = steady::now();
      CHECK(to_there(10s));
      CHECK(to_here(10s));
      CHECK(steady::now() - began >= 58ms);
      net.slow("m", 0ms, 100);
      CHECK_FALSE(to_there(50ms));
      net.mend("m");
      CHECK(to_here(10s));
    }
    CHECK(lan::names().size() == 2);
  }
  CHECK(lan::names().empty());
}

TEST_CASE("what a test leaves by an error is removed", "[netns]") {
  try {
    lan net;
    net.plug("m");
    net.plug("m");
    FAIL("two machines have one name");
  } catch (const std::runtime_error&) {
  }
  CHECK(lan::names().empty());
}

}  // namespace pitwall::test
