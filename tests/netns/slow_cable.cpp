#include "tests/netns/slow_cable.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

namespace pitwall::test {
namespace {

using clock = std::chrono::steady_clock;
/// No more than that is under way: what comes then is lost, as in a switch.
constexpr std::size_t most_frames = 10'000;

}  // namespace

remote::descriptor open_tap(const std::string& name) {
  remote::descriptor tap(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  ifreq asked{};
  asked.ifr_flags = IFF_TAP | IFF_NO_PI;
  name.copy(asked.ifr_name, sizeof asked.ifr_name - 1);
  if (!tap || ::ioctl(tap.get(), TUNSETIFF, &asked) != 0) return remote::descriptor();
  return tap;
}

struct slow_cable::direction {
  int from, to;
  std::deque<std::pair<clock::time_point, std::vector<char>>> under_way{};

  /// False: there is no more to read.
  bool read(clock::time_point due, bool lost) {
    std::array<char, 65'536> frame;  // NOLINT: read fills it
    const auto n = ::read(from, frame.data(), frame.size());
    if (n <= 0) return false;
    if (!lost && under_way.size() < most_frames)
      under_way.emplace_back(due, std::vector<char>(frame.begin(), frame.begin() + n));
    return true;
  }
  void deliver(clock::time_point now) {
    for (; !under_way.empty() && under_way.front().first <= now; under_way.pop_front()) {
      const auto& frame = under_way.front().second;
      // Where the device is down or full, it is lost.
      if (::write(to, frame.data(), frame.size()) < 0) continue;
    }
  }
};

slow_cable::slow_cable(remote::descriptor one, remote::descriptor other, std::uint64_t seed)
    : ends_{std::move(one), std::move(other)},
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      random_(seed),
      thread_([this] { carry(); }) {}

slow_cable::~slow_cable() {
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

void slow_cable::set(std::chrono::milliseconds delay, unsigned loss_percent) {
  delay_ms_ = delay.count();
  loss_percent_ = loss_percent;
}

void slow_cable::carry() {
  direction ways[2]{{ends_[0].get(), ends_[1].get()}, {ends_[1].get(), ends_[0].get()}};
  std::array<pollfd, 3> fds{
      {{ends_[0].get(), POLLIN, 0}, {ends_[1].get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
  while (fds[2].revents == 0) {
    const auto now = clock::now();
    int wait = -1;
    for (auto& way : ways) {
      way.deliver(now);
      if (way.under_way.empty()) continue;
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(way.under_way.front().first - now);
      const auto ms = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
      wait = wait < 0 ? ms : std::min(wait, ms);
    }
    if (::poll(fds.data(), fds.size(), wait) <= 0) continue;
    const auto due = clock::now() + std::chrono::milliseconds(delay_ms_);
    for (std::size_t i = 0; i < 2; ++i)
      while ((fds[i].revents & POLLIN) != 0 && ways[i].read(due, random_() % 100 < loss_percent_)) {
      }
  }
}

}  // namespace pitwall::test
